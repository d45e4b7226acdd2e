"""Recurrent layers of Keras; sequences are (batch, steps, features)."""

import inspect

import jax
import jax.numpy as jnp
from flax import nnx

from ..random import default_rngs
from .base import Layer
from .core import activation_function


def gated(x, kernel, masks):
    """x @ kernel; with several dropout masks, each gate (a part of the columns) sees x under a mask of its own."""
    if masks is None or len(masks) == 1:
        return (x if masks is None else x * masks[0]) @ kernel
    parts = jnp.split(kernel, len(masks), axis=-1)
    return jnp.concatenate(
        [(x * mask) @ part for mask, part in zip(masks, parts, strict=True)], axis=-1
    )


class RecurrentCell(Layer):
    """Base of the cells: one step from (inputs, states) to (outputs, states).

    ``kernel`` and ``recurrent_kernel`` hold the gates side by side. Dropout masks stay the same until
    ``forget_masks``.
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
        self.masks, self.rngs = {}, default_rngs().dropout.fork()

    def forget_masks(self):
        """Draw new dropout masks at the next step."""
        self.masks.clear()

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

    def mask(self, name, x, rate, training):
        """Dropout masks for x: one, or one for each gate where the states are dropped, too; None without dropout."""
        if not training or not rate:
            return None
        if name not in self.masks:
            count = self.gates if self.recurrent_dropout else 1
            kept = jax.random.bernoulli(self.rngs(), 1 - rate, (count, *x.shape))
            self.masks[name] = kept / (1 - rate)
        return self.masks[name]

    def projected(self, inputs, training):
        """The inputs times the kernel."""
        return gated(inputs, self.kernel[...], self.mask("inputs", inputs, self.dropout, training))

    def get_initial_state(self, batch_size=None):
        """The states before the first step."""
        sizes = self.state_size if isinstance(self.state_size, list) else [self.state_size]
        return [jnp.zeros((batch_size, n), self.dtype) for n in sizes]


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

    def call(self, inputs, states, training=False):
        state = states[0] if isinstance(states, (list, tuple)) else states
        x = self.projected(inputs, training)
        x = x if self.bias is None else x + self.bias
        masks = self.mask("state", state, self.recurrent_dropout, training)
        output = self.activation(x + gated(state, self.recurrent_kernel[...], masks))
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
            self.bias[...] = self.bias[...].at[self.units : 2 * self.units].set(1.0)

    def recurrent(self, state, training):
        """The output of the step before times its kernel."""
        masks = self.mask("state", state, self.recurrent_dropout, training)
        return gated(state, self.recurrent_kernel[...], masks)

    def call(self, inputs, states, training=False):
        state, carry = states
        x = self.projected(inputs, training) + self.recurrent(state, training)
        i, f, c, o = jnp.split(x if self.bias is None else x + self.bias, 4, axis=-1)
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

    def call(self, inputs, states, training=False):
        state = states[0] if isinstance(states, (list, tuple)) else states
        masks = self.mask("state", state, self.recurrent_dropout, training)
        x = self.projected(inputs, training)
        bias = 0.0 if self.bias is None else self.bias[...]
        if self.reset_after:
            bias, inner_bias = (bias, bias) if self.bias is None else bias
            update, reset, candidate = jnp.split(x + bias, 3, axis=-1)
            inner = gated(state, self.recurrent_kernel[...], masks) + inner_bias
            inner_update, inner_reset, inner_candidate = jnp.split(inner, 3, axis=-1)
            reset = self.recurrent_activation(reset + inner_reset)
            candidate = self.activation(candidate + reset * inner_candidate)
        else:
            update, reset, candidate = jnp.split(x + bias, 3, axis=-1)
            kernel, last = jnp.split(self.recurrent_kernel[...], [2 * self.units], axis=-1)
            several = masks is not None and len(masks) == 3
            inner = gated(state, kernel, masks[:2] if several else masks)
            inner_update, inner_reset = jnp.split(inner, 2, axis=-1)
            reset = self.recurrent_activation(reset + inner_reset)
            kept = state if masks is None else state * masks[-1]
            candidate = self.activation(candidate + (reset * kept) @ last)
        update = self.recurrent_activation(update + inner_update)
        output = update * state + (1 - update) * candidate
        return output, [output] if isinstance(states, (list, tuple)) else output


def first_states(cell, batch_size):
    """What a cell starts from: its own choice, or zeros."""
    if hasattr(cell, "get_initial_state"):
        return cell.get_initial_state(batch_size)
    sizes = cell.state_size if isinstance(cell.state_size, (list, tuple)) else [cell.state_size]
    return [jnp.zeros((batch_size, size)) for size in sizes]


class StackedRNNCells(Layer):
    """Cells one on top of the other as one cell; its state is the list of their states."""

    def __init__(self, cells, **kwargs):
        super().__init__(**kwargs)
        self.cells = nnx.List(cells)

    def forget_masks(self):
        """Draw new dropout masks at the next step."""
        for cell in self.cells:
            if hasattr(cell, "forget_masks"):
                cell.forget_masks()

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

    def call(self, inputs, states, training=False):
        found = []
        for cell, state in zip(self.cells, states, strict=True):
            inputs, state = cell(inputs, state, training=training)
            found.append(state)
        return inputs, found


def chosen(mask, new, old):
    """New values of the examples for which the mask holds, old ones of the others; also in nested lists."""
    if isinstance(new, (list, tuple)):
        return [chosen(mask, *pair) for pair in zip(new, old, strict=True)]
    return jnp.where(mask.reshape(-1, *[1] * (new.ndim - 1)), new, old)


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
        self.go_backwards, self.unroll = go_backwards, unroll

    def build(self, input_shape):
        sizes = self.cell.state_size
        for index, size in enumerate(sizes if isinstance(sizes, (list, tuple)) else [sizes]):
            if self.stateful:
                zeros = jnp.zeros((input_shape[0], size), self.dtype)
                setattr(self, f"state_{index}", nnx.Cache(zeros, persistent=False))

    @property
    def states(self):
        """The states that stay from call to call, of a ``stateful`` layer."""
        sizes = self.cell.state_size
        count = len(sizes) if isinstance(sizes, (list, tuple)) else 1
        return [getattr(self, f"state_{index}")[...] for index in range(count)]

    def keep_states(self, states):
        """Set the states that the next call starts from; gradients end there."""
        for index, state in enumerate(states):
            getattr(self, f"state_{index}")[...] = jax.lax.stop_gradient(state)

    def reset_state(self):
        """Start the next sequence from zeros."""
        self.keep_states([jnp.zeros_like(state) for state in self.states])

    reset_states = reset_state

    # only if used
    def get_initial_state(self, batch_size):
        """The states before the first step."""
        return self.initial_states(jnp.zeros((batch_size, 1)))

    def initial_states(self, sequences):
        """What the cell starts from: its own choice, or zeros."""
        if hasattr(self.cell, "get_initial_state"):
            states = self.cell.get_initial_state(batch_size=len(sequences))
            return list(states) if isinstance(states, (list, tuple)) else [states]
        sizes = self.cell.state_size
        return [
            jnp.zeros((len(sequences), n), self.dtype)
            for n in (sizes if isinstance(sizes, (list, tuple)) else [sizes])
        ]

    def call(self, sequences, initial_state=None, mask=None, training=False):
        if initial_state is None:
            initial_state = self.states if self.stateful else self.initial_states(sequences)
        states = initial_state
        states = list(states) if isinstance(states, (list, tuple)) else [states]
        steps = jnp.moveaxis(sequences[:, ::-1] if self.go_backwards else sequences, 1, 0)
        mask = mask[0] if isinstance(mask, (list, tuple)) else mask
        counts = None if mask is None else (mask[:, ::-1] if self.go_backwards else mask).T.astype(bool)

        def step(carry, given):
            (states, last), (x, counts) = carry, given
            output, after = self.cell(x, states, training=training)
            after = list(after) if isinstance(after, (list, tuple)) else [after]
            if counts is None:
                return (after, None), output
            # The other examples keep their states and repeat their last output.
            last = jnp.zeros_like(output) if last is None or self.zero_output_for_mask else last
            output = chosen(counts, output, last)
            return (chosen(counts, after, states), output), output

        # The first step makes what the others share: weights and dropout masks.
        carry, first = step((states, None), (steps[0], None if counts is None else counts[0]))
        others = steps[1:], None if counts is None else counts[1:]
        if self.unroll:
            outputs = [first]
            for index, x in enumerate(others[0]):
                carry, output = step(carry, (x, None if counts is None else others[1][index]))
                outputs.append(output)
            outputs = jnp.stack(outputs)
        else:
            carry, outputs = jax.lax.scan(step, carry, others)
            outputs = jnp.concatenate([first[None], outputs])
        states = carry[0]
        if hasattr(self.cell, "forget_masks"):
            self.cell.forget_masks()
        result = jnp.moveaxis(outputs, 0, 1) if self.return_sequences else outputs[-1]
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


def copied(layer):
    """A copy of a layer that draws numbers of its own."""
    copy = nnx.clone(layer)
    for _, module in nnx.iter_modules(copy):
        if hasattr(module, "rngs"):
            module.rngs = default_rngs().dropout.fork()
    return copy


class Bidirectional(Layer):
    """A recurrent layer and its copy that reads backwards; their outputs are merged."""

    def __init__(self, layer, merge_mode="concat", weights=None, backward_layer=None, **kwargs):
        super().__init__(**kwargs)
        if weights is not None:
            raise ValueError("Bidirectional: load the weights after the first call")
        self.forward_layer, self.merge_mode = copied(layer), merge_mode
        self.backward_layer = copied(layer) if backward_layer is None else backward_layer
        if backward_layer is None:
            self.backward_layer.go_backwards = not layer.go_backwards
        self.return_sequences, self.return_state = layer.return_sequences, layer.return_state

    def merged(self, x, y):
        """The outputs of both directions in one."""
        if self.merge_mode == "concat":
            return jnp.concatenate([x, y], axis=-1)
        if self.merge_mode == "mul":
            return x * y
        return (x + y) / 2 if self.merge_mode == "ave" else x + y

    def call(self, sequences, initial_state=None, mask=None, training=False):
        half = 0 if initial_state is None else len(initial_state) // 2
        before, after = (initial_state[:half], initial_state[half:]) if half else (None, None)
        x = self.forward_layer(sequences, before, mask=mask, training=training)
        y = self.backward_layer(sequences, after, mask=mask, training=training)
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

    def call(self, inputs, training=False, mask=None):
        if mask is not None and "mask" in inspect.signature(self.layer.call).parameters:
            raise NotImplementedError("a layer of steps does not get the mask of its step here")
        if training:
            steps = range(inputs.shape[1])
            return jnp.stack([self.layer(inputs[:, i], training=True) for i in steps], axis=1)
        x = self.layer(inputs.reshape(-1, *inputs.shape[2:]), training=False)
        return x.reshape(*inputs.shape[:2], *x.shape[1:])
