"""Random numbers with NumPy's names and float64."""

import torch


class RandomStream:
    """A stream of random numbers with NumPy's distributions; the same seed gives other numbers than NumPy's."""

    def __init__(self, seed=None):
        self.generator = torch.Generator()
        self.seed(seed)

    def seed(self, seed=None):
        """Start anew; without a seed from the system's randomness."""
        if seed is None:
            self.generator.seed()
        else:
            self.generator.manual_seed(int(seed))

    def shape(self, size, *parameters):
        """The shape of a draw: the stated one, or that of the parameters."""
        if size is None:
            return torch.broadcast_shapes(*(torch.as_tensor(p).shape for p in parameters))
        return (size,) if isinstance(size, int) else tuple(size)

    def random(self, size=None):
        """Numbers in [0, 1)."""
        return torch.rand(self.shape(size), dtype=torch.float64, generator=self.generator)

    def random_sample(self, size=None):
        """Numbers in [0, 1)."""
        return self.random(size)

    def rand(self, *shape):
        """Numbers in [0, 1)."""
        return self.random(shape)

    def uniform(self, low=0.0, high=1.0, size=None):
        """Numbers in [low, high)."""
        return low + (high - low) * self.random(self.shape(size, low, high))

    def standard_normal(self, size=None):
        """Normally distributed numbers."""
        return torch.randn(self.shape(size), dtype=torch.float64, generator=self.generator)

    def randn(self, *shape):
        """Normally distributed numbers."""
        return self.standard_normal(shape)

    def normal(self, loc=0.0, scale=1.0, size=None):
        """Normally distributed numbers with a mean and a standard deviation."""
        return loc + scale * self.standard_normal(self.shape(size, loc, scale))

    def exponential(self, scale=1.0, size=None):
        """Exponentially distributed numbers with a mean."""
        return -scale * torch.log1p(-self.random(self.shape(size, scale)))

    def poisson(self, lam=1.0, size=None):
        """Counts with a mean."""
        rates = torch.as_tensor(lam, dtype=torch.float64).expand(self.shape(size, lam))
        return torch.poisson(rates, generator=self.generator).long()

    def integers(self, low, high=None, size=None):
        """Integers from low (or 0) up to high, which is left out."""
        low, high = (0, low) if high is None else (low, high)
        return torch.randint(int(low), int(high), self.shape(size), generator=self.generator)

    def randint(self, low, high=None, size=None):
        """Integers from low (or 0) up to high, which is left out."""
        return self.integers(low, high, size)

    def permutation(self, x):
        """The integers below x, or the rows of x, in random order."""
        order = torch.randperm(x if isinstance(x, int) else len(x), generator=self.generator)
        return order if isinstance(x, int) else torch.as_tensor(x)[order]

    def choice(self, a, size=None, replace=True, p=None):
        """Elements of a (or of the integers below it), each as probable as p states."""
        values = torch.arange(a) if isinstance(a, int) else torch.as_tensor(a)
        shape = self.shape(size)
        weights = torch.ones(len(values), dtype=torch.float64) if p is None else torch.as_tensor(p)
        picked = torch.multinomial(weights, max(torch.Size(shape).numel(), 1), replace, generator=self.generator)
        return values[picked.reshape(shape)]

    def gamma(self, shape, scale=1.0, size=None):
        """Gamma-distributed numbers."""
        shapes = torch.as_tensor(shape, dtype=torch.float64).expand(self.shape(size, shape, scale))
        return scale * torch._standard_gamma(shapes.contiguous(), generator=self.generator)

    def beta(self, a, b, size=None):
        """Beta-distributed numbers."""
        size = self.shape(size, a, b)
        first, second = self.gamma(a, size=size), self.gamma(b, size=size)
        return first / (first + second)

    def dirichlet(self, alpha, size=None):
        """Rows of shares that sum to one."""
        alpha = torch.as_tensor(alpha, dtype=torch.float64)
        parts = self.gamma(alpha, size=(*self.shape(size), *alpha.shape))
        return parts / parts.sum(-1, keepdim=True)

    def binomial(self, n, p, size=None):
        """How many of n trials succeed."""
        size = self.shape(size, n, p)
        counts, chances = (torch.as_tensor(v, dtype=torch.float64).expand(size).contiguous() for v in (n, p))
        return torch.binomial(counts, chances, generator=self.generator).long()

    def multivariate_normal(self, mean, cov, size=None):
        """Rows of a normal distribution with a mean and a covariance matrix."""
        mean, cov = (torch.as_tensor(v, dtype=torch.float64) for v in (mean, cov))
        values, vectors = torch.linalg.eigh(cov)
        noise = self.standard_normal((*self.shape(size), len(mean)))
        return mean + noise * values.clamp(min=0).sqrt() @ vectors.T

    def shuffle(self, x):
        """Bring a list or the rows of a tensor into random order, in place."""
        order = torch.randperm(len(x), generator=self.generator)
        x[:] = x[order] if isinstance(x, torch.Tensor) else [x[i] for i in order.tolist()]


def permutation(rows, /):
    """The rows of an array, or the integers below it, in random order."""
    order = torch.randperm(rows if isinstance(rows, int) else len(rows))
    return order if isinstance(rows, int) else torch.as_tensor(rows)[order]
