"""Weights for arrays of other sizes, as jax.image has them: places are those of the centres of elements."""

import numpy as np


def resampling_kernel(method, x):
    """What an element counts at a distance from the place that is asked for, in elements."""
    if method in ("linear", "bilinear", "trilinear", "triangle"):
        return np.maximum(0, 1 - x)
    if method in ("cubic", "bicubic", "tricubic"):
        near = ((1.5 * x - 2.5) * x) * x + 1
        far = ((-0.5 * x + 2.5) * x - 4) * x + 2
        return np.where(x >= 2, 0, np.where(x >= 1, far, near))
    if method in ("lanczos3", "lanczos5"):
        radius = np.float32(method[-1])
        wave = radius * np.sin(np.pi * x) * np.sin(np.pi * x / radius)
        inside = np.where(x > 1e-3, wave / np.where(x != 0, np.pi**2 * x**2, 1), 1)
        return np.where(x > radius, 0, inside)
    raise ValueError(f"no method of resizing is called {method!r}")


def resampling_weights(size, new_size, method, antialias):
    """A matrix (old size, new size) of what each element counts in each new one."""
    if method == "nearest":
        places = np.floor((np.arange(new_size, dtype=np.float32) + 0.5) * size / new_size)
        return (np.arange(size)[:, None] == places[None]).astype(np.float32)
    step = np.float32(1 / (new_size / size))
    wide = max(step, np.float32(1)) if antialias else np.float32(1)
    places = (np.arange(new_size, dtype=np.float32) + np.float32(0.5)) * step - np.float32(0.5)
    distances = np.abs(places[None] - np.arange(size, dtype=np.float32)[:, None]) / wide
    weights = resampling_kernel(method, distances).astype(np.float32)
    total = weights.sum(0, keepdims=True)
    known = np.abs(total) > 1000 * np.finfo(np.float32).eps
    weights = np.where(known, weights / np.where(total != 0, total, 1), 0)
    return np.where((places >= -0.5) & (places <= size - 0.5), weights, 0).astype(np.float32)
