"""What libraries of PyTorch are made of, in the forms in which they raised or differed in TensorFlow or JAX."""

import torch
import torch.nn as nn
import torch.nn.functional as F
from torch import Tensor, int32


def lengths(x):
    """Norms whose gradient at the zero vector is zero."""
    return x.norm(dim=-1) + torch.linalg.vector_norm(x, dim=(-1,)) + torch.norm(x) + x.norm(p=1, dim=-1)


OPS = {"mean": torch.mean, "max": torch.amax, "softmax": F.softmax}


class Pool(nn.Module):
    """Functions as values that are called with names of arguments."""

    def __init__(self, kind):
        super().__init__()
        self.op = {"mean": torch.mean, "sum": torch.sum}[kind]

    def forward(self, x, op=torch.sum):
        return self.op(x, dim=1, keepdim=True) + op(x, dim=0) + OPS["max"](x, 1, True) + OPS["softmax"](x, dim=-1)


def cast(x, dtype, device=None, like=None):
    """``to`` with dtypes that are imported by name, passed, or given beside a device."""
    whole = (x * 3).to(int32)
    return whole, whole.to(dtype), x.to(device, torch.float16), (x > 0).to(like), x.to(device)


def kept(p: Tensor, mask: Tensor):
    """An inverted mask of unknown dtype."""
    p = p.sum(dim=-1)
    p = p * ~mask
    return 1 - p
