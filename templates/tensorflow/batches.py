"""Making batches."""

import numpy as np
import tensorflow as tf


def batch_array(value):
    """A tensor of a NumPy array."""
    return tf.convert_to_tensor(value)


def stacked_samples(samples):
    """Samples of one shape as one tensor with a new first axis."""
    return tf.convert_to_tensor(np.stack([np.asarray(sample) for sample in samples]))
