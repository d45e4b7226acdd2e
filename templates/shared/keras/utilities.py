"""Functions of ``keras.utils`` around training."""

import random

import numpy as np

from .steps import as_elements, seed_framework


def to_categorical(classes, num_classes=None):
    """One-hot rows of indices of classes, as many as there are without a number; a last axis of 1 is left out."""
    indices = np.array(classes, dtype=np.int64)
    shape = indices.shape[:-1] if indices.ndim > 1 and indices.shape[-1] == 1 else indices.shape
    rows = np.eye(num_classes or int(indices.max()) + 1)[indices.reshape(-1)].reshape(*shape, -1)
    of_arrays = hasattr(classes, "shape") and not isinstance(classes, np.ndarray)
    return as_elements(rows.astype(np.float32)) if of_arrays else rows


def normalized_rows(x, axis=-1, order=2):
    """Arrays of NumPy divided by their norm along an axis, or by 1 where it is zero."""
    norm = np.atleast_1d(np.linalg.norm(x, order, axis))
    return x / np.expand_dims(np.where(norm == 0, 1, norm), axis)


def pad_sequences(sequences, maxlen=None, dtype="int32", padding="pre", truncating="pre", value=0.0):
    """Sequences as the rows of an array, (sequences, maxlen), with values or cuts at their begin or end."""
    longest = max((len(sequence) for sequence in sequences), default=0) if maxlen is None else maxlen
    sample = next((np.asarray(sequence).shape[1:] for sequence in sequences if len(sequence)), ())
    name = getattr(dtype, "__name__", str(dtype).rpartition(".")[2])  # dtypes of other libraries are named alike
    padded = np.full((len(sequences), longest, *sample), value, dtype=name)
    for row, sequence in zip(padded, sequences):
        if not len(sequence):
            continue
        kept = sequence[-longest:] if truncating == "pre" else sequence[:longest]
        if padding == "post":
            row[: len(kept)] = kept
        else:
            row[longest - len(kept) :] = kept
    return padded


def set_random_seed(seed):
    """Seed the generators of Python, of NumPy and of the framework."""
    random.seed(seed)
    np.random.seed(seed)
    seed_framework(seed)
