"""Windows and short-time Fourier transforms as PyTorch defines them."""

import math

import numpy as np


def _cosine_sum(window_length, periodic, factors, dtype):
    """The sum of factors[k] * cos(k t) over a turn; periodic leaves out the last point of the symmetric window."""
    if window_length == 1:
        return np.ones(1, dtype or np.float32)
    turn = 2 * math.pi * np.arange(window_length) / (window_length - 1 + bool(periodic))
    return np.asarray(sum(f * np.cos(k * turn) for k, f in enumerate(factors)), dtype or np.float32)


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
    window = np.ones(size, np.float32) if window is None else window
    if window.shape != (size,) or size > n_fft:
        raise ValueError(f"a window of {size} values, at most n_fft={n_fft}, is expected, not of shape {window.shape}")
    before = (n_fft - size) // 2
    return np.pad(window, (before, n_fft - size - before))


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
    if return_complex is None and not np.iscomplexobj(input):
        raise ValueError("stft requires return_complex for real inputs")
    hop = n_fft // 4 if hop_length is None else hop_length
    window = _analysis_window(window, win_length, n_fft)
    if center:
        modes = {"constant": "constant", "reflect": "reflect", "replicate": "edge", "circular": "wrap"}
        around = [(0, 0)] * (input.ndim - 1) + [(n_fft // 2, n_fft // 2)]
        input = np.pad(input, around, modes[pad_mode])
    if input.shape[-1] < n_fft:
        raise ValueError(f"a signal of at least n_fft={n_fft} values is expected, not {input.shape[-1]}")
    count = 1 + (input.shape[-1] - n_fft) // hop
    frames = input[..., np.arange(count)[:, None] * hop + np.arange(n_fft)] * window
    whole = np.iscomplexobj(frames) if onesided is None else not onesided
    spectrum = np.fft.fft(frames) if whole else np.fft.rfft(frames)
    spectrum = np.swapaxes(spectrum, -1, -2) * (n_fft**-0.5 if normalized else 1)
    if return_complex is False:
        return np.stack([spectrum.real, spectrum.imag], axis=-1)
    return spectrum


def _overlapped(frames, hop):
    """The sum of frames (..., frame, place) that start `hop` places after one another."""
    count, size = frames.shape[-2:]
    index = np.arange(count)[:, None] * hop + np.arange(size)
    total = np.zeros((*frames.shape[:-2], size + (count - 1) * hop), frames.dtype)
    np.add.at(total, (..., index), frames)
    return total


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
    spectrum = np.swapaxes(input, -1, -2) * (n_fft**0.5 if normalized else 1)
    whole = input.shape[-2] == n_fft if onesided is None else not onesided
    frames = np.fft.ifft(spectrum, n_fft) if whole else np.fft.irfft(spectrum, n_fft)
    frames = frames if return_complex else frames.real
    signal = _overlapped(frames * window, hop)
    weight = _overlapped(np.broadcast_to(window**2, (frames.shape[-2], n_fft)), hop)
    start = n_fft // 2 if center else 0
    stop = signal.shape[-1] - start if length is None else start + length
    signal = signal[..., start:stop] / weight[start:stop]
    missing = stop - start - signal.shape[-1]
    return np.pad(signal, [(0, 0)] * (signal.ndim - 1) + [(0, missing)])
