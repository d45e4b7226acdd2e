"""What libraries of PyTorch are made of, in the forms in which they raised or differed in TensorFlow or JAX."""

import torch


def lengths(x):
    """Norms whose gradient at the zero vector is zero."""
    return x.norm(dim=-1) + torch.linalg.vector_norm(x, dim=(-1,)) + torch.norm(x) + x.norm(p=1, dim=-1)
