"""Windows and short-time Fourier transforms as PyTorch defines them."""

import math

import numpy as np
import tensorflow as tf

from .fft import fft, ifft, irfft, rfft, scaled_fft


def _cosine_sum(window_length, periodic, factors, dtype):
    """The sum of factors[k] * cos(k t) over a turn; periodic leaves out the last point of the symmetric window."""
    if window_length == 1:
        return tf.ones((1,), dtype or tf.float32)
    turn = 2 * math.pi * np.arange(window_length) / (window_length - 1 + bool(periodic))
    return tf.cast(sum(f * np.cos(k * turn) for k, f in enumerate(factors)), dtype or tf.float32)


def periodic_hann(window_length, periodic=True, *, dtype=None):
    """Hann window."""
    return _cosine_sum(window_length, periodic, (0.5, -0.5), dtype)


def periodic_hamming(window_length, periodic=True, alpha=0.54, beta=0.46, *, dtype=None):
    """Hamming window."""
    return _cosine_sum(window_length, periodic, (alpha, -beta), dtype)


def periodic_blackman(window_length, periodic=True, *, dtype=None):
    """Blackman window."""
    return _cosine_sum(window_length, periodic, (0.42, -0.5, 0.08), dtype)


def _analysis_window(window, win_length, n_fft):
    """The window, ones if it is None, with zeros around it up to the size of the transform."""
    size = n_fft if win_length is None else win_length
    window = tf.ones((size,)) if window is None else tf.convert_to_tensor(window)
    if tuple(window.shape) != (size,) or size > n_fft:
        raise ValueError(f"a window of {size} values, at most n_fft={n_fft}, is expected, not of shape {window.shape}")
    if window.dtype.is_complex:
        raise NotImplementedError("complex windows are not converted")
    before = (n_fft - size) // 2
    return tf.pad(window, [(before, n_fft - size - before)])


def _padded(signal, count, mode):
    """A signal with values on both sides of its last axis."""
    around = [(0, 0)] * (len(signal.shape) - 1) + [(count, count)]
    if mode in ("constant", "reflect"):
        return tf.pad(signal, around, mode)
    size = signal.shape[-1]
    index = np.arange(-count, size + count)
    return tf.gather(signal, np.clip(index, 0, size - 1) if mode == "replicate" else index % size, axis=-1)


def stft(
    input,
    n_fft,
    hop_length=None,
    win_length=None,
    window=None,
    center=True,
    pad_mode="reflect",
    normalized=False,
    onesided=None,
    return_complex=None,
):
    """Short-time Fourier transform of (..., time): (..., frequencies, frames), real numbers as pairs in the end."""
    if return_complex is None and not input.dtype.is_complex:
        raise ValueError("stft requires return_complex for real inputs")
    hop = n_fft // 4 if hop_length is None else hop_length
    window = _analysis_window(window, win_length, n_fft)
    if center:
        input = _padded(input, n_fft // 2, pad_mode)
    frames = tf.signal.frame(input, n_fft, hop)
    frames = frames * tf.cast(window, frames.dtype)
    whole = frames.dtype.is_complex if onesided is None else not onesided
    spectrum = fft(frames) if whole else rfft(frames)
    spectrum = scaled_fft(tf.linalg.matrix_transpose(spectrum), n_fft**-0.5 if normalized else 1)
    if return_complex is False:
        return tf.stack([tf.math.real(spectrum), tf.math.imag(spectrum)], axis=-1)
    return spectrum


def istft(
    input,
    n_fft,
    hop_length=None,
    win_length=None,
    window=None,
    center=True,
    normalized=False,
    onesided=None,
    length=None,
    return_complex=False,
):
    """The signal (..., time) of a short-time spectrum (..., frequencies, frames)."""
    hop = n_fft // 4 if hop_length is None else hop_length
    window = _analysis_window(window, win_length, n_fft)
    spectrum = scaled_fft(tf.linalg.matrix_transpose(input), n_fft**0.5 if normalized else 1)
    whole = input.shape[-2] == n_fft if onesided is None else not onesided
    frames = ifft(spectrum, n=n_fft) if whole else irfft(spectrum, n=n_fft)
    frames = frames if return_complex else tf.math.real(frames)
    window = tf.cast(window, frames.dtype)
    signal = tf.signal.overlap_and_add(frames * window, hop)
    weight = tf.signal.overlap_and_add(tf.ones_like(frames) * window**2, hop)
    start = n_fft // 2 if center else 0
    stop = tf.shape(signal)[-1] - start if length is None else start + length
    signal = signal[..., start:stop] / weight[..., start:stop]
    missing = stop - start - tf.shape(signal)[-1]
    return tf.pad(signal, [(0, 0)] * (len(signal.shape) - 1) + [(0, missing)])
