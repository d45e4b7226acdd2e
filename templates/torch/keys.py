"""Random numbers from keys: a key is a tensor of two uint32, and the same key always gives the same numbers.

The generator is Threefry-2x32 with 20 rounds (Salmon et al., "Parallel random numbers: as easy as 1, 2, 3", 2011).
It computes with 32-bit words in int64.
"""

import math

import torch

ROTATIONS = ((13, 15, 26, 6), (17, 29, 16, 24))
WORD = 0xFFFFFFFF


def threefry(key, high, low):
    """Two tensors of 32 random bits for each pair of counters."""
    key = key.to(torch.int64)
    first, second = key[..., 0], key[..., 1]
    schedule = (first, second, first ^ second ^ 0x1BD11BDA)
    high, low = (high + first) & WORD, (low + second) & WORD
    for group in range(5):
        for rotation in ROTATIONS[group % 2]:
            high = (high + low) & WORD
            low = ((low << rotation | low >> (32 - rotation)) & WORD) ^ high
        high = (high + schedule[(group + 1) % 3]) & WORD
        low = (low + schedule[(group + 2) % 3] + group + 1) & WORD
    return high, low


def counters(shape, device):
    """The numbers 0, 1, ... as their high and low 32 bits."""
    count = torch.arange(math.prod(shape), device=device)
    return count >> 32, count & WORD


def as_shape(shape):
    """A size or several as a tuple."""
    return tuple(shape) if isinstance(shape, (tuple, list)) else (int(shape),)


def random_bits(key, shape=()):
    """32 random bits for each element."""
    shape = as_shape(shape)
    high, low = threefry(key, *counters(shape, key.device))
    return (high ^ low).reshape(shape)


def random_key(seed):
    """The key of a seed."""
    low = torch.as_tensor(seed).to(torch.int64) & WORD
    return torch.stack([torch.zeros_like(low), low], dim=-1).to(torch.uint32)


def random_split(key, num=2):
    """Independent keys that follow from one."""
    shape = as_shape(num)
    words = torch.stack(threefry(key, *counters(shape, key.device)), dim=-1)
    return words.reshape(*shape, 2).to(torch.uint32)


def random_fold_in(key, data):
    """A key that follows from a key and a number."""
    seed = random_key(data).to(key.device, torch.int64)
    return torch.stack(threefry(key, seed[..., 0], seed[..., 1]), dim=-1).to(torch.uint32)


def random_uniform(key, shape=(), dtype=None, minval=0.0, maxval=1.0):
    """Uniform numbers in [minval, maxval)."""
    low, high = (
        torch.as_tensor(v, dtype=torch.float32, device=key.device) for v in (minval, maxval)
    )
    unit = (random_bits(key, shape) >> 9).to(torch.float32) * 2**-23
    return torch.maximum(low, unit * (high - low) + low).to(dtype or torch.float32)


def random_normal(key, shape=(), dtype=None):
    """Standard normal numbers."""
    return (math.sqrt(2) * torch.erfinv(random_uniform(key, shape, minval=-1 + 2**-24))).to(
        dtype or torch.float32
    )


def random_truncated_normal(key, lower, upper, shape=None, dtype=None):
    """Standard normal numbers between two bounds."""
    lower, upper = (
        torch.as_tensor(v, dtype=torch.float32, device=key.device) for v in (lower, upper)
    )
    shape = torch.broadcast_shapes(lower.shape, upper.shape) if shape is None else shape
    root = math.sqrt(2)
    u = random_uniform(key, shape, minval=torch.erf(lower / root), maxval=torch.erf(upper / root))
    infinity = torch.full_like(lower, math.inf)
    bounds = torch.nextafter(lower, infinity), torch.nextafter(upper, -infinity)
    return torch.clamp(root * torch.erfinv(u), *bounds).to(dtype or torch.float32)


def random_bernoulli(key, p=0.5, shape=None):
    """True with probability p."""
    p = torch.as_tensor(p, dtype=torch.float32, device=key.device)
    return random_uniform(key, p.shape if shape is None else shape) < p


def random_rademacher(key, shape=(), dtype=None):
    """-1 or 1, equally likely."""
    return 2 * random_bernoulli(key, 0.5, shape).to(dtype or torch.int32) - 1


def random_exponential(key, shape=(), dtype=None):
    """Exponential numbers of rate 1."""
    return -torch.log1p(-random_uniform(key, shape, dtype))


def random_gumbel(key, shape=(), dtype=None):
    """Standard Gumbel numbers."""
    tiny = torch.finfo(torch.float32).tiny
    return -torch.log(-torch.log(random_uniform(key, shape, dtype, minval=tiny)))


def random_laplace(key, shape=(), dtype=None):
    """Laplace numbers of scale 1."""
    u = random_uniform(key, shape, dtype, minval=-1 + 2**-24)
    return torch.sign(u) * torch.log1p(-torch.abs(u))


def random_logistic(key, shape=(), dtype=None):
    """Standard logistic numbers."""
    u = random_uniform(key, shape, dtype, minval=torch.finfo(torch.float32).eps)
    return torch.log(u / (1 - u))


def random_cauchy(key, shape=(), dtype=None):
    """Standard Cauchy numbers."""
    u = random_uniform(key, shape, dtype, minval=torch.finfo(torch.float32).eps)
    return torch.tan(math.pi * (u - 0.5))


def random_randint(key, shape, minval, maxval, dtype=None):
    """Whole numbers in [minval, maxval)."""
    high, low = (random_bits(k, shape) for k in random_split(key))
    minval, maxval = (
        torch.as_tensor(v, dtype=torch.int64, device=key.device) for v in (minval, maxval)
    )
    span = torch.clamp(maxval - minval, min=1)
    square = ((2**16 % span) ** 2 & WORD) % span
    offset = ((high % span * square + low % span) & WORD) % span
    return (offset + minval).to(dtype or torch.int32)


def shuffled(key, x, axis=0):
    """The elements along an axis in random order, in another one at each place of the other axes."""
    rounds = math.ceil(3 * math.log(max(1, x.numel())) / math.log(2**32 - 1))
    for _ in range(rounds):
        key, subkey = random_split(key)
        order = torch.argsort(random_bits(subkey, tuple(x.shape)), dim=axis, stable=True)
        x = torch.take_along_dim(x, order, axis)
    return x


def random_permutation(key, x, axis=0, independent=False):
    """The numbers below x, or the slices of x along an axis, in random order."""
    if not isinstance(x, torch.Tensor) or x.ndim == 0:
        return shuffled(key, torch.arange(int(x), device=key.device))
    if independent:
        return shuffled(key, x, axis)
    return torch.index_select(
        x, axis, shuffled(key, torch.arange(x.shape[axis], device=key.device))
    )


def random_choice(key, a, shape=(), replace=True, p=None, axis=0):
    """Elements drawn from a, or from the numbers below a."""
    a = torch.as_tensor(a, device=key.device)
    shape, size = as_shape(shape), a.shape[axis] if a.ndim else int(a)
    if p is not None:
        p = torch.as_tensor(p, dtype=torch.float32, device=key.device)
    if p is None and replace:
        index = random_randint(key, shape, 0, size)
    elif p is None:
        index = random_permutation(key, size)[: math.prod(shape)].reshape(shape)
    elif replace:
        total = torch.cumsum(p, dim=0)
        index = torch.searchsorted(total, total[-1] * (1 - random_uniform(key, shape)))
    else:
        order = torch.argsort(
            random_gumbel(key, (size,)) + torch.log(p), descending=True, stable=True
        )
        index = order[: math.prod(shape)].reshape(shape)
    if not a.ndim:
        return index
    picked = torch.index_select(a, axis, index.reshape(-1))
    axis = axis % a.ndim
    return picked.reshape((*a.shape[:axis], *shape, *a.shape[axis + 1 :]))


def random_categorical(key, logits, axis=-1, shape=None):
    """Indices drawn with the log-probabilities along an axis."""
    axis = axis % logits.ndim - logits.ndim
    batch = logits.shape[:axis] + logits.shape[logits.ndim + axis + 1 :]
    size = list(batch if shape is None else as_shape(shape))
    size.insert(len(size) + axis + 1, logits.shape[axis])
    return torch.argmax(random_gumbel(key, size) + logits, dim=axis)


def random_multivariate_normal(key, mean, cov, shape=None, dtype=None):
    """Normal numbers of a mean vector and a covariance matrix."""
    shape = (
        torch.broadcast_shapes(mean.shape[:-1], cov.shape[:-2])
        if shape is None
        else as_shape(shape)
    )
    factor = torch.linalg.cholesky(cov)
    normal = random_normal(key, (*shape, mean.shape[-1]), dtype)
    return mean + (factor @ normal.unsqueeze(-1)).squeeze(-1)


def random_orthogonal(key, n, shape=(), dtype=None):
    """Random orthogonal matrices."""
    q, r = torch.linalg.qr(random_normal(key, (*as_shape(shape), n, n), dtype))
    return q * torch.sign(torch.diagonal(r, dim1=-2, dim2=-1)).unsqueeze(-2)
