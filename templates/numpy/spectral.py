"""Frames and spectra of signals, as TensorFlow defines them."""

import math

import numpy as np


def frame_signal(signal, frame_length, frame_step, /, pad_end=False, pad_value=0, axis=-1):
    """Overlapping frames of a signal along an axis, which becomes two: frames and places."""
    signal = np.moveaxis(signal, axis, -1)
    length = signal.shape[-1]
    count = (
        -(-length // frame_step) if pad_end else max(1 + (length - frame_length) // frame_step, 0)
    )
    missing = max((count - 1) * frame_step + frame_length - length, 0) if pad_end else 0
    if missing:
        around = [(0, 0)] * (signal.ndim - 1)
        signal = np.pad(signal, [*around, (0, missing)], constant_values=pad_value)
    index = np.arange(count)[:, None] * frame_step + np.arange(frame_length)
    frames = signal[..., index]
    axis = axis if axis >= 0 else axis + signal.ndim
    return np.moveaxis(frames, (-2, -1), (axis, axis + 1))


def cosine_window(window_length, a, b, periodic):
    """a - b * cos of a turn over the window; periodic leaves out the last point of the symmetric window."""
    even = 1 - window_length % 2
    span = window_length + int(periodic) * even - 1
    if window_length == 1:
        return np.ones(1, dtype=np.float32)
    return (a - b * np.cos(2 * math.pi * np.arange(window_length) / span)).astype(np.float32)


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
    return np.fft.rfft(frames, n=fft_length).astype(
        np.complex64 if frames.dtype == np.float32 else np.complex128
    )


def overlap_and_add(signal, frame_step, /):
    """The signal (..., length) that overlapping frames (..., frames, places) add up to."""
    count, size = signal.shape[-2:]
    total = np.zeros((*signal.shape[:-2], (count - 1) * frame_step + size), dtype=signal.dtype)
    index = np.arange(count)[:, None] * frame_step + np.arange(size)
    np.add.at(total, (..., index), signal)
    return total
