"""Haiku's recurrent cores and attention, with their inner layers made in the constructor."""

import math

import torch
import torch.nn.functional as F

from ..basic import Linear
from ..initializers import VarianceScaling
from ..recurrent import LSTMState, RNNCore, lstm_step, zero_state
from .base import Module


class VanillaRNN(RNNCore):
    """The rectified sum of a linear map of the inputs and one of the state."""

    def __init__(self, hidden_size, double_bias=True, name=None):
        super().__init__(name=name)
        self.hidden_size, self.double_bias = hidden_size, double_bias
        self.linear = Linear(hidden_size)
        self.linear_1 = Linear(hidden_size, with_bias=double_bias)

    def forward(self, inputs, prev_state):
        out = F.relu(self.linear(inputs) + self.linear_1(prev_state))
        return out, out

    def initial_state(self, batch_size):
        """The state before the first step."""
        return zero_state((self.hidden_size,), batch_size)


class LSTM(RNNCore):
    """A long short-term memory cell with one linear layer of inputs and hidden state."""

    def __init__(self, hidden_size, name=None):
        super().__init__(name=name)
        self.hidden_size, self.linear = hidden_size, Linear(4 * hidden_size)

    def forward(self, inputs, prev_state):
        gates = self.linear(torch.cat([inputs, prev_state.hidden], dim=-1))
        state = lstm_step(gates, prev_state.cell)
        return state.hidden, state

    def initial_state(self, batch_size):
        """The state before the first step."""
        zeros = zero_state((self.hidden_size,), batch_size)
        return LSTMState(zeros, zeros)


class MultiHeadAttention(Module):
    """Attention of several heads between sequences; a mask is True where a key may be seen."""

    def __init__(
        self, num_heads, key_size, w_init_scale=None, *, w_init=None, with_bias=True, b_init=None, value_size=None,
        model_size=None, name=None,
    ):  # fmt: skip
        super().__init__(name=name)
        if w_init is None and w_init_scale is None:
            raise ValueError("give w_init, the initialiser of the weights")
        self.num_heads, self.key_size, self.value_size = num_heads, key_size, value_size or key_size
        rest = with_bias, w_init or VarianceScaling(w_init_scale), b_init
        self.query = Linear(num_heads * key_size, *rest)
        self.key = Linear(num_heads * key_size, *rest)
        self.value = Linear(num_heads * self.value_size, *rest)
        self.linear = Linear(model_size or key_size * num_heads, *rest)

    def forward(self, query, key, value, mask=None):
        queries, keys, values = (
            layer(x).unflatten(-1, (self.num_heads, -1))
            for layer, x in ((self.query, query), (self.key, key), (self.value, value))
        )
        logits = torch.einsum("...thd,...Thd->...htT", queries, keys) / math.sqrt(self.key_size)
        if mask is not None:
            logits = torch.where(mask.to(torch.bool), logits, torch.full_like(logits, -1e30))
        weighted = torch.einsum("...htT,...Thd->...thd", F.softmax(logits, dim=-1), values)
        return self.linear(weighted.flatten(-2))
