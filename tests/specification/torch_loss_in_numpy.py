"""A function of two arrays from torch to numpy."""

import ivy
import torch
import numpy as np

def loss(predictions, targets):
    return torch.sqrt(torch.mean((predictions - targets) ** 2))

# nothing is converted yet
np_loss = ivy.transpile(loss, source="torch", to="numpy")

p = np.array([3.0, 2.0, 1.0])
t = np.array([0.0, 0.0, 0.0])

# the first call converts
out = np_loss(p, t)
