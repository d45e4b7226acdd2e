"""A whole library from jax to numpy."""

import ivy
import rax
import numpy as np

np_rax = ivy.transpile(rax, source="jax", to="numpy")

# three items, the first is relevant
scores = np.array([2.2, 1.3, 5.4])
labels = np.array([1.0, 0.0, 0.0])

out = np_rax.poly1_softmax_loss(scores, labels)
