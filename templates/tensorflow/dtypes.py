"""Dtypes of operations."""

import keras
import numpy as np
import tensorflow as tf

NUMBERS = (bool, int, float, complex)


def operation_dtype(*values):
    """Dtype of an operation on tensors, dtypes and Python numbers; of numbers only the category counts."""
    kinds = [value if isinstance(value, type) else type(value) for value in values]
    named = [
        kind if kind in NUMBERS else tf.as_dtype(getattr(value, "dtype", value)).name
        for value, kind in zip(values, kinds)
    ]
    return tf.as_dtype(keras.backend.result_type(*named))


def as_host_dtype(x):
    """NumPy's dtype for a tensor's dtype, or for what states one."""
    return np.dtype(x.as_numpy_dtype if isinstance(x, tf.DType) else x)


def as_dtype(x, /):
    """The dtype that a name, a Python type or a dtype states; float and int have 64 bits."""
    return x if isinstance(x, tf.DType) else tf.as_dtype(np.dtype(x))


def widest_dtype(*values):
    """Dtype that NumPy gives an operation on tensors, dtypes and Python numbers."""
    known = [value.dtype if tf.is_tensor(value) else value for value in values]
    known = [as_host_dtype(value) if isinstance(value, tf.DType) else value for value in known]
    return tf.as_dtype(np.result_type(*known))


def is_array_of(x, *dtypes):
    """Whether a value is a tensor or variable of one of these dtypes."""
    return isinstance(x, (tf.Tensor, tf.Variable, keras.Variable)) and tf.as_dtype(x.dtype) in dtypes


def as_counts(x):
    """A mask as floats, zero and one; other values as they are."""
    return tf.cast(x, tf.float32) if tf.is_tensor(x) and x.dtype == tf.bool else x
