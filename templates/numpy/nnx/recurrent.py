"""Recurrent cells of flax.nnx and the layer that runs them along a sequence."""

import numpy as np

from ..flax_functions import (
    carry_at,
    concatenated,
    flipped_sequences,
    lecun_normal,
    new_key,
    orthogonal,
    zeros,
)
from ..functional import sigmoid
from ..module import Module
from .layers import Linear


class RecurrentCell(Module):
    """The sizes and functions of a cell, and its first carry."""

    num_feature_axes = 1
    carries = 1

    def __init__(
        self, in_features, hidden_features, gate_fn, activation_fn, dtype, param_dtype, carry_init
    ):
        self.in_features, self.hidden_features = in_features, hidden_features
        self.gate_fn, self.activation_fn = gate_fn, activation_fn
        self.dtype, self.param_dtype, self.carry_init = dtype, param_dtype, carry_init

    def initialize_carry(self, input_shape, rngs=None, carry_init=None):
        """The carry before the first step for inputs of this shape."""
        shape = (*input_shape[:-1], self.hidden_features)
        init = carry_init or self.carry_init or zeros
        made = tuple(init(new_key(), shape, self.param_dtype) for _ in range(self.carries))
        return made if self.carries > 1 else made[0]


class LSTMCell(RecurrentCell):
    """A long short-term memory cell with a layer for each gate."""

    carries = 2

    def __init__(
        self,
        in_features,
        hidden_features,
        *,
        gate_fn=sigmoid,
        activation_fn=np.tanh,
        kernel_init=lecun_normal,
        recurrent_kernel_init=orthogonal,
        bias_init=zeros,
        dtype=None,
        param_dtype=np.float32,
        carry_init=None,
    ):
        super().__init__(
            in_features, hidden_features, gate_fn, activation_fn, dtype, param_dtype, carry_init
        )
        common = {"dtype": dtype, "param_dtype": param_dtype}
        for gate in ("ii", "if_", "ig", "io"):
            layer = Linear(
                in_features, hidden_features, use_bias=False, kernel_init=kernel_init, **common
            )
            setattr(self, gate, layer)
        for gate in ("hi", "hf", "hg", "ho"):
            layer = Linear(
                hidden_features,
                hidden_features,
                kernel_init=recurrent_kernel_init,
                bias_init=bias_init,
                **common,
            )
            setattr(self, gate, layer)

    def __call__(self, carry, inputs):
        c, h = carry
        i = self.gate_fn(self.ii(inputs) + self.hi(h))
        f = self.gate_fn(self.if_(inputs) + self.hf(h))
        g = self.activation_fn(self.ig(inputs) + self.hg(h))
        o = self.gate_fn(self.io(inputs) + self.ho(h))
        c = f * c + i * g
        h = o * self.activation_fn(c)
        return (c, h), h


class OptimizedLSTMCell(RecurrentCell):
    """A long short-term memory cell with one layer for all gates: input, forget, cell, output."""

    carries = 2

    def __init__(
        self,
        in_features,
        hidden_features,
        *,
        gate_fn=sigmoid,
        activation_fn=np.tanh,
        kernel_init=lecun_normal,
        recurrent_kernel_init=orthogonal,
        bias_init=zeros,
        dtype=None,
        param_dtype=np.float32,
        carry_init=None,
    ):
        super().__init__(
            in_features, hidden_features, gate_fn, activation_fn, dtype, param_dtype, carry_init
        )
        common = {"dtype": dtype, "param_dtype": param_dtype}
        self.dense_i = Linear(
            in_features, 4 * hidden_features, use_bias=False, kernel_init=kernel_init, **common
        )
        self.dense_h = Linear(
            hidden_features,
            4 * hidden_features,
            kernel_init=recurrent_kernel_init,
            bias_init=bias_init,
            **common,
        )

    def __call__(self, carry, inputs):
        c, h = carry
        i, f, g, o = np.split(self.dense_i(inputs) + self.dense_h(h), 4, axis=-1)
        c = self.gate_fn(f) * c + self.gate_fn(i) * self.activation_fn(g)
        h = self.gate_fn(o) * self.activation_fn(c)
        return (c, h), h


class GRUCell(RecurrentCell):
    """A gated recurrent unit: reset, update and candidate; the hidden state has no bias."""

    def __init__(
        self,
        in_features,
        hidden_features,
        *,
        gate_fn=sigmoid,
        activation_fn=np.tanh,
        kernel_init=lecun_normal,
        recurrent_kernel_init=orthogonal,
        bias_init=zeros,
        dtype=None,
        param_dtype=np.float32,
        carry_init=None,
    ):
        super().__init__(
            in_features, hidden_features, gate_fn, activation_fn, dtype, param_dtype, carry_init
        )
        common = {"dtype": dtype, "param_dtype": param_dtype}
        self.dense_i = Linear(
            in_features, 3 * hidden_features, kernel_init=kernel_init, bias_init=bias_init, **common
        )
        self.dense_h = Linear(
            hidden_features,
            3 * hidden_features,
            use_bias=False,
            kernel_init=recurrent_kernel_init,
            **common,
        )

    def __call__(self, carry, inputs):
        xr, xz, xn = np.split(self.dense_i(inputs), 3, axis=-1)
        hr, hz, hn = np.split(self.dense_h(carry), 3, axis=-1)
        z = self.gate_fn(xz + hz)
        n = self.activation_fn(xn + self.gate_fn(xr + hr) * hn)
        h = (1 - z) * n + z * carry
        return h, h


class SimpleCell(RecurrentCell):
    """A cell with one activation."""

    def __init__(
        self,
        in_features,
        hidden_features,
        *,
        dtype=np.float32,
        param_dtype=np.float32,
        carry_init=None,
        residual=False,
        activation_fn=np.tanh,
        kernel_init=lecun_normal,
        recurrent_kernel_init=orthogonal,
        bias_init=zeros,
    ):
        super().__init__(
            in_features, hidden_features, None, activation_fn, dtype, param_dtype, carry_init
        )
        self.residual = residual
        common = {"dtype": dtype, "param_dtype": param_dtype}
        self.dense_h = Linear(
            hidden_features,
            hidden_features,
            use_bias=False,
            kernel_init=recurrent_kernel_init,
            **common,
        )
        self.dense_i = Linear(
            in_features, hidden_features, kernel_init=kernel_init, bias_init=bias_init, **common
        )

    def __call__(self, carry, inputs):
        h = self.dense_i(inputs) + self.dense_h(carry)
        h = self.activation_fn(h + carry if self.residual else h)
        return h, h


class RNN(Module):
    """A cell run along the time axis, which is the one before the features, or the first with ``time_major``."""

    def __init__(
        self, cell, *, time_major=False, return_carry=False, reverse=False, keep_order=False
    ):
        self.cell, self.time_major, self.return_carry = cell, time_major, return_carry
        self.reverse, self.keep_order = reverse, keep_order

    def __call__(
        self,
        inputs,
        *,
        initial_carry=None,
        seq_lengths=None,
        return_carry=None,
        time_major=None,
        reverse=None,
        keep_order=None,
        rngs=None,
    ):
        return_carry = self.return_carry if return_carry is None else return_carry
        time_major = self.time_major if time_major is None else time_major
        reverse = self.reverse if reverse is None else reverse
        keep_order = self.keep_order if keep_order is None else keep_order
        time = 0 if time_major else inputs.ndim - (self.cell.num_feature_axes + 1)
        if reverse:
            inputs = flipped_sequences(inputs, seq_lengths, time)
        steps = np.moveaxis(inputs, time, 0)
        carry = (
            self.cell.initialize_carry(steps[0].shape) if initial_carry is None else initial_carry
        )
        carries, outputs = [], []
        for step in steps:
            carry, output = self.cell(carry, step)
            carries.append(carry)
            outputs.append(output)
        outputs = np.stack(outputs, axis=time)
        if seq_lengths is not None and return_carry:
            carry = carry_at(carries, seq_lengths - 1)
        if reverse and keep_order:
            outputs = flipped_sequences(outputs, seq_lengths, time)
        return (carry, outputs) if return_carry else outputs


class Bidirectional(Module):
    """Two recurrent layers, the second from the end to the start, with merged outputs."""

    def __init__(
        self,
        forward_rnn,
        backward_rnn,
        *,
        merge_fn=concatenated,
        time_major=False,
        return_carry=False,
    ):
        self.forward_rnn, self.backward_rnn, self.merge_fn = forward_rnn, backward_rnn, merge_fn
        self.time_major, self.return_carry = time_major, return_carry

    def __call__(
        self,
        inputs,
        *,
        initial_carry=None,
        rngs=None,
        seq_lengths=None,
        return_carry=None,
        time_major=None,
    ):
        time_major = self.time_major if time_major is None else time_major
        return_carry = self.return_carry if return_carry is None else return_carry
        first, second = (None, None) if initial_carry is None else initial_carry
        common = {"seq_lengths": seq_lengths, "return_carry": True, "time_major": time_major}
        ahead, outputs = self.forward_rnn(inputs, initial_carry=first, reverse=False, **common)
        back, reversed_outputs = self.backward_rnn(
            inputs, initial_carry=second, reverse=True, keep_order=True, **common
        )
        merged = self.merge_fn(outputs, reversed_outputs)
        return ((ahead, back), merged) if return_carry else merged
