"""Recurrent layers of Keras whose products are convolutions; sequences are (batch, steps, *space, channels)."""

import numpy as np

from ..channels_last import convolution
from .base import initial
from .convolution import numbers
from .recurrent import RNN, LSTMCell
from .steps import as_elements


class ConvLSTMCell(LSTMCell):
    """Long short-term memory; ``kernel`` and ``recurrent_kernel`` have shape (*window, in, gates * filters)."""

    def __init__(self, filters, kernel_size, strides, padding, dilation_rate, *args):
        super().__init__(filters, *args)
        self.kernel_size, self.strides, self.padding = kernel_size, strides, padding.lower()
        self.dilation_rate = dilation_rate

    def build(self, input_shape):
        channels, width = input_shape[-1], self.gates * self.units
        self.kernel = self.add_weight((*self.kernel_size, channels, width), self.kernel_initializer)
        self.recurrent_kernel = self.add_weight((*self.kernel_size, self.units, width), self.recurrent_initializer)
        self.bias = self.add_weight((width,), self.first_bias) if self.use_bias else None

    def first_bias(self, shape):
        """The bias before training: 1 at the forget gate where that is asked for."""
        forget = slice(self.units, 2 * self.units)
        bias = np.array(initial(self.bias_initializer, shape))
        bias[forget] = 1.0 if self.unit_forget_bias else bias[forget]
        return bias

    def state_shape(self, batch, space):
        """The shape of the states for inputs of these sizes."""
        windows = zip(space, self.kernel_size, self.strides, self.dilation_rate)
        lost = 1 if self.padding == "valid" else 0  # what the window reaches beyond its first element
        sizes = (-((lost * (window - 1) * rate - size) // stride) for size, window, stride, rate in windows)
        return (batch, *sizes, self.units)

    def projected(self, inputs, training=False):
        """The inputs, convolved with the kernel."""
        return convolution(inputs, self.kernel[...], self.strides, self.padding, None, self.dilation_rate)

    def recurrent(self, state, training=False):
        """The output of the step before, convolved with its kernel."""
        return convolution(state, self.recurrent_kernel[...], 1, "same")


class ConvLSTM(RNN):
    """Base of the layers by their number of spatial axes."""

    rank = 2

    def __init__(
        self,
        filters,
        kernel_size,
        strides=1,
        padding="valid",
        dilation_rate=1,
        activation="tanh",
        recurrent_activation="sigmoid",
        use_bias=True,
        kernel_initializer="glorot_uniform",
        recurrent_initializer="orthogonal",
        bias_initializer="zeros",
        unit_forget_bias=True,
        return_sequences=False,
        return_state=False,
        go_backwards=False,
        **kwargs,
    ):
        window, steps, rates = (numbers(value, self.rank) for value in (kernel_size, strides, dilation_rate))
        cell = ConvLSTMCell(
            filters,
            window,
            steps,
            padding,
            rates,
            activation,
            recurrent_activation,
            use_bias,
            kernel_initializer,
            recurrent_initializer,
            bias_initializer,
            unit_forget_bias,
        )
        super().__init__(cell, return_sequences, return_state, go_backwards, **kwargs)
        self.filters = filters

    def initial_states(self, sequences):
        """Zeros."""
        shape = self.cell.state_shape(sequences.shape[0], sequences.shape[2:-1])
        return [as_elements(np.zeros(shape, np.float32)) for _ in range(2)]


class ConvLSTM1D(ConvLSTM):
    """Long short-term memory of sequences of (batch, steps, places, channels)."""

    rank = 1


class ConvLSTM2D(ConvLSTM):
    """Long short-term memory of sequences of images (batch, steps, height, width, channels)."""


class ConvLSTM3D(ConvLSTM):
    """Long short-term memory of sequences of volumes (batch, steps, *volume, channels)."""

    rank = 3
