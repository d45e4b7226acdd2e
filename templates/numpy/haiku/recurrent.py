"""Haiku's recurrent cores and attention, with its names and layouts of parameters."""

import collections
import math

import numpy as np

from ..containers import tree_leaves, tree_map
from ..functional import relu, sigmoid, softmax
from .base import Module, get_parameter
from .basic import Linear
from .convolution import ConvND
from .frames import transparent
from .initializers import VarianceScaling

LSTMState = collections.namedtuple("LSTMState", ["hidden", "cell"])


class RNNCore(Module):
    """Base class of layers that take and give a state besides their inputs and outputs."""


def zero_state(shape, batch_size):
    """Zeros for each example, or for one when there is no batch."""
    return np.zeros(tuple(shape) if batch_size is None else (batch_size, *shape), dtype=np.float32)


class VanillaRNN(RNNCore):
    """The rectified sum of a linear map of the inputs and one of the state."""

    def __init__(self, hidden_size, double_bias=True, name=None):
        super().__init__(name=name)
        self.hidden_size, self.double_bias = hidden_size, double_bias

    def __call__(self, inputs, prev_state):
        inner = Linear(self.hidden_size)
        outer = Linear(self.hidden_size, with_bias=self.double_bias)
        out = relu(inner(inputs) + outer(prev_state))
        return out, out

    def initial_state(self, batch_size):
        """The state before the first step."""
        return zero_state((self.hidden_size,), batch_size)


def lstm_step(gates, cell):
    """The new state from the gates input, cell, forget + 1 and output."""
    i, g, f, o = np.split(gates, 4, axis=-1)
    cell = sigmoid(f + 1) * cell + sigmoid(i) * np.tanh(g)
    return LSTMState(sigmoid(o) * np.tanh(cell), cell)


class LSTM(RNNCore):
    """A long short-term memory cell with one linear layer of inputs and hidden state."""

    def __init__(self, hidden_size, name=None):
        super().__init__(name=name)
        self.hidden_size = hidden_size

    def __call__(self, inputs, prev_state):
        gates = Linear(4 * self.hidden_size)(np.concatenate([inputs, prev_state.hidden], axis=-1))
        state = lstm_step(gates, prev_state.cell)
        return state.hidden, state

    def initial_state(self, batch_size):
        """The state before the first step."""
        zeros = zero_state((self.hidden_size,), batch_size)
        return LSTMState(zeros, zeros)


class ConvNDLSTM(RNNCore):
    """A long short-term memory cell with convolutions for linear layers."""

    def __init__(self, num_spatial_dims, input_shape, output_channels, kernel_shape, name=None):
        super().__init__(name=name)
        self.num_spatial_dims, self.input_shape = num_spatial_dims, tuple(input_shape)
        self.output_channels, self.kernel_shape = output_channels, kernel_shape

    def __call__(self, inputs, state):
        sizes = self.num_spatial_dims, 4 * self.output_channels, self.kernel_shape
        inner = ConvND(*sizes, name="input_to_hidden")
        outer = ConvND(*sizes, name="hidden_to_hidden")
        state = lstm_step(inner(inputs) + outer(state.hidden), state.cell)
        return state.hidden, state

    def initial_state(self, batch_size):
        """The state before the first step."""
        zeros = zero_state((*self.input_shape, self.output_channels), batch_size)
        return LSTMState(zeros, zeros)


class GRU(RNNCore):
    """A gated recurrent unit whose reset comes before the product with the hidden state."""

    def __init__(self, hidden_size, w_i_init=None, w_h_init=None, b_init=None, name=None):
        super().__init__(name=name)
        self.hidden_size = hidden_size
        self.w_i_init, self.w_h_init = w_i_init or VarianceScaling(), w_h_init or VarianceScaling()
        self.b_init = b_init or np.zeros

    def __call__(self, inputs, state):
        size = self.hidden_size
        w_i = get_parameter("w_i", (inputs.shape[-1], 3 * size), inputs.dtype, self.w_i_init)
        w_h = get_parameter("w_h", (size, 3 * size), inputs.dtype, self.w_h_init)
        b = get_parameter("b", (3 * size,), inputs.dtype, self.b_init)
        x = inputs @ w_i + b
        z, r = np.split(sigmoid(x[..., : 2 * size] + state @ w_h[:, : 2 * size]), 2, axis=-1)
        a = np.tanh(x[..., 2 * size :] + (r * state) @ w_h[:, 2 * size :])
        state = (1 - z) * state + z * a
        return state, state

    def initial_state(self, batch_size):
        """The state before the first step."""
        return zero_state((self.hidden_size,), batch_size)


class IdentityCore(RNNCore):
    """Gives the inputs and the state back."""

    def __call__(self, inputs, state):
        return inputs, state

    def initial_state(self, batch_size):
        """No state."""
        return ()


class ResetCore(RNNCore):
    """A core whose state starts anew for the examples that a second input marks."""

    def __init__(self, core, name=None):
        super().__init__(name=name)
        self.core = core

    def __call__(self, inputs, state):
        inputs, marks = inputs
        batched, single = tree_leaves(state), tree_leaves(self.initial_state(None))
        size = None
        if batched and len(batched[0].shape) > len(single[0].shape):
            size = batched[0].shape[0]

        def renewed(held, start, mark):
            shape = list(mark.shape) + [1] * (held.ndim - mark.ndim)
            return np.where(np.reshape(mark.astype(bool), shape), start.astype(held.dtype), held)

        if not isinstance(marks, (tuple, list, dict)):
            mark = marks
            marks = tree_map(lambda _: mark, state)
        return self.core(inputs, tree_map(renewed, state, self.initial_state(size), marks))

    def initial_state(self, batch_size):
        """The state before the first step."""
        return self.core.initial_state(batch_size)


class DeepRNN(RNNCore):
    """Cores and functions one after the other; the state is a tuple of the cores' states."""

    def __init__(self, layers, name=None, skip_connections=False):
        super().__init__(name=name)
        self.layers, self.skip_connections = layers, skip_connections

    def __call__(self, inputs, state):
        out, outputs, states = inputs, [], []
        for index, layer in enumerate(self.layers):
            if self.skip_connections and index:
                out = np.concatenate([inputs, out], axis=-1)
            if isinstance(layer, RNNCore):
                out, new = layer(out, state[len(states)])
                states.append(new)
                outputs.append(out)
            else:
                out = layer(out)
        if self.skip_connections:
            out = np.concatenate(outputs, axis=-1)
        return out, tuple(states)

    def initial_state(self, batch_size):
        """The state before the first step."""
        return tuple(
            layer.initial_state(batch_size) for layer in self.layers if isinstance(layer, RNNCore)
        )


def dynamic_unroll(
    core, input_sequence, initial_state, /, time_major=True, reverse=False, return_all_states=False
):
    """The outputs of a recurrent core along a sequence, and its last state or all of them."""
    time = 0 if time_major else 1
    length = tree_leaves(input_sequence)[0].shape[time]
    state, outputs, states = initial_state, [], []
    for step in reversed(range(length)) if reverse else range(length):
        inputs = tree_map(lambda x, step=step: np.take(x, step, axis=time), input_sequence)
        output, state = core(inputs, state)
        outputs.append(output)
        states.append(state)
    if reverse:
        outputs.reverse()
        states.reverse()
    output = tree_map(lambda *steps: np.stack(steps, axis=time), *outputs)
    if return_all_states:
        return output, tree_map(lambda *steps: np.stack(steps, axis=time), *states)
    return output, state


class MultiHeadAttention(Module):
    """Attention of several heads between sequences; a mask is True where a key may be seen."""

    def __init__(
        self, num_heads, key_size, w_init_scale=None, *, w_init=None, with_bias=True, b_init=None, value_size=None,
        model_size=None, name=None,
    ):  # fmt: skip
        super().__init__(name=name)
        self.num_heads, self.key_size, self.value_size = num_heads, key_size, value_size or key_size
        self.model_size = model_size or key_size * num_heads
        if w_init is None and w_init_scale is None:
            raise ValueError("give w_init, the initialiser of the weights")
        self.w_init = w_init or VarianceScaling(w_init_scale)
        self.with_bias, self.b_init = with_bias, b_init

    def __call__(self, query, key, value, mask=None):
        queries = self.heads(query, self.key_size, "query")
        keys = self.heads(key, self.key_size, "key")
        values = self.heads(value, self.value_size, "value")
        logits = np.einsum("...thd,...Thd->...htT", queries, keys) / math.sqrt(self.key_size)
        if mask is not None:
            logits = np.where(mask.astype(bool), logits, np.full_like(logits, -1e30))
        weighted = np.einsum("...htT,...Thd->...thd", softmax(logits, dim=-1), values)
        lead = list(query.shape)[:-1]
        joined = np.reshape(weighted, (*lead, self.num_heads * self.value_size))
        return Linear(self.model_size, self.with_bias, self.w_init, self.b_init)(joined)

    @transparent
    def heads(self, x, size, name):
        """A linear map with a part of the result for each head."""
        y = Linear(self.num_heads * size, self.with_bias, self.w_init, self.b_init, name)(x)
        lead = list(x.shape)[:-1]
        return np.reshape(y, (*lead, self.num_heads, size))
