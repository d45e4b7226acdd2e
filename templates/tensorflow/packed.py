"""Sequences of several lengths without padding, for recurrent layers of TensorFlow."""

from typing import Any, NamedTuple

import numpy as np
import tensorflow as tf

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
        shape = [*places.shape, *self.data.shape[1:]]
        filled = tf.fill(shape, tf.cast(value, self.data.dtype))
        return tf.tensor_scatter_nd_update(filled, np.argwhere(places), self.data)

    def through(self, layer, states, training=None):
        """What a recurrent layer gives for the sequences, packed, and the state after the last step of each."""
        x = self.padded()
        start = layer._start(states, x.shape[1], x.dtype)
        if states is not None and self.sorted_indices is not None:
            start = tuple(tf.gather(state, self.sorted_indices, axis=1) for state in start)
        places = self.lasting
        y, last = layer._layers_forward(x, start, training, tf.constant(places[..., None]))
        if self.unsorted_indices is not None:
            last = tuple(tf.gather(state, self.unsorted_indices, axis=1) for state in last)
        return self._replace(data=tf.boolean_mask(y, places)), last if layer.mode == "LSTM" else last[0]


def pack_padded_sequence(x, lengths, batch_first=False, enforce_sorted=True):
    """Padded sequences (L, N, ...), or the batch first, without what is filled up."""
    x = tf.experimental.numpy.swapaxes(x, 0, 1) if batch_first else tf.convert_to_tensor(x)
    lengths = np.asarray(lengths)
    if lengths.min() <= 0:
        raise RuntimeError("Length of all samples has to be greater than 0")
    order = back = None
    if not enforce_sorted:
        order = np.argsort(-lengths, kind="stable")
        x, lengths, back = tf.gather(x, order, axis=1), lengths[order], tf.constant(np.argsort(order))
        order = tf.constant(order)
    elif (np.diff(lengths) > 0).any():
        raise RuntimeError("`lengths` must be sorted in decreasing order, or enforce_sorted=False")
    lasting = np.arange(lengths[0])[:, None] < lengths
    sizes = tf.constant(lasting.sum(axis=1), tf.int64)
    return PackedSequence(tf.boolean_mask(x[: lengths[0]], lasting), sizes, order, back)


def pack_sequence(sequences, enforce_sorted=True):
    """Sequences (L, ...) of several lengths, packed."""
    lengths = [len(x) for x in sequences]
    return pack_padded_sequence(pad_sequence(sequences), lengths, enforce_sorted=enforce_sorted)


def pad_packed_sequence(sequence, batch_first=False, padding_value=0.0, total_length=None):
    """Packed sequences as (L, N, ...), or the batch first, filled up to the longest or `total_length`, and lengths."""
    x, lengths = sequence.padded(padding_value), tf.constant(sequence.lasting.sum(axis=0), tf.int64)
    if total_length is not None:
        if total_length < len(x):
            raise ValueError(f"total_length {total_length} is below the length {len(x)} of the longest sequence")
        widths = [(0, total_length - len(x))] + [(0, 0)] * (x.shape.rank - 1)
        x = tf.pad(x, widths, constant_values=tf.cast(padding_value, x.dtype))
    if sequence.unsorted_indices is not None:
        x, lengths = tf.gather(x, sequence.unsorted_indices, axis=1), tf.gather(lengths, sequence.unsorted_indices)
    return (tf.experimental.numpy.swapaxes(x, 0, 1) if batch_first else x), lengths


def unpad_sequence(padded_sequences, lengths, batch_first=False):
    """The sequences of a padded tensor (L, N, ...), or the batch first, without what is filled up."""
    x = padded_sequences if batch_first else tf.experimental.numpy.swapaxes(padded_sequences, 0, 1)
    return [row[: int(length)] for row, length in zip(tf.unstack(x), lengths)]


def unpack_sequence(packed_sequences):
    """The sequences that are packed, as a list."""
    return unpad_sequence(*pad_packed_sequence(packed_sequences, batch_first=True), batch_first=True)
