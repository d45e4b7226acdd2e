"""Recurrent layers of Keras; sequences are (batch, steps, features)."""

import copy
import inspect

import numpy as np

from ..layers import ModuleList
from .base import Layer
from .core import activation_function


class RecurrentCell(Layer):
    """Base of the cells: one step from (inputs, states) to (outputs, states).

    ``kernel`` and ``recurrent_kernel`` hold the gates side by side.
    """

    gates = 1

    def __init__(
        self,
        units,
        activation="tanh",
        recurrent_activation="sigmoid",
        use_bias=True,
        kernel_initializer="glorot_uniform",
        recurrent_initializer="orthogonal",
        bias_initializer="zeros",
        dropout=0.0,
        recurrent_dropout=0.0,
        **kwargs,
    ):
        super().__init__(**kwargs)
        self.units = self.state_size = self.output_size = units
        self.activation = activation_function(activation)
        self.recurrent_activation = activation_function(recurrent_activation)
        self.use_bias, self.bias_initializer = use_bias, bias_initializer
        self.kernel_initializer, self.recurrent_initializer = (
            kernel_initializer,
            recurrent_initializer,
        )
        self.dropout, self.recurrent_dropout = dropout, recurrent_dropout

    def bias_shape(self):
        """The shape of the bias."""
        return (self.gates * self.units,)

    def build(self, input_shape):
        width = self.gates * self.units
        self.kernel = self.add_weight((input_shape[-1], width), self.kernel_initializer)
        self.recurrent_kernel = self.add_weight((self.units, width), self.recurrent_initializer)
        self.bias = (
            self.add_weight(self.bias_shape(), self.bias_initializer) if self.use_bias else None
        )

    def get_initial_state(self, batch_size=None):
        """The states before the first step."""
        sizes = self.state_size if isinstance(self.state_size, list) else [self.state_size]
        return [np.zeros((batch_size, n), self.dtype) for n in sizes]


class SimpleRNNCell(RecurrentCell):
    """activation(inputs @ kernel + state @ recurrent_kernel + bias)."""

    def __init__(
        self,
        units,
        activation="tanh",
        use_bias=True,
        kernel_initializer="glorot_uniform",
        recurrent_initializer="orthogonal",
        bias_initializer="zeros",
        dropout=0.0,
        recurrent_dropout=0.0,
        **kwargs,
    ):
        super().__init__(
            units,
            activation,
            use_bias=use_bias,
            kernel_initializer=kernel_initializer,
            recurrent_initializer=recurrent_initializer,
            bias_initializer=bias_initializer,
            dropout=dropout,
            recurrent_dropout=recurrent_dropout,
            **kwargs,
        )

    def call(self, inputs, states):
        state = states[0] if isinstance(states, (list, tuple)) else states
        x = inputs @ self.kernel
        x = x if self.bias is None else x + self.bias
        output = self.activation(x + state @ self.recurrent_kernel)
        return output, [output] if isinstance(states, (list, tuple)) else output


class LSTMCell(RecurrentCell):
    """Long short-term memory; the gates are input, forget, candidate, output, the states output and carry."""

    gates = 4

    def __init__(
        self,
        units,
        activation="tanh",
        recurrent_activation="sigmoid",
        use_bias=True,
        kernel_initializer="glorot_uniform",
        recurrent_initializer="orthogonal",
        bias_initializer="zeros",
        unit_forget_bias=True,
        dropout=0.0,
        recurrent_dropout=0.0,
        **kwargs,
    ):
        super().__init__(
            units,
            activation,
            recurrent_activation,
            use_bias,
            kernel_initializer,
            recurrent_initializer,
            bias_initializer,
            dropout,
            recurrent_dropout,
            **kwargs,
        )
        self.unit_forget_bias = unit_forget_bias
        self.state_size = [units, units]

    def build(self, input_shape):
        super().build(input_shape)
        if self.use_bias and self.unit_forget_bias:
            self.bias[self.units : 2 * self.units] = 1.0

    def projected(self, inputs):
        """The inputs times the kernel."""
        return inputs @ self.kernel

    def recurrent(self, state):
        """The output of the step before times its kernel."""
        return state @ self.recurrent_kernel

    def call(self, inputs, states):
        state, carry = states
        x = self.projected(inputs) + self.recurrent(state)
        i, f, c, o = np.split(x if self.bias is None else x + self.bias, 4, axis=-1)
        carry = self.recurrent_activation(f) * carry + self.recurrent_activation(
            i
        ) * self.activation(c)
        output = self.recurrent_activation(o) * self.activation(carry)
        return output, [output, carry]


class GRUCell(RecurrentCell):
    """Gated recurrent unit; the gates are update, reset, candidate.

    With ``reset_after``, the reset gate acts on the product of state and kernel, and the bias has two rows.
    """

    gates = 3

    def __init__(
        self,
        units,
        activation="tanh",
        recurrent_activation="sigmoid",
        use_bias=True,
        kernel_initializer="glorot_uniform",
        recurrent_initializer="orthogonal",
        bias_initializer="zeros",
        dropout=0.0,
        recurrent_dropout=0.0,
        reset_after=True,
        **kwargs,
    ):
        super().__init__(
            units,
            activation,
            recurrent_activation,
            use_bias,
            kernel_initializer,
            recurrent_initializer,
            bias_initializer,
            dropout,
            recurrent_dropout,
            **kwargs,
        )
        self.reset_after = reset_after

    def bias_shape(self):
        return (2, 3 * self.units) if self.reset_after else (3 * self.units,)

    def call(self, inputs, states):
        state = states[0] if isinstance(states, (list, tuple)) else states
        x = inputs @ self.kernel
        bias = 0.0 if self.bias is None else self.bias
        if self.reset_after:
            bias, inner_bias = (bias, bias) if self.bias is None else bias
            update, reset, candidate = np.split(x + bias, 3, axis=-1)
            inner = state @ self.recurrent_kernel + inner_bias
            inner_update, inner_reset, inner_candidate = np.split(inner, 3, axis=-1)
            reset = self.recurrent_activation(reset + inner_reset)
            candidate = self.activation(candidate + reset * inner_candidate)
        else:
            update, reset, candidate = np.split(x + bias, 3, axis=-1)
            kernel, last = np.split(self.recurrent_kernel, [2 * self.units], axis=-1)
            inner = state @ kernel
            inner_update, inner_reset = np.split(inner, 2, axis=-1)
            reset = self.recurrent_activation(reset + inner_reset)
            candidate = self.activation(candidate + (reset * state) @ last)
        update = self.recurrent_activation(update + inner_update)
        output = update * state + (1 - update) * candidate
        return output, [output] if isinstance(states, (list, tuple)) else output


def first_states(cell, batch_size):
    """What a cell starts from: its own choice, or zeros."""
    if hasattr(cell, "get_initial_state"):
        return cell.get_initial_state(batch_size)
    sizes = cell.state_size if isinstance(cell.state_size, (list, tuple)) else [cell.state_size]
    return [np.zeros((batch_size, size), np.float32) for size in sizes]


class StackedRNNCells(Layer):
    """Cells one on top of the other as one cell; its state is the list of their states."""

    def __init__(self, cells, **kwargs):
        super().__init__(**kwargs)
        self.cells = ModuleList(cells)

    @property
    def state_size(self):
        """The sizes of the states of each cell."""
        return [cell.state_size for cell in self.cells]

    def build(self, input_shape):
        for cell in self.cells:
            if not cell.built:
                cell.build(input_shape)
            size = getattr(cell, "output_size", cell.state_size)
            input_shape = (input_shape[0], size if isinstance(size, int) else size[0])

    def get_initial_state(self, batch_size=None):
        """The states of all cells before the first step."""
        return [first_states(cell, batch_size) for cell in self.cells]

    def call(self, inputs, states):
        found = []
        for cell, state in zip(self.cells, states, strict=True):
            inputs, state = cell(inputs, state)
            found.append(state)
        return inputs, found


def chosen(mask, new, old):
    """New values of the examples for which the mask holds, old ones of the others; also in nested lists."""
    if isinstance(new, (list, tuple)):
        return [chosen(mask, *pair) for pair in zip(new, old, strict=True)]
    return np.where(mask.reshape(-1, *[1] * (new.ndim - 1)), new, old)


class RNN(Layer):
    """A cell applied step by step; the outputs of the last step, or of all with ``return_sequences``."""

    def __init__(
        self,
        cell,
        return_sequences=False,
        return_state=False,
        go_backwards=False,
        stateful=False,
        unroll=False,
        zero_output_for_mask=False,
        **kwargs,
    ):
        super().__init__(**kwargs)
        self.cell = StackedRNNCells(cell) if isinstance(cell, (list, tuple)) else cell
        self.return_sequences, self.return_state = return_sequences, return_state
        self.stateful, self.zero_output_for_mask = stateful, zero_output_for_mask
        self.go_backwards = go_backwards

    def build(self, input_shape):
        sizes = self.cell.state_size
        for index, size in enumerate(sizes if isinstance(sizes, (list, tuple)) else [sizes]):
            if self.stateful:
                self.register_buffer(f"state_{index}", np.zeros((input_shape[0], size), self.dtype), persistent=False)

    @property
    def states(self):
        """The states that stay from call to call, of a ``stateful`` layer."""
        sizes = self.cell.state_size
        count = len(sizes) if isinstance(sizes, (list, tuple)) else 1
        return [getattr(self, f"state_{index}").copy() for index in range(count)]

    def keep_states(self, states):
        """Set the states that the next call starts from; gradients end there."""
        for index, state in enumerate(states):
            getattr(self, f"state_{index}")[...] = state

    def reset_state(self):
        """Start the next sequence from zeros."""
        self.keep_states([np.zeros_like(state) for state in self.states])

    reset_states = reset_state

    # only if used
    def get_initial_state(self, batch_size):
        """The states before the first step."""
        return self.initial_states(np.zeros((batch_size, 1)))

    def initial_states(self, sequences):
        """What the cell starts from: its own choice, or zeros."""
        if hasattr(self.cell, "get_initial_state"):
            states = self.cell.get_initial_state(batch_size=len(sequences))
            return list(states) if isinstance(states, (list, tuple)) else [states]
        sizes = self.cell.state_size
        return [
            np.zeros((len(sequences), n), self.dtype)
            for n in (sizes if isinstance(sizes, (list, tuple)) else [sizes])
        ]

    def call(self, sequences, initial_state=None, mask=None):
        if initial_state is None:
            initial_state = self.states if self.stateful else self.initial_states(sequences)
        states = initial_state
        states = list(states) if isinstance(states, (list, tuple)) else [states]
        mask = mask[0] if isinstance(mask, (list, tuple)) else mask
        if self.go_backwards:
            sequences, mask = sequences[:, ::-1], None if mask is None else mask[:, ::-1]
        outputs = []
        for index, x in enumerate(np.moveaxis(sequences, 1, 0)):
            output, after = self.cell(x, states)
            after = after if isinstance(after, (list, tuple)) else [after]
            if mask is not None:  # the other examples keep their states and repeat their last output
                counts = mask[:, index].astype(bool)
                last = outputs[-1] if outputs and not self.zero_output_for_mask else np.zeros_like(output)
                output, after = chosen(counts, output, last), chosen(counts, after, states)
            states = after
            outputs.append(output)
        result = np.stack(outputs, axis=1) if self.return_sequences else outputs[-1]
        if self.stateful:
            self.keep_states(states)
        return (result, *states) if self.return_state else result

    def compute_mask(self, inputs, mask=None):
        """The mask of the outputs of all steps; there is none for the last step and the states."""
        first = mask[0] if isinstance(mask, (list, tuple)) else mask
        return first if self.return_sequences else None


class SimpleRNN(RNN):
    """The simple recurrence activation(inputs @ kernel + state @ recurrent_kernel + bias)."""

    def __init__(
        self,
        units,
        activation="tanh",
        use_bias=True,
        kernel_initializer="glorot_uniform",
        recurrent_initializer="orthogonal",
        bias_initializer="zeros",
        dropout=0.0,
        recurrent_dropout=0.0,
        return_sequences=False,
        return_state=False,
        go_backwards=False,
        stateful=False,
        unroll=False,
        **kwargs,
    ):
        cell = SimpleRNNCell(
            units,
            activation,
            use_bias,
            kernel_initializer,
            recurrent_initializer,
            bias_initializer,
            dropout,
            recurrent_dropout,
        )
        super().__init__(
            cell, return_sequences, return_state, go_backwards, stateful, unroll, **kwargs
        )
        self.units = units


class LSTM(RNN):
    """Long short-term memory."""

    def __init__(
        self,
        units,
        activation="tanh",
        recurrent_activation="sigmoid",
        use_bias=True,
        kernel_initializer="glorot_uniform",
        recurrent_initializer="orthogonal",
        bias_initializer="zeros",
        unit_forget_bias=True,
        dropout=0.0,
        recurrent_dropout=0.0,
        return_sequences=False,
        return_state=False,
        go_backwards=False,
        stateful=False,
        unroll=False,
        use_cudnn="auto",
        **kwargs,
    ):
        cell = LSTMCell(
            units,
            activation,
            recurrent_activation,
            use_bias,
            kernel_initializer,
            recurrent_initializer,
            bias_initializer,
            unit_forget_bias,
            dropout,
            recurrent_dropout,
        )
        super().__init__(
            cell, return_sequences, return_state, go_backwards, stateful, unroll, **kwargs
        )
        self.units = units


class GRU(RNN):
    """Gated recurrent unit."""

    def __init__(
        self,
        units,
        activation="tanh",
        recurrent_activation="sigmoid",
        use_bias=True,
        kernel_initializer="glorot_uniform",
        recurrent_initializer="orthogonal",
        bias_initializer="zeros",
        dropout=0.0,
        recurrent_dropout=0.0,
        return_sequences=False,
        return_state=False,
        go_backwards=False,
        stateful=False,
        unroll=False,
        reset_after=True,
        use_cudnn="auto",
        **kwargs,
    ):
        cell = GRUCell(
            units,
            activation,
            recurrent_activation,
            use_bias,
            kernel_initializer,
            recurrent_initializer,
            bias_initializer,
            dropout,
            recurrent_dropout,
            reset_after,
        )
        super().__init__(
            cell, return_sequences, return_state, go_backwards, stateful, unroll, **kwargs
        )
        self.units = units


class Wrapper(Layer):
    """Base of the layers around another layer."""

    def __init__(self, layer, **kwargs):
        super().__init__(**kwargs)
        self.layer = layer


class Bidirectional(Layer):
    """A recurrent layer and its copy that reads backwards; their outputs are merged."""

    def __init__(self, layer, merge_mode="concat", weights=None, backward_layer=None, **kwargs):
        super().__init__(**kwargs)
        if weights is not None:
            raise ValueError("Bidirectional: load the weights after the first call")
        self.forward_layer, self.merge_mode = copy.deepcopy(layer), merge_mode
        self.backward_layer = copy.deepcopy(layer) if backward_layer is None else backward_layer
        if backward_layer is None:
            self.backward_layer.go_backwards = not layer.go_backwards
        self.return_sequences, self.return_state = layer.return_sequences, layer.return_state

    def merged(self, x, y):
        """The outputs of both directions in one."""
        if self.merge_mode == "concat":
            return np.concatenate([x, y], axis=-1)
        if self.merge_mode == "mul":
            return x * y
        return (x + y) / 2 if self.merge_mode == "ave" else x + y

    def call(self, sequences, initial_state=None, mask=None):
        half = 0 if initial_state is None else len(initial_state) // 2
        before, after = (initial_state[:half], initial_state[half:]) if half else (None, None)
        x = self.forward_layer(sequences, before, mask=mask)
        y = self.backward_layer(sequences, after, mask=mask)
        states = ()
        if self.return_state:
            x, y, states = x[0], y[0], (*x[1:], *y[1:])
        if self.return_sequences:
            y = y[:, ::-1]
        outputs = (x, y) if self.merge_mode is None else (self.merged(x, y),)
        return (*outputs, *states) if len(outputs) + len(states) > 1 else outputs[0]

    def compute_mask(self, inputs, mask=None):
        """The mask of the outputs of all steps, of both directions where they are not merged."""
        first = mask[0] if isinstance(mask, (list, tuple)) else mask
        found = first if self.return_sequences else None
        return found if self.merge_mode is not None else (found, found)


class TimeDistributed(Wrapper):
    """A layer applied to every step of (batch, steps, ...)."""

    supports_masking = True

    def call(self, inputs, mask=None):
        if mask is not None and "mask" in inspect.signature(self.layer.call).parameters:
            raise NotImplementedError("a layer of steps does not get the mask of its step here")
        x = self.layer(inputs.reshape(-1, *inputs.shape[2:]))
        return x.reshape(*inputs.shape[:2], *x.shape[1:])
