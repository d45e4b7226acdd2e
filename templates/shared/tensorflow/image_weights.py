"""What each pixel of a resized image is made of."""

import numpy as np


def _resize_weights(size, new_size, method, antialias):
    """The weights (new_size, size) of one axis of an image, sampled at the middle of the pixels."""
    scale = new_size / size
    kernel_scale = max(1 / scale, 1.0) if antialias else 1.0
    middle = (np.arange(new_size) + 0.5) / scale - 0.5
    if (
        method == "bicubic" and not antialias
    ):  # TensorFlow reads these weights from a table of 1024 steps
        middle = np.floor(middle) + np.rint((middle - np.floor(middle)) * 1024) / 1024
    distance = np.abs(middle[:, None] - np.arange(size)) / kernel_scale
    if method == "bilinear":
        weights = np.maximum(0, 1 - distance)
    elif method == "bicubic":
        near = ((1.5 * distance - 2.5) * distance) * distance + 1
        far = ((-0.5 * distance + 2.5) * distance - 4) * distance + 2
        weights = np.where(distance < 1, near, np.where(distance < 2, far, 0))
    else:
        raise NotImplementedError(f"resizing with {method!r} has no counterpart")
    return (weights / weights.sum(axis=1, keepdims=True)).astype(np.float32)
