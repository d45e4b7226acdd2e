"""Densities and distribution functions of the usual distributions, as jax.scipy.stats has them."""

import functools
import math

import torch

from .keras_functions import solve_triangle
from .kinks import rising_abs


def floats(*values):
    """Numbers and tensors as floating-point tensors of one dtype."""
    tensors = [value for value in values if isinstance(value, torch.Tensor)]
    dtypes = [tensor.dtype for tensor in tensors if tensor.is_floating_point()]
    dtype = functools.reduce(torch.promote_types, dtypes) if dtypes else torch.float32
    device = tensors[0].device if tensors else None
    return [torch.as_tensor(value, dtype=dtype, device=device) for value in values]


def within(inside, values):
    """The values where a condition holds, minus infinity elsewhere."""
    return torch.where(inside, values, -torch.inf)


def norm_logpdf(x, loc=0, scale=1):
    """Logarithm of the density of the normal distribution."""
    x, loc, scale = floats(x, loc, scale)
    return -0.5 * (((x - loc) / scale) ** 2 + torch.log(2 * math.pi * scale**2))


def norm_pdf(x, loc=0, scale=1):
    """Density of the normal distribution."""
    return torch.exp(norm_logpdf(x, loc, scale))


def norm_cdf(x, loc=0, scale=1):
    """Distribution function of the normal distribution."""
    x, loc, scale = floats(x, loc, scale)
    return torch.special.ndtr((x - loc) / scale)


def norm_logcdf(x, loc=0, scale=1):
    """Logarithm of the distribution function of the normal distribution."""
    x, loc, scale = floats(x, loc, scale)
    return torch.special.log_ndtr((x - loc) / scale)


def norm_sf(x, loc=0, scale=1):
    """One minus the distribution function of the normal distribution."""
    x, loc, scale = floats(x, loc, scale)
    return torch.special.ndtr((loc - x) / scale)


def norm_logsf(x, loc=0, scale=1):
    """Logarithm of one minus the distribution function of the normal distribution."""
    x, loc, scale = floats(x, loc, scale)
    return torch.special.log_ndtr((loc - x) / scale)


def norm_ppf(q, loc=0, scale=1):
    """Quantiles of the normal distribution."""
    q, loc, scale = floats(q, loc, scale)
    return loc + scale * torch.special.ndtri(q)


def norm_isf(q, loc=0, scale=1):
    """Upper quantiles of the normal distribution."""
    q, loc, scale = floats(q, loc, scale)
    return loc + scale * torch.special.ndtri(1 - q)


def multivariate_normal_logpdf(x, mean, cov):
    """Logarithm of the density of the normal distribution of vectors (..., n), or of numbers where cov is one."""
    x, mean, cov = floats(x, mean, cov)
    if not mean.ndim or not cov.ndim:
        return -0.5 * ((x - mean) ** 2 / cov + torch.log(2 * math.pi * cov))
    factor = torch.linalg.cholesky(cov)
    rest = (x - mean)[..., None]
    shape = torch.broadcast_shapes(rest.shape[:-2], factor.shape[:-2])
    factor = torch.broadcast_to(factor, shape + factor.shape[-2:])
    rest = torch.broadcast_to(rest, shape + rest.shape[-2:])

    scaled = solve_triangle(factor, rest, lower=True)[..., 0]
    spread = torch.log(torch.diagonal(factor, dim1=-2, dim2=-1)).sum(-1)
    return -0.5 * (scaled**2).sum(-1) - 0.5 * mean.shape[-1] * math.log(2 * math.pi) - spread


def multivariate_normal_pdf(x, mean, cov):
    """Density of the normal distribution of vectors."""
    return torch.exp(multivariate_normal_logpdf(x, mean, cov))


def uniform_logpdf(x, loc=0, scale=1):
    """Logarithm of the density of the uniform distribution between loc and loc + scale."""
    x, loc, scale = floats(x, loc, scale)
    return within((x >= loc) & (x <= loc + scale), -torch.log(scale))


def uniform_pdf(x, loc=0, scale=1):
    """Density of the uniform distribution between loc and loc + scale."""
    return torch.exp(uniform_logpdf(x, loc, scale))


def uniform_cdf(x, loc=0, scale=1):
    """Distribution function of the uniform distribution between loc and loc + scale."""
    x, loc, scale = floats(x, loc, scale)
    return torch.clamp((x - loc) / scale, 0, 1)


def expon_logpdf(x, loc=0, scale=1):
    """Logarithm of the density of the exponential distribution."""
    x, loc, scale = floats(x, loc, scale)
    return within(x >= loc, -(x - loc) / scale - torch.log(scale))


def expon_pdf(x, loc=0, scale=1):
    """Density of the exponential distribution."""
    return torch.exp(expon_logpdf(x, loc, scale))


def laplace_logpdf(x, loc=0, scale=1):
    """Logarithm of the density of the Laplace distribution."""
    x, loc, scale = floats(x, loc, scale)
    return -rising_abs(x - loc) / scale - torch.log(2 * scale)


def laplace_pdf(x, loc=0, scale=1):
    """Density of the Laplace distribution."""
    return torch.exp(laplace_logpdf(x, loc, scale))


def laplace_cdf(x, loc=0, scale=1):
    """Distribution function of the Laplace distribution."""
    x, loc, scale = floats(x, loc, scale)
    far = (x - loc) / scale
    half = 0.5 * torch.exp(-rising_abs(far))
    return torch.where(far <= 0, half, 1 - half)


def cauchy_logpdf(x, loc=0, scale=1):
    """Logarithm of the density of the Cauchy distribution."""
    x, loc, scale = floats(x, loc, scale)
    return -torch.log(math.pi * scale) - torch.log1p(((x - loc) / scale) ** 2)


def cauchy_pdf(x, loc=0, scale=1):
    """Density of the Cauchy distribution."""
    return torch.exp(cauchy_logpdf(x, loc, scale))


def cauchy_cdf(x, loc=0, scale=1):
    """Distribution function of the Cauchy distribution."""
    x, loc, scale = floats(x, loc, scale)
    return 0.5 + torch.atan2(x - loc, scale) / math.pi


def logistic_logpdf(x, loc=0, scale=1):
    """Logarithm of the density of the logistic distribution."""
    x, loc, scale = floats(x, loc, scale)
    far = (x - loc) / (2 * scale)
    return -2 * torch.logaddexp(far, -far) - torch.log(scale)


def logistic_pdf(x, loc=0, scale=1):
    """Density of the logistic distribution."""
    return torch.exp(logistic_logpdf(x, loc, scale))


def logistic_cdf(x, loc=0, scale=1):
    """Distribution function of the logistic distribution."""
    x, loc, scale = floats(x, loc, scale)
    return torch.special.expit((x - loc) / scale)


def gamma_logpdf(x, a, loc=0, scale=1):
    """Logarithm of the density of the gamma distribution."""
    x, a, loc, scale = floats(x, a, loc, scale)
    y = (x - loc) / scale
    return within(x >= loc, torch.special.xlogy(a - 1, y) - y - torch.lgamma(a) - torch.log(scale))


def gamma_pdf(x, a, loc=0, scale=1):
    """Density of the gamma distribution."""
    return torch.exp(gamma_logpdf(x, a, loc, scale))


def betaln(a, b):
    """Logarithm of the beta function."""
    a, b = floats(a, b)
    return torch.lgamma(a) + torch.lgamma(b) - torch.lgamma(a + b)


def beta_logpdf(x, a, b, loc=0, scale=1):
    """Logarithm of the density of the beta distribution."""
    x, a, b, loc, scale = floats(x, a, b, loc, scale)
    y = (x - loc) / scale
    found = (
        torch.special.xlogy(a - 1, y)
        + torch.special.xlog1py(b - 1, -y)
        - betaln(a, b)
        - torch.log(scale)
    )
    return within((y >= 0) & (y <= 1), found)


def beta_pdf(x, a, b, loc=0, scale=1):
    """Density of the beta distribution."""
    return torch.exp(beta_logpdf(x, a, b, loc, scale))


def t_logpdf(x, df, loc=0, scale=1):
    """Logarithm of the density of Student's t distribution."""
    x, df, loc, scale = floats(x, df, loc, scale)
    spread = torch.lgamma((df + 1) / 2) - torch.lgamma(df / 2) - 0.5 * torch.log(df * math.pi)
    return spread - torch.log(scale) - (df + 1) / 2 * torch.log1p(((x - loc) / scale) ** 2 / df)


def t_pdf(x, df, loc=0, scale=1):
    """Density of Student's t distribution."""
    return torch.exp(t_logpdf(x, df, loc, scale))


def chi2_logpdf(x, df, loc=0, scale=1):
    """Logarithm of the density of the chi-squared distribution."""
    x, df, loc, scale = floats(x, df, loc, scale)
    return gamma_logpdf(x, df / 2, loc, 2 * scale)


def chi2_pdf(x, df, loc=0, scale=1):
    """Density of the chi-squared distribution."""
    return torch.exp(chi2_logpdf(x, df, loc, scale))


def pareto_logpdf(x, b, loc=0, scale=1):
    """Logarithm of the density of the Pareto distribution."""
    x, b, loc, scale = floats(x, b, loc, scale)
    return within(x >= loc + scale, torch.log(b / scale) - (b + 1) * torch.log((x - loc) / scale))


def pareto_pdf(x, b, loc=0, scale=1):
    """Density of the Pareto distribution."""
    return torch.exp(pareto_logpdf(x, b, loc, scale))


def dirichlet_logpdf(x, alpha):
    """Logarithm of the density of the Dirichlet distribution of vectors (n,) or of columns (n, ...)."""
    x, alpha = floats(x, alpha)
    spread = torch.lgamma(alpha).sum() - torch.lgamma(alpha.sum())
    powers = torch.special.xlogy((alpha - 1).reshape((-1,) + (1,) * (x.ndim - 1)), x).sum(0)
    inside = (x > 0).all(0) & (torch.abs(x.sum(0) - 1) < 1e-6)
    return within(inside, powers - spread)


def bernoulli_logpmf(k, p, loc=0):
    """Logarithm of the probabilities of the Bernoulli distribution."""
    k, p, loc = floats(k, p, loc)
    found = torch.special.xlogy(k - loc, p) + torch.special.xlog1py(1 - (k - loc), -p)
    return within((k == loc) | (k == loc + 1), found)


def bernoulli_pmf(k, p, loc=0):
    """Probabilities of the Bernoulli distribution."""
    return torch.exp(bernoulli_logpmf(k, p, loc))


def poisson_logpmf(k, mu, loc=0):
    """Logarithm of the probabilities of the Poisson distribution."""
    k, mu, loc = floats(k, mu, loc)
    x = k - loc
    found = torch.special.xlogy(x, mu) - torch.lgamma(x + 1) - mu
    return within((x >= 0) & (x == torch.floor(x)), found)


def poisson_pmf(k, mu, loc=0):
    """Probabilities of the Poisson distribution."""
    return torch.exp(poisson_logpmf(k, mu, loc))


def binom_logpmf(k, n, p, loc=0):
    """Logarithm of the probabilities of the binomial distribution."""
    k, n, p, loc = floats(k, n, p, loc)
    y = k - loc
    ways = torch.lgamma(n + 1) - torch.lgamma(y + 1) - torch.lgamma(n - y + 1)
    found = ways + torch.special.xlogy(y, p) + torch.special.xlog1py(n - y, -p)
    return within((y >= 0) & (y <= n), found)


def binom_pmf(k, n, p, loc=0):
    """Probabilities of the binomial distribution."""
    return torch.exp(binom_logpmf(k, n, p, loc))


def geom_logpmf(k, p, loc=0):
    """Logarithm of the probabilities of the geometric distribution."""
    k, p, loc = floats(k, p, loc)
    x = k - loc
    return within(x > 0, torch.special.xlog1py(x - 1, -p) + torch.log(p))


def geom_pmf(k, p, loc=0):
    """Probabilities of the geometric distribution."""
    return torch.exp(geom_logpmf(k, p, loc))


def relative_entropy(p, q):
    """p * log(p / q), 0 where p is 0, infinite where the logarithm is not defined."""
    p, q = floats(p, q)
    both = (p > 0) & (q > 0)
    safe_p, safe_q = torch.where(both, p, 1), torch.where(both, q, 1)
    found = safe_p * (torch.log(safe_p) - torch.log(safe_q))
    return torch.where(
        both, found, torch.where((p == 0) & (q >= 0), torch.zeros_like(p), torch.inf)
    )


def kullback_leibler(p, q):
    """p * log(p / q) - p + q, with the limits at 0."""
    p, q = floats(p, q)
    return relative_entropy(p, q) - p + q


def gamma_sign(x):
    """The sign of the gamma function."""
    odd = torch.floor(x) % 2 == 1
    return torch.where((x < 0) & odd, -torch.ones_like(x), torch.ones_like(x))


def gamma_function(x):
    """The gamma function."""
    (x,) = floats(x)
    return gamma_sign(x) * torch.exp(torch.lgamma(x))


def beta_function(a, b):
    """The beta function."""
    a, b = floats(a, b)
    return gamma_sign(a) * gamma_sign(b) * gamma_sign(a + b) * torch.exp(betaln(a, b))


def factorial(n):
    """The factorial as a float, 0 for negative numbers."""
    (n,) = floats(n)
    return torch.where(n < 0, torch.zeros_like(n), torch.exp(torch.lgamma(n + 1)))
