"""Discrete Fourier transforms along any axes, of any length, with the usual normalizations."""

import keras
import numpy as np
import tensorflow as tf


def to_complex(x):
    """x as complex numbers of the same precision."""
    if x.dtype.is_complex:
        return x
    return tf.cast(x, tf.complex128 if x.dtype == tf.float64 else tf.complex64)


def fit_last(x, n):
    """Crop the last axis to n elements or pad it with zeros."""
    size = x.shape[-1]
    if n <= size:
        return x[..., :n]
    return tf.pad(x, [[0, 0]] * (len(x.shape) - 1) + [[0, n - size]])


def scaled_fft(x, factor):
    """x times a Python number."""
    return x if factor == 1 else x * tf.cast(factor, x.dtype)


def forward_factor(n, norm):
    """What a forward transform of n elements is multiplied by."""
    return {None: 1, "backward": 1, "ortho": n**-0.5, "forward": 1 / n}[norm]


def inverse_factor(n, norm):
    """What an inverse transform, already divided by n, is multiplied by."""
    return {None: 1, "backward": 1, "ortho": n**0.5, "forward": n}[norm]


def fft(x, /, *, n=None, axis=-1, norm="backward"):
    """Discrete Fourier transform along one axis."""
    n = x.shape[axis] if n is None else n
    rows = fit_last(keras.ops.moveaxis(to_complex(x), axis, -1), n)
    result = scaled_fft(tf.signal.fft(rows), forward_factor(n, norm))
    return keras.ops.moveaxis(result, -1, axis)


def ifft(x, /, *, n=None, axis=-1, norm="backward"):
    """Inverse discrete Fourier transform along one axis."""
    n = x.shape[axis] if n is None else n
    rows = fit_last(keras.ops.moveaxis(to_complex(x), axis, -1), n)
    result = scaled_fft(tf.signal.ifft(rows), inverse_factor(n, norm))
    return keras.ops.moveaxis(result, -1, axis)


def rfft(x, /, *, n=None, axis=-1, norm="backward"):
    """Discrete Fourier transform of a real array along one axis, n // 2 + 1 frequencies."""
    n = x.shape[axis] if n is None else n
    rows = fit_last(keras.ops.moveaxis(x, axis, -1), n)
    result = scaled_fft(tf.signal.rfft(rows), forward_factor(n, norm))
    return keras.ops.moveaxis(result, -1, axis)


def irfft(x, /, *, n=None, axis=-1, norm="backward"):
    """Inverse of rfft along one axis; n is the length of the result, 2 (m - 1) without it."""
    n = 2 * (x.shape[axis] - 1) if n is None else n
    rows = fit_last(keras.ops.moveaxis(to_complex(x), axis, -1), n // 2 + 1)
    result = scaled_fft(tf.signal.irfft(rows, fft_length=[n]), inverse_factor(n, norm))
    return keras.ops.moveaxis(result, -1, axis)


def sizes_and_axes(x, s, axes):
    """The lengths and axes of a transform over several axes."""
    if axes is None:
        axes = range(-(len(x.shape) if s is None else len(s)), 0)
    axes = (axes,) if isinstance(axes, int) else tuple(axes)
    return [None] * len(axes) if s is None else list(s), axes


def fftn(x, /, *, s=None, axes=None, norm="backward"):
    """Discrete Fourier transform over several axes, all by default."""
    for n, axis in zip(*sizes_and_axes(x, s, axes)):
        x = fft(x, n=n, axis=axis, norm=norm)
    return x


def ifftn(x, /, *, s=None, axes=None, norm="backward"):
    """Inverse discrete Fourier transform over several axes, all by default."""
    for n, axis in zip(*sizes_and_axes(x, s, axes)):
        x = ifft(x, n=n, axis=axis, norm=norm)
    return x


def rfftn(x, /, *, s=None, axes=None, norm="backward"):
    """Discrete Fourier transform of a real array over several axes; the last one is halved."""
    sizes, axes = sizes_and_axes(x, s, axes)
    x = rfft(x, n=sizes[-1], axis=axes[-1], norm=norm)
    for n, axis in zip(sizes[:-1], axes[:-1]):
        x = fft(x, n=n, axis=axis, norm=norm)
    return x


def irfftn(x, /, *, s=None, axes=None, norm="backward"):
    """Inverse of rfftn over several axes, all by default."""
    sizes, axes = sizes_and_axes(x, s, axes)
    for n, axis in zip(sizes[:-1], axes[:-1]):
        x = ifft(x, n=n, axis=axis, norm=norm)
    return irfft(x, n=sizes[-1], axis=axes[-1], norm=norm)


def fft2(x, /, *, s=None, axes=(-2, -1), norm="backward"):
    """Discrete Fourier transform over two axes."""
    return fftn(x, s=s, axes=axes, norm=norm)


def ifft2(x, /, *, s=None, axes=(-2, -1), norm="backward"):
    """Inverse discrete Fourier transform over two axes."""
    return ifftn(x, s=s, axes=axes, norm=norm)


def rfft2(x, /, *, s=None, axes=(-2, -1), norm="backward"):
    """Discrete Fourier transform of a real array over two axes; the last one is halved."""
    return rfftn(x, s=s, axes=axes, norm=norm)


def irfft2(x, /, *, s=None, axes=(-2, -1), norm="backward"):
    """Inverse of rfft2 over two axes."""
    return irfftn(x, s=s, axes=axes, norm=norm)


def fftfreq(n, /, *, d=1.0):
    """Sample frequencies of fft."""
    return tf.constant(np.fft.fftfreq(n, d), dtype=tf.float32)


def rfftfreq(n, /, *, d=1.0):
    """Sample frequencies of rfft."""
    return tf.constant(np.fft.rfftfreq(n, d), dtype=tf.float32)
