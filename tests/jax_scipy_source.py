"""Code in the style of repositories on Gaussian processes and Bayesian models in JAX."""

import jax
import jax.numpy as jnp
import jax.scipy as jsp
import numpy as np
from jax.scipy import stats
from jax.scipy.linalg import cho_factor, cho_solve, cholesky, solve_triangular
from jax.scipy.stats import multivariate_normal, norm

SCALE = np.array([0.1, 0.2, 0.3, 0.4])


def regression(x, y, noise=0.1):
    gram = jnp.exp(-0.5 * (x[:, None] - x[None]) ** 2) + noise * jnp.eye(len(x))
    factor = cho_factor(gram, lower=True)
    weights = cho_solve(factor, y)
    lower = jsp.linalg.cholesky(gram, lower=True)
    evidence = -0.5 * y @ weights - jnp.log(jnp.diag(lower)).sum()
    solved = jsp.linalg.solve(gram, y, assume_a="pos")
    return [evidence, cholesky(gram), solved, cho_solve(cho_factor(gram), y), solve_triangular(lower, y, lower=True)]


def densities(x, y, noise=1.0):
    joint = norm.logpdf(x, y, noise) + stats.norm.cdf(x) + norm.logcdf(x * 20)
    normal = multivariate_normal.logpdf(x, jnp.zeros(len(x)), jnp.eye(len(x)) * noise)
    counts = stats.poisson.logpmf(jnp.arange(len(x)), jnp.exp(y))
    return [joint, normal, counts, stats.beta.logpdf(0.3, 2.0, 3.0), jsp.special.gamma(y), jsp.special.betaln(2.0, 3)]


def grids(x, y, noise=1.0):
    rows = jnp.linspace(x, y, 4, endpoint=False, axis=-1)
    return [rows, jnp.linspace(0, noise, 5, endpoint=False), jnp.degrees(x), jax.lax.reduce_max(rows, (0,))]


def described(x, y, noise=1.0):
    with jax.named_scope("described"):
        made = jax.eval_shape(regression, x, y)
        plain = jax.eval_shape(jnp.sum, jax.ShapeDtypeStruct((2, 3), jnp.float32))
    return [jnp.zeros(one.shape, one.dtype) for one in (*made, plain)]


def keys(x, y, noise=1.0):
    key = jax.random.PRNGKey(3)
    assert key.shape == (2,) and key.dtype == jnp.uint32
    first, second = jax.random.split(jax.random.fold_in(key, 5))
    return [first, jax.random.normal(second, x.shape) * noise]


def beside_numpy(x, y, noise=1.0):
    places = np.linspace(0, 1, 4)
    kept = jnp.where(x > SCALE, x, SCALE)
    product = SCALE * jnp.sum(y**2) + places @ jnp.exp(y)
    joined = jnp.concatenate([x, np.zeros(2)])
    waves = jnp.sin(x[:, None] / 10 ** (np.arange(4) / 4))
    return [kept, SCALE - x, jnp.log(SCALE), jnp.dot(x, places), product, joined, waves, jnp.asarray(SCALE) * noise]
