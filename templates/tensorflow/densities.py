"""Densities and distribution functions of the usual distributions, as jax.scipy.stats has them."""

import math

import tensorflow as tf


def floats(*values):
    """Numbers and tensors as floating-point tensors of one dtype."""
    dtypes = [value.dtype for value in values if tf.is_tensor(value) and value.dtype.is_floating]
    dtype = max(dtypes, key=lambda dtype: dtype.size) if dtypes else tf.float32
    return [
        tf.cast(value, dtype) if tf.is_tensor(value) else tf.convert_to_tensor(value, dtype)
        for value in values
    ]


def normal_cdf(x):
    """Standard normal distribution function."""
    return 0.5 * tf.math.erfc(-x / math.sqrt(2))


def log_ndtr(x, /):
    """Logarithm of the standard normal distribution function; far below 0 by its asymptotic series."""
    limit = -10.0 if x.dtype == tf.float32 else -20.0
    far, near = tf.minimum(x, limit), tf.maximum(x, limit)
    square = far**-2
    series = 1 - square * (1 - 3 * square * (1 - 5 * square * (1 - 7 * square * (1 - 9 * square))))
    tail = -0.5 * far**2 - tf.math.log(-far) - 0.5 * math.log(2 * math.pi) + tf.math.log(series)
    upper = tf.math.log1p(-normal_cdf(-tf.maximum(x, 0.0)))
    lower = tf.math.log(normal_cdf(tf.minimum(near, 0.0)))
    return tf.where(x < limit, tail, tf.where(x > 0, upper, lower))


def within(inside, values):
    """The values where a condition holds, minus infinity elsewhere."""
    return tf.where(inside, values, tf.constant(-math.inf, values.dtype))


def norm_logpdf(x, loc=0, scale=1):
    """Logarithm of the density of the normal distribution."""
    x, loc, scale = floats(x, loc, scale)
    return -0.5 * (((x - loc) / scale) ** 2 + tf.math.log(2 * math.pi * scale**2))


def norm_pdf(x, loc=0, scale=1):
    """Density of the normal distribution."""
    return tf.exp(norm_logpdf(x, loc, scale))


def norm_cdf(x, loc=0, scale=1):
    """Distribution function of the normal distribution."""
    x, loc, scale = floats(x, loc, scale)
    return normal_cdf((x - loc) / scale)


def norm_logcdf(x, loc=0, scale=1):
    """Logarithm of the distribution function of the normal distribution."""
    x, loc, scale = floats(x, loc, scale)
    return log_ndtr((x - loc) / scale)


def norm_sf(x, loc=0, scale=1):
    """One minus the distribution function of the normal distribution."""
    x, loc, scale = floats(x, loc, scale)
    return normal_cdf((loc - x) / scale)


def norm_logsf(x, loc=0, scale=1):
    """Logarithm of one minus the distribution function of the normal distribution."""
    x, loc, scale = floats(x, loc, scale)
    return log_ndtr((loc - x) / scale)


def norm_ppf(q, loc=0, scale=1):
    """Quantiles of the normal distribution."""
    q, loc, scale = floats(q, loc, scale)
    return loc + scale * tf.math.ndtri(q)


def norm_isf(q, loc=0, scale=1):
    """Upper quantiles of the normal distribution."""
    q, loc, scale = floats(q, loc, scale)
    return loc + scale * tf.math.ndtri(1 - q)


def multivariate_normal_logpdf(x, mean, cov):
    """Logarithm of the density of the normal distribution of vectors (..., n), or of numbers where cov is one."""
    x, mean, cov = floats(x, mean, cov)
    if not mean.shape.rank or not cov.shape.rank:
        return -0.5 * ((x - mean) ** 2 / cov + tf.math.log(2 * math.pi * cov))
    factor = tf.linalg.cholesky(cov)
    rest = (x - mean)[..., None]
    shape = tf.broadcast_dynamic_shape(tf.shape(rest)[:-2], tf.shape(factor)[:-2])
    factor = tf.broadcast_to(factor, tf.concat([shape, tf.shape(factor)[-2:]], 0))
    rest = tf.broadcast_to(rest, tf.concat([shape, tf.shape(rest)[-2:]], 0))
    scaled = tf.linalg.triangular_solve(factor, rest)[..., 0]
    spread = tf.reduce_sum(tf.math.log(tf.linalg.diag_part(factor)), -1)
    count = cov.shape[-1] * math.log(2 * math.pi)
    return -0.5 * tf.reduce_sum(scaled**2, -1) - 0.5 * count - spread


def multivariate_normal_pdf(x, mean, cov):
    """Density of the normal distribution of vectors."""
    return tf.exp(multivariate_normal_logpdf(x, mean, cov))


def uniform_logpdf(x, loc=0, scale=1):
    """Logarithm of the density of the uniform distribution between loc and loc + scale."""
    x, loc, scale = floats(x, loc, scale)
    return within((x >= loc) & (x <= loc + scale), -tf.math.log(scale))


def uniform_pdf(x, loc=0, scale=1):
    """Density of the uniform distribution between loc and loc + scale."""
    return tf.exp(uniform_logpdf(x, loc, scale))


def uniform_cdf(x, loc=0, scale=1):
    """Distribution function of the uniform distribution between loc and loc + scale."""
    x, loc, scale = floats(x, loc, scale)
    return tf.clip_by_value((x - loc) / scale, 0, 1)


def expon_logpdf(x, loc=0, scale=1):
    """Logarithm of the density of the exponential distribution."""
    x, loc, scale = floats(x, loc, scale)
    return within(x >= loc, -(x - loc) / scale - tf.math.log(scale))


def expon_pdf(x, loc=0, scale=1):
    """Density of the exponential distribution."""
    return tf.exp(expon_logpdf(x, loc, scale))


def laplace_logpdf(x, loc=0, scale=1):
    """Logarithm of the density of the Laplace distribution."""
    x, loc, scale = floats(x, loc, scale)
    return -tf.abs(x - loc) / scale - tf.math.log(2 * scale)


def laplace_pdf(x, loc=0, scale=1):
    """Density of the Laplace distribution."""
    return tf.exp(laplace_logpdf(x, loc, scale))


def laplace_cdf(x, loc=0, scale=1):
    """Distribution function of the Laplace distribution."""
    x, loc, scale = floats(x, loc, scale)
    far = (x - loc) / scale
    half = 0.5 * tf.exp(-tf.abs(far))
    return tf.where(far <= 0, half, 1 - half)


def cauchy_logpdf(x, loc=0, scale=1):
    """Logarithm of the density of the Cauchy distribution."""
    x, loc, scale = floats(x, loc, scale)
    return -tf.math.log(math.pi * scale) - tf.math.log1p(((x - loc) / scale) ** 2)


def cauchy_pdf(x, loc=0, scale=1):
    """Density of the Cauchy distribution."""
    return tf.exp(cauchy_logpdf(x, loc, scale))


def cauchy_cdf(x, loc=0, scale=1):
    """Distribution function of the Cauchy distribution."""
    x, loc, scale = floats(x, loc, scale)
    return 0.5 + tf.atan2(x - loc, scale) / math.pi


def logistic_logpdf(x, loc=0, scale=1):
    """Logarithm of the density of the logistic distribution."""
    x, loc, scale = floats(x, loc, scale)
    far = (x - loc) / (2 * scale)
    return -2 * tf.experimental.numpy.logaddexp(far, -far) - tf.math.log(scale)


def logistic_pdf(x, loc=0, scale=1):
    """Density of the logistic distribution."""
    return tf.exp(logistic_logpdf(x, loc, scale))


def logistic_cdf(x, loc=0, scale=1):
    """Distribution function of the logistic distribution."""
    x, loc, scale = floats(x, loc, scale)
    return tf.sigmoid((x - loc) / scale)


def gamma_logpdf(x, a, loc=0, scale=1):
    """Logarithm of the density of the gamma distribution."""
    x, a, loc, scale = floats(x, a, loc, scale)
    y = (x - loc) / scale
    return within(x >= loc, tf.math.xlogy(a - 1, y) - y - tf.math.lgamma(a) - tf.math.log(scale))


def gamma_pdf(x, a, loc=0, scale=1):
    """Density of the gamma distribution."""
    return tf.exp(gamma_logpdf(x, a, loc, scale))


def betaln(a, b):
    """Logarithm of the beta function."""
    a, b = floats(a, b)
    return tf.math.lgamma(a) + tf.math.lgamma(b) - tf.math.lgamma(a + b)


def beta_logpdf(x, a, b, loc=0, scale=1):
    """Logarithm of the density of the beta distribution."""
    x, a, b, loc, scale = floats(x, a, b, loc, scale)
    y = (x - loc) / scale
    found = tf.math.xlogy(a - 1, y) + tf.math.xlog1py(b - 1, -y) - betaln(a, b) - tf.math.log(scale)
    return within((y >= 0) & (y <= 1), found)


def beta_pdf(x, a, b, loc=0, scale=1):
    """Density of the beta distribution."""
    return tf.exp(beta_logpdf(x, a, b, loc, scale))


def t_logpdf(x, df, loc=0, scale=1):
    """Logarithm of the density of Student's t distribution."""
    x, df, loc, scale = floats(x, df, loc, scale)
    spread = tf.math.lgamma((df + 1) / 2) - tf.math.lgamma(df / 2) - 0.5 * tf.math.log(df * math.pi)
    return spread - tf.math.log(scale) - (df + 1) / 2 * tf.math.log1p(((x - loc) / scale) ** 2 / df)


def t_pdf(x, df, loc=0, scale=1):
    """Density of Student's t distribution."""
    return tf.exp(t_logpdf(x, df, loc, scale))


def chi2_logpdf(x, df, loc=0, scale=1):
    """Logarithm of the density of the chi-squared distribution."""
    x, df, loc, scale = floats(x, df, loc, scale)
    return gamma_logpdf(x, df / 2, loc, 2 * scale)


def chi2_pdf(x, df, loc=0, scale=1):
    """Density of the chi-squared distribution."""
    return tf.exp(chi2_logpdf(x, df, loc, scale))


def pareto_logpdf(x, b, loc=0, scale=1):
    """Logarithm of the density of the Pareto distribution."""
    x, b, loc, scale = floats(x, b, loc, scale)
    return within(
        x >= loc + scale, tf.math.log(b / scale) - (b + 1) * tf.math.log((x - loc) / scale)
    )


def pareto_pdf(x, b, loc=0, scale=1):
    """Density of the Pareto distribution."""
    return tf.exp(pareto_logpdf(x, b, loc, scale))


def dirichlet_logpdf(x, alpha):
    """Logarithm of the density of the Dirichlet distribution of vectors (n,) or of columns (n, ...)."""
    x, alpha = floats(x, alpha)
    spread = tf.reduce_sum(tf.math.lgamma(alpha)) - tf.math.lgamma(tf.reduce_sum(alpha))
    columns = tf.reshape(alpha - 1, (-1,) + (1,) * (x.shape.rank - 1))
    powers = tf.reduce_sum(tf.math.xlogy(columns, x), 0)
    inside = tf.reduce_all(x > 0, 0) & (tf.abs(tf.reduce_sum(x, 0) - 1) < 1e-6)
    return within(inside, powers - spread)


def bernoulli_logpmf(k, p, loc=0):
    """Logarithm of the probabilities of the Bernoulli distribution."""
    k, p, loc = floats(k, p, loc)
    found = tf.math.xlogy(k - loc, p) + tf.math.xlog1py(1 - (k - loc), -p)
    return within((k == loc) | (k == loc + 1), found)


def bernoulli_pmf(k, p, loc=0):
    """Probabilities of the Bernoulli distribution."""
    return tf.exp(bernoulli_logpmf(k, p, loc))


def poisson_logpmf(k, mu, loc=0):
    """Logarithm of the probabilities of the Poisson distribution."""
    k, mu, loc = floats(k, mu, loc)
    x = k - loc
    found = tf.math.xlogy(x, mu) - tf.math.lgamma(x + 1) - mu
    return within((x >= 0) & (x == tf.floor(x)), found)


def poisson_pmf(k, mu, loc=0):
    """Probabilities of the Poisson distribution."""
    return tf.exp(poisson_logpmf(k, mu, loc))


def binom_logpmf(k, n, p, loc=0):
    """Logarithm of the probabilities of the binomial distribution."""
    k, n, p, loc = floats(k, n, p, loc)
    y = k - loc
    ways = tf.math.lgamma(n + 1) - tf.math.lgamma(y + 1) - tf.math.lgamma(n - y + 1)
    found = ways + tf.math.xlogy(y, p) + tf.math.xlog1py(n - y, -p)
    return within((y >= 0) & (y <= n), found)


def binom_pmf(k, n, p, loc=0):
    """Probabilities of the binomial distribution."""
    return tf.exp(binom_logpmf(k, n, p, loc))


def geom_logpmf(k, p, loc=0):
    """Logarithm of the probabilities of the geometric distribution."""
    k, p, loc = floats(k, p, loc)
    x = k - loc
    return within(x > 0, tf.math.xlog1py(x - 1, -p) + tf.math.log(p))


def geom_pmf(k, p, loc=0):
    """Probabilities of the geometric distribution."""
    return tf.exp(geom_logpmf(k, p, loc))


def relative_entropy(p, q):
    """p * log(p / q), 0 where p is 0, infinite where the logarithm is not defined."""
    p, q = floats(p, q)
    both = (p > 0) & (q > 0)
    safe_p, safe_q = tf.where(both, p, tf.ones_like(p)), tf.where(both, q, tf.ones_like(q))
    found = safe_p * (tf.math.log(safe_p) - tf.math.log(safe_q))
    return tf.where(
        both, found, tf.where((p == 0) & (q >= 0), tf.zeros_like(p), tf.constant(math.inf, p.dtype))
    )


def kullback_leibler(p, q):
    """p * log(p / q) - p + q, with the limits at 0."""
    p, q = floats(p, q)
    return relative_entropy(p, q) - p + q


def gamma_sign(x):
    """The sign of the gamma function."""
    odd = tf.floor(x) % 2 == 1
    return tf.where((x < 0) & odd, -tf.ones_like(x), tf.ones_like(x))


def gamma_function(x):
    """The gamma function."""
    (x,) = floats(x)
    return gamma_sign(x) * tf.exp(tf.math.lgamma(x))


def beta_function(a, b):
    """The beta function."""
    a, b = floats(a, b)
    return gamma_sign(a) * gamma_sign(b) * gamma_sign(a + b) * tf.exp(betaln(a, b))


def factorial(n):
    """The factorial as a float, 0 for negative numbers."""
    (n,) = floats(n)
    return tf.where(n < 0, tf.zeros_like(n), tf.exp(tf.math.lgamma(n + 1)))
