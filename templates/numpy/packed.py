"""Sequences of several lengths without padding, for recurrent layers of NumPy."""

from typing import Any, NamedTuple

import numpy as np

from .shape import pad_sequence


class PackedSequence(NamedTuple):
    """Sequences of several lengths, the longest first: what all have at the first step, at the second, and so on."""

    data: Any
    batch_sizes: Any
    sorted_indices: Any = None
    unsorted_indices: Any = None

    @property
    def lasting(self):
        """Which sequences (N) last to which step (L): a mask (L, N) of NumPy."""
        sizes = np.asarray(self.batch_sizes)
        return np.arange(sizes[0]) < sizes[:, None]

    def padded(self, value=0.0):
        """The sequences as (L, N, ...), in the order of the data."""
        places = self.lasting
        filled = np.full(places.shape + self.data.shape[1:], value, self.data.dtype)
        filled[places] = self.data
        return filled

    def through(self, layer, states):
        """What a recurrent layer gives for the sequences, packed, and the state after the last step of each."""
        x = self.padded()
        if states is None:
            states = layer._first_states(x.shape[1], x.dtype)
        elif self.sorted_indices is not None:
            states = tuple(state[:, self.sorted_indices] for state in states)
        places = self.lasting
        y, states = layer._run(x, states, places[..., None])
        if self.unsorted_indices is not None:
            states = tuple(state[:, self.unsorted_indices] for state in states)
        return self._replace(data=y[places]), states


def pack_padded_sequence(x, lengths, batch_first=False, enforce_sorted=True):
    """Padded sequences (L, N, ...), or the batch first, without what is filled up."""
    x = np.swapaxes(x, 0, 1) if batch_first else x
    lengths = np.asarray(lengths)
    if lengths.min() <= 0:
        raise RuntimeError("Length of all samples has to be greater than 0")
    order = back = None
    if not enforce_sorted:
        order = np.argsort(-lengths, kind="stable")
        x, lengths, back = x[:, order], lengths[order], np.argsort(order)
    elif (np.diff(lengths) > 0).any():
        raise RuntimeError("`lengths` must be sorted in decreasing order, or enforce_sorted=False")
    lasting = np.arange(lengths[0])[:, None] < lengths
    return PackedSequence(x[: lengths[0]][lasting], lasting.sum(axis=1), order, back)


def pack_sequence(sequences, enforce_sorted=True):
    """Sequences (L, ...) of several lengths, packed."""
    lengths = [len(x) for x in sequences]
    return pack_padded_sequence(pad_sequence(sequences), lengths, enforce_sorted=enforce_sorted)


def pad_packed_sequence(sequence, batch_first=False, padding_value=0.0, total_length=None):
    """Packed sequences as (L, N, ...), or the batch first, filled up to the longest or `total_length`, and lengths."""
    x, lengths = sequence.padded(padding_value), sequence.lasting.sum(axis=0)
    if total_length is not None:
        if total_length < len(x):
            raise ValueError(f"total_length {total_length} is below the length {len(x)} of the longest sequence")
        widths = [(0, total_length - len(x))] + [(0, 0)] * (x.ndim - 1)
        x = np.pad(x, widths, constant_values=padding_value)
    if sequence.unsorted_indices is not None:
        x, lengths = x[:, sequence.unsorted_indices], lengths[sequence.unsorted_indices]
    return (np.swapaxes(x, 0, 1) if batch_first else x), lengths


def unpad_sequence(padded_sequences, lengths, batch_first=False):
    """The sequences of a padded array (L, N, ...), or the batch first, without what is filled up."""
    x = padded_sequences if batch_first else np.swapaxes(padded_sequences, 0, 1)
    return [row[: int(length)] for row, length in zip(x, lengths)]


def unpack_sequence(packed_sequences):
    """The sequences that are packed, as a list."""
    return unpad_sequence(*pad_packed_sequence(packed_sequences, batch_first=True), batch_first=True)
