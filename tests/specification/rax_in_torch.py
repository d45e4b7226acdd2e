"""A whole library from jax to torch."""

import ivy
import rax
import torch

torch_rax = ivy.transpile(rax, source="jax", to="torch")

# three items, the first is relevant
scores = torch.tensor([2.2, 1.3, 5.4])
labels = torch.tensor([1.0, 0.0, 0.0])

out = torch_rax.poly1_softmax_loss(scores, labels)
