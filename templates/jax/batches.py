"""Making batches."""

import jax.numpy as jnp
import numpy as np


def batch_array(value):
    """An array of the framework."""
    return jnp.asarray(value)


def stacked_samples(samples):
    """Samples of one shape as one array with a new first axis."""
    return jnp.asarray(np.stack([np.asarray(sample) for sample in samples]))
