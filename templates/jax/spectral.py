"""Frames and spectra of signals, as TensorFlow defines them."""

import math

import jax.numpy as jnp
from jax import lax


def frame_signal(signal, frame_length, frame_step, /, pad_end=False, pad_value=0, axis=-1):
    """Overlapping frames of a signal along an axis, which becomes two: frames and places."""
    signal = jnp.moveaxis(signal, axis, -1)
    length = signal.shape[-1]
    count = (
        -(-length // frame_step) if pad_end else max(1 + (length - frame_length) // frame_step, 0)
    )
    missing = max((count - 1) * frame_step + frame_length - length, 0) if pad_end else 0
    if missing:
        around = [(0, 0)] * (signal.ndim - 1)
        signal = jnp.pad(signal, [*around, (0, missing)], constant_values=pad_value)
    index = jnp.arange(count)[:, None] * frame_step + jnp.arange(frame_length)
    frames = signal[..., index]
    axis = axis if axis >= 0 else axis + signal.ndim
    return jnp.moveaxis(frames, (-2, -1), (axis, axis + 1))


def cosine_window(window_length, a, b, periodic):
    """a - b * cos of a turn over the window; periodic leaves out the last point of the symmetric window."""
    even = 1 - window_length % 2
    span = window_length + int(periodic) * even - 1
    if window_length == 1:
        return jnp.ones(1, dtype=jnp.float32)
    return (a - b * jnp.cos(2 * math.pi * jnp.arange(window_length) / span)).astype(jnp.float32)


def hann_window(window_length, /, periodic=True):
    """Raised cosine window."""
    return cosine_window(window_length, 0.5, 0.5, periodic)


def hamming_window(window_length, /, periodic=True):
    """Raised cosine window that does not reach zero."""
    return cosine_window(window_length, 0.54, 0.46, periodic)


def stft_frames(
    signals, frame_length, frame_step, /, fft_length=None, window_fn="hann", pad_end=False
):
    """Short-time Fourier transform (..., frames, fft_length // 2 + 1) without padding at the start."""
    if fft_length is None:
        fft_length = 1 << (frame_length - 1).bit_length()
    frames = frame_signal(signals, frame_length, frame_step, pad_end)
    if window_fn is not None:
        frames = frames * (hann_window if window_fn == "hann" else window_fn)(frame_length)
    return jnp.fft.rfft(frames, n=fft_length)


def overlap_and_add(signal, frame_step, /):
    """The signal (..., length) that overlapping frames (..., frames, places) add up to."""
    count, size = signal.shape[-2:]
    total = jnp.zeros((*signal.shape[:-2], (count - 1) * frame_step + size), dtype=signal.dtype)
    index = jnp.arange(count)[:, None] * frame_step + jnp.arange(size)
    return total.at[..., index].add(signal)


def _pair(x):
    """Real and imaginary part."""
    return x.real, x.imag


def fft_parts(parts, /):
    """Discrete Fourier transform of the last axis; numbers are pairs of their real and imaginary parts."""
    return _pair(jnp.fft.fft(lax.complex(*parts)))


def fft2_parts(parts, /):
    """Discrete Fourier transform of the last two axes; numbers are pairs of their parts."""
    return _pair(jnp.fft.fft2(lax.complex(*parts)))


def ifft2_parts(parts, /):
    """Inverse discrete Fourier transform of the last two axes; numbers are pairs of their parts."""
    return _pair(jnp.fft.ifft2(lax.complex(*parts)))


def rfft_parts(x, /, fft_length=None):
    """Real and imaginary part of the discrete Fourier transform of real numbers along the last axis."""
    return _pair(jnp.fft.rfft(x, n=fft_length))


def irfft_parts(parts, /, fft_length=None):
    """Real numbers whose transform has the real and imaginary parts given."""
    return jnp.fft.irfft(lax.complex(*parts), n=fft_length)


def _padded_window(window, length, size, dtype):
    """The window of a name, or the numbers given, with zeros around."""
    if window is None:
        values = jnp.ones(length, dtype=dtype)
    elif isinstance(window, str):
        values = {"hann": hann_window, "hamming": hamming_window}[window](length).astype(dtype)
    else:
        values = jnp.asarray(window, dtype)
    before = (size - length) // 2
    return jnp.pad(values, (before, size - length - before))


def stft_parts(x, sequence_length, sequence_stride, fft_length, /, *, window="hann", center=True):
    """Real and imaginary part of the short-time Fourier transform of the last axis."""
    if center:
        around = [(0, 0)] * (x.ndim - 1)
        x = jnp.pad(x, [*around, (fft_length // 2, fft_length // 2)], mode="reflect")
    frames = frame_signal(x, fft_length, sequence_stride)
    if window is not None:
        frames = frames * _padded_window(window, sequence_length, fft_length, x.dtype)
    return _pair(jnp.fft.rfft(frames))


def istft_parts(
    parts,
    sequence_length,
    sequence_stride,
    fft_length,
    /,
    *,
    length=None,
    window="hann",
    center=True,
):
    """The signal whose short-time Fourier transform has the real and imaginary parts given."""
    frames = jnp.fft.irfft(lax.complex(*parts), n=fft_length)
    if window is not None:
        values = _padded_window(window, sequence_length, fft_length, frames.dtype)
        squares = jnp.pad(jnp.square(values), (0, -fft_length % sequence_stride))
        squares = jnp.sum(squares.reshape(-1, sequence_stride), axis=0)
        total = jnp.tile(squares, -(-fft_length // sequence_stride))[:fft_length]
        frames = frames * values / total
    signal = overlap_and_add(frames, sequence_stride)
    start = fft_length // 2 if center else 0
    if length is not None:
        return signal[..., start : start + length]
    return signal[..., start : signal.shape[-1] - start]
