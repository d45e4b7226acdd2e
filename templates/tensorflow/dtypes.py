"""Dtypes of operations."""

import keras
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
