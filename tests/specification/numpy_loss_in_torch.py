"""A function of two arrays from numpy to torch."""

import ivy
import numpy as np
import torch

def loss(predictions, targets):
    return np.sqrt(np.mean((predictions - targets) ** 2))

# nothing is converted yet
torch_loss = ivy.transpile(loss, source="numpy", to="torch")

p = torch.tensor([3.0, 2.0, 1.0])
t = torch.tensor([0.0, 0.0, 0.0])

# the first call converts
out = torch_loss(p, t)
