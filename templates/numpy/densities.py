"""Densities and distribution functions of the usual distributions, as jax.scipy.stats has them."""

import math

import numpy as np

from .keras_functions import solve_triangle
from .math import elementwise, expit, lgamma, ndtr, ndtri, xlog1py, xlogy


def floats(*values):
    """Numbers and arrays as floating-point arrays of one dtype."""
    arrays = [np.asarray(value) for value in values if isinstance(value, (np.ndarray, np.generic))]
    dtypes = [array.dtype for array in arrays if np.issubdtype(array.dtype, np.floating)]
    dtype = np.result_type(*dtypes) if dtypes else np.float32
    return [np.asarray(value, dtype) for value in values]


def log_ndtr(x, /):
    """Logarithm of the standard normal distribution function; far below 0 by its asymptotic series."""
    far, near = np.minimum(x, -20), np.maximum(x, -20)
    square = far**-2.0
    series = 1 - square * (1 - 3 * square * (1 - 5 * square * (1 - 7 * square * (1 - 9 * square))))
    tail = -0.5 * far**2 - np.log(-far) - 0.5 * math.log(2 * math.pi) + np.log(series)
    upper = np.log1p(-ndtr(-np.maximum(x, 0)))
    lower = elementwise(lambda v: math.log(0.5 * math.erfc(-v / math.sqrt(2))), np.minimum(near, 0))
    return np.where(x < -20, tail, np.where(x > 0, upper, lower)).astype(x.dtype)


def within(inside, values):
    """The values where a condition holds, minus infinity elsewhere."""
    return np.where(inside, values, values.dtype.type(-np.inf))


def norm_logpdf(x, loc=0, scale=1):
    """Logarithm of the density of the normal distribution."""
    x, loc, scale = floats(x, loc, scale)
    return -0.5 * (((x - loc) / scale) ** 2 + np.log(2 * math.pi * scale**2))


def norm_pdf(x, loc=0, scale=1):
    """Density of the normal distribution."""
    return np.exp(norm_logpdf(x, loc, scale))


def norm_cdf(x, loc=0, scale=1):
    """Distribution function of the normal distribution."""
    x, loc, scale = floats(x, loc, scale)
    return ndtr((x - loc) / scale)


def norm_logcdf(x, loc=0, scale=1):
    """Logarithm of the distribution function of the normal distribution."""
    x, loc, scale = floats(x, loc, scale)
    return log_ndtr((x - loc) / scale)


def norm_sf(x, loc=0, scale=1):
    """One minus the distribution function of the normal distribution."""
    x, loc, scale = floats(x, loc, scale)
    return ndtr((loc - x) / scale)


def norm_logsf(x, loc=0, scale=1):
    """Logarithm of one minus the distribution function of the normal distribution."""
    x, loc, scale = floats(x, loc, scale)
    return log_ndtr((loc - x) / scale)


def norm_ppf(q, loc=0, scale=1):
    """Quantiles of the normal distribution."""
    q, loc, scale = floats(q, loc, scale)
    return loc + scale * ndtri(q)


def norm_isf(q, loc=0, scale=1):
    """Upper quantiles of the normal distribution."""
    q, loc, scale = floats(q, loc, scale)
    return loc + scale * ndtri(1 - q)


def multivariate_normal_logpdf(x, mean, cov):
    """Logarithm of the density of the normal distribution of vectors (..., n), or of numbers where cov is one."""
    x, mean, cov = floats(x, mean, cov)
    if not mean.ndim or not cov.ndim:
        return -0.5 * ((x - mean) ** 2 / cov + np.log(2 * math.pi * cov))
    factor = np.linalg.cholesky(cov)
    rest = (x - mean)[..., None]
    shape = np.broadcast_shapes(rest.shape[:-2], factor.shape[:-2])
    factor = np.broadcast_to(factor, shape + factor.shape[-2:])
    rest = np.broadcast_to(rest, shape + rest.shape[-2:])

    scaled = solve_triangle(factor, rest, lower=True)[..., 0]
    spread = np.log(np.diagonal(factor, axis1=-2, axis2=-1)).sum(-1)
    return -0.5 * (scaled**2).sum(-1) - 0.5 * mean.shape[-1] * math.log(2 * math.pi) - spread


def multivariate_normal_pdf(x, mean, cov):
    """Density of the normal distribution of vectors."""
    return np.exp(multivariate_normal_logpdf(x, mean, cov))


def uniform_logpdf(x, loc=0, scale=1):
    """Logarithm of the density of the uniform distribution between loc and loc + scale."""
    x, loc, scale = floats(x, loc, scale)
    return within((x >= loc) & (x <= loc + scale), -np.log(scale))


def uniform_pdf(x, loc=0, scale=1):
    """Density of the uniform distribution between loc and loc + scale."""
    return np.exp(uniform_logpdf(x, loc, scale))


def uniform_cdf(x, loc=0, scale=1):
    """Distribution function of the uniform distribution between loc and loc + scale."""
    x, loc, scale = floats(x, loc, scale)
    return np.clip((x - loc) / scale, 0, 1)


def expon_logpdf(x, loc=0, scale=1):
    """Logarithm of the density of the exponential distribution."""
    x, loc, scale = floats(x, loc, scale)
    return within(x >= loc, -(x - loc) / scale - np.log(scale))


def expon_pdf(x, loc=0, scale=1):
    """Density of the exponential distribution."""
    return np.exp(expon_logpdf(x, loc, scale))


def laplace_logpdf(x, loc=0, scale=1):
    """Logarithm of the density of the Laplace distribution."""
    x, loc, scale = floats(x, loc, scale)
    return -np.abs(x - loc) / scale - np.log(2 * scale)


def laplace_pdf(x, loc=0, scale=1):
    """Density of the Laplace distribution."""
    return np.exp(laplace_logpdf(x, loc, scale))


def laplace_cdf(x, loc=0, scale=1):
    """Distribution function of the Laplace distribution."""
    x, loc, scale = floats(x, loc, scale)
    far = (x - loc) / scale
    half = 0.5 * np.exp(-np.abs(far))
    return np.where(far <= 0, half, 1 - half)


def cauchy_logpdf(x, loc=0, scale=1):
    """Logarithm of the density of the Cauchy distribution."""
    x, loc, scale = floats(x, loc, scale)
    return -np.log(math.pi * scale) - np.log1p(((x - loc) / scale) ** 2)


def cauchy_pdf(x, loc=0, scale=1):
    """Density of the Cauchy distribution."""
    return np.exp(cauchy_logpdf(x, loc, scale))


def cauchy_cdf(x, loc=0, scale=1):
    """Distribution function of the Cauchy distribution."""
    x, loc, scale = floats(x, loc, scale)
    return 0.5 + np.arctan2(x - loc, scale) / math.pi


def logistic_logpdf(x, loc=0, scale=1):
    """Logarithm of the density of the logistic distribution."""
    x, loc, scale = floats(x, loc, scale)
    far = (x - loc) / (2 * scale)
    return -2 * np.logaddexp(far, -far) - np.log(scale)


def logistic_pdf(x, loc=0, scale=1):
    """Density of the logistic distribution."""
    return np.exp(logistic_logpdf(x, loc, scale))


def logistic_cdf(x, loc=0, scale=1):
    """Distribution function of the logistic distribution."""
    x, loc, scale = floats(x, loc, scale)
    return expit((x - loc) / scale)


def gamma_logpdf(x, a, loc=0, scale=1):
    """Logarithm of the density of the gamma distribution."""
    x, a, loc, scale = floats(x, a, loc, scale)
    y = (x - loc) / scale
    return within(x >= loc, xlogy(a - 1, y) - y - lgamma(a) - np.log(scale))


def gamma_pdf(x, a, loc=0, scale=1):
    """Density of the gamma distribution."""
    return np.exp(gamma_logpdf(x, a, loc, scale))


def betaln(a, b):
    """Logarithm of the beta function."""
    a, b = floats(a, b)
    return lgamma(a) + lgamma(b) - lgamma(a + b)


def beta_logpdf(x, a, b, loc=0, scale=1):
    """Logarithm of the density of the beta distribution."""
    x, a, b, loc, scale = floats(x, a, b, loc, scale)
    y = (x - loc) / scale
    found = xlogy(a - 1, y) + xlog1py(b - 1, -y) - betaln(a, b) - np.log(scale)
    return within((y >= 0) & (y <= 1), found)


def beta_pdf(x, a, b, loc=0, scale=1):
    """Density of the beta distribution."""
    return np.exp(beta_logpdf(x, a, b, loc, scale))


def t_logpdf(x, df, loc=0, scale=1):
    """Logarithm of the density of Student's t distribution."""
    x, df, loc, scale = floats(x, df, loc, scale)
    spread = lgamma((df + 1) / 2) - lgamma(df / 2) - 0.5 * np.log(df * math.pi)
    return spread - np.log(scale) - (df + 1) / 2 * np.log1p(((x - loc) / scale) ** 2 / df)


def t_pdf(x, df, loc=0, scale=1):
    """Density of Student's t distribution."""
    return np.exp(t_logpdf(x, df, loc, scale))


def chi2_logpdf(x, df, loc=0, scale=1):
    """Logarithm of the density of the chi-squared distribution."""
    x, df, loc, scale = floats(x, df, loc, scale)
    return gamma_logpdf(x, df / 2, loc, 2 * scale)


def chi2_pdf(x, df, loc=0, scale=1):
    """Density of the chi-squared distribution."""
    return np.exp(chi2_logpdf(x, df, loc, scale))


def pareto_logpdf(x, b, loc=0, scale=1):
    """Logarithm of the density of the Pareto distribution."""
    x, b, loc, scale = floats(x, b, loc, scale)
    return within(x >= loc + scale, np.log(b / scale) - (b + 1) * np.log((x - loc) / scale))


def pareto_pdf(x, b, loc=0, scale=1):
    """Density of the Pareto distribution."""
    return np.exp(pareto_logpdf(x, b, loc, scale))


def dirichlet_logpdf(x, alpha):
    """Logarithm of the density of the Dirichlet distribution of vectors (n,) or of columns (n, ...)."""
    x, alpha = floats(x, alpha)
    spread = lgamma(alpha).sum() - lgamma(alpha.sum())
    powers = xlogy((alpha - 1).reshape((-1,) + (1,) * (x.ndim - 1)), x).sum(0)
    inside = (x > 0).all(0) & (np.abs(x.sum(0) - 1) < 1e-6)
    return within(inside, powers - spread)


def bernoulli_logpmf(k, p, loc=0):
    """Logarithm of the probabilities of the Bernoulli distribution."""
    k, p, loc = floats(k, p, loc)
    found = xlogy(k - loc, p) + xlog1py(1 - (k - loc), -p)
    return within((k == loc) | (k == loc + 1), found)


def bernoulli_pmf(k, p, loc=0):
    """Probabilities of the Bernoulli distribution."""
    return np.exp(bernoulli_logpmf(k, p, loc))


def poisson_logpmf(k, mu, loc=0):
    """Logarithm of the probabilities of the Poisson distribution."""
    k, mu, loc = floats(k, mu, loc)
    x = k - loc
    found = xlogy(x, mu) - lgamma(x + 1) - mu
    return within((x >= 0) & (x == np.floor(x)), found)


def poisson_pmf(k, mu, loc=0):
    """Probabilities of the Poisson distribution."""
    return np.exp(poisson_logpmf(k, mu, loc))


def binom_logpmf(k, n, p, loc=0):
    """Logarithm of the probabilities of the binomial distribution."""
    k, n, p, loc = floats(k, n, p, loc)
    y = k - loc
    ways = lgamma(n + 1) - lgamma(y + 1) - lgamma(n - y + 1)
    found = ways + xlogy(y, p) + xlog1py(n - y, -p)
    return within((y >= 0) & (y <= n), found)


def binom_pmf(k, n, p, loc=0):
    """Probabilities of the binomial distribution."""
    return np.exp(binom_logpmf(k, n, p, loc))


def geom_logpmf(k, p, loc=0):
    """Logarithm of the probabilities of the geometric distribution."""
    k, p, loc = floats(k, p, loc)
    x = k - loc
    return within(x > 0, xlog1py(x - 1, -p) + np.log(p))


def geom_pmf(k, p, loc=0):
    """Probabilities of the geometric distribution."""
    return np.exp(geom_logpmf(k, p, loc))


def relative_entropy(p, q):
    """p * log(p / q), 0 where p is 0, infinite where the logarithm is not defined."""
    p, q = floats(p, q)
    both = (p > 0) & (q > 0)
    safe_p, safe_q = np.where(both, p, np.ones_like(p)), np.where(both, q, np.ones_like(q))
    found = safe_p * (np.log(safe_p) - np.log(safe_q))
    return np.where(
        both, found, np.where((p == 0) & (q >= 0), np.zeros_like(p), p.dtype.type(np.inf))
    )


def kullback_leibler(p, q):
    """p * log(p / q) - p + q, with the limits at 0."""
    p, q = floats(p, q)
    return relative_entropy(p, q) - p + q


def gamma_sign(x):
    """The sign of the gamma function."""
    odd = np.floor(x) % 2 == 1
    return np.where((x < 0) & odd, -np.ones_like(x), np.ones_like(x))


def gamma_function(x):
    """The gamma function."""
    (x,) = floats(x)
    return gamma_sign(x) * np.exp(lgamma(x))


def beta_function(a, b):
    """The beta function."""
    a, b = floats(a, b)
    return gamma_sign(a) * gamma_sign(b) * gamma_sign(a + b) * np.exp(betaln(a, b))


def factorial(n):
    """The factorial as a float, 0 for negative numbers."""
    (n,) = floats(n)
    return np.where(n < 0, np.zeros_like(n), np.exp(lgamma(n + 1)))
