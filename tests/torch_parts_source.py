"""What libraries of PyTorch are made of, in the forms in which they raised or differed in TensorFlow or JAX."""

import math
from functools import partial

import torch
import torch.nn as nn
import torch.nn.functional as F
from einops import pack, repeat
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


def flattened(t, eps=1e-4):
    """A function that einops computes for, given a parameter."""
    t, shapes = pack([t], "o *")
    return F.normalize(t, dim=-1, eps=eps), shapes


def tiled(x, table=None):
    """Rows of a table for each of a batch."""
    return repeat(table, "j d -> b j d", b=x.shape[0]).sum(dim=(1, 2)) + x.sum(dim=-1)


class Normalized(nn.Module):
    """Parameters and buffers that functions and layers are given."""

    def __init__(self):
        super().__init__()
        self.weight = nn.Parameter(torch.arange(6.0).reshape(2, 3))
        self.register_buffer("table", torch.arange(12.0).reshape(4, 3))
        self.gate = nn.Sigmoid()

    def forward(self, x):
        weight, _ = flattened(self.weight)
        kernel = partial(tiled, table=self.table)
        return x @ weight.t() + self.gate(self.weight).sum(), kernel(x), tiled(x, self.weight)


class Memories(nn.Module):
    """A parameter and a buffer that are gone through."""

    def __init__(self):
        super().__init__()
        self.both = nn.Parameter(torch.arange(6.0).reshape(2, 3))
        self.register_buffer("rows", torch.arange(6.0).reshape(2, 3))

    def forward(self, x):
        first, second = map(lambda t: t * 2, self.both)
        return x * first + second, [row + 1 for row in self.rows]


class Gated(torch.autograd.Function):
    """A function with a gradient of its own, of class methods that another one derives from."""

    @classmethod
    def gate(cls, x, factor):
        return torch.sigmoid(factor * x)

    @classmethod
    def forward(cls, ctx, x, factor):
        gate = cls.gate(x, factor)
        ctx.factor = factor
        ctx.save_for_backward(gate)
        return x * gate

    @classmethod
    def backward(cls, ctx, gradient):
        (gate,) = ctx.saved_tensors
        return gradient * gate * ctx.factor, None


class Doubled(Gated):
    @classmethod
    def forward(cls, ctx, x):
        return super().forward(ctx, x, factor=2)

    @classmethod
    def backward(cls, ctx, gradient):
        return super().backward(ctx, gradient)[0]


def gated(x):
    return Gated.apply(x, 3) + Doubled.apply(x)


def placed(*arrays):
    """The device of an array of unknown kind, whose shape is read too."""
    q, k = map(lambda t: pack([t], "* d")[0], arrays)
    b, d, device, dtype = *q.shape, q.device, q.dtype
    return (q * k).sum() + torch.arange(b, device=device, dtype=dtype).sum() * d


def seeded(seed: int, generator: torch.Generator | None = None):
    """Draws of generators that are made and seeded at once, step by step, and in a chain."""
    if generator is None:
        generator = torch.Generator()
        generator.manual_seed(2147483647)
    first = torch.Generator().manual_seed(seed)
    again = torch.Generator(device="cpu").manual_seed(seed)
    other = torch.Generator().manual_seed(seed).manual_seed(seed + 1)
    drawn = [torch.rand(3, generator=g) for g in (first, again, other, generator)]
    return (drawn[0] == drawn[1]).all(), (drawn[0] == drawn[2]).any(), torch.randperm(4, generator=generator)


class Frequencies(nn.Module):
    """Numbers of ``math`` beside integers, the length of a parameter, sizes that are asked for, optional packages."""

    def __init__(self, channels: int):
        super().__init__()
        self.channels = channels
        self.bins = nn.Parameter(torch.arange(0.0, 1.0, 0.25), requires_grad=False)
        self.factor = len(self.bins)
        # Fast where the package is there
        try:
            from flash_attn.flash_attention import FlashAttention

            self.flash = FlashAttention()
        except ImportError:
            self.flash = None

    def forward(self, x):
        half = self.channels // 2
        steps = math.log(10_000) / (half - 1)
        waves = torch.exp(torch.arange(half) * -steps)
        start = 2.0 ** (-8.0 / 2 ** math.floor(math.log2(half)))
        slopes = torch.pow(start, torch.arange(1, 1 + half))
        sized = isinstance(x.shape, torch.Size)
        return waves * x.sum(), slopes * self.factor, self.flash is None and sized
