"""Recurrent cores of Haiku by their number of axes, and functions that run cores."""

from .recurrent import ConvNDLSTM, DeepRNN, dynamic_unroll


class Conv1DLSTM(ConvNDLSTM):
    """A long short-term memory cell with convolutions over one axis."""

    def __init__(self, input_shape, output_channels, kernel_shape, name=None):
        super().__init__(1, input_shape, output_channels, kernel_shape, name)


class Conv2DLSTM(ConvNDLSTM):
    """A long short-term memory cell with convolutions over two axes."""

    def __init__(self, input_shape, output_channels, kernel_shape, name=None):
        super().__init__(2, input_shape, output_channels, kernel_shape, name)


class Conv3DLSTM(ConvNDLSTM):
    """A long short-term memory cell with convolutions over three axes."""

    def __init__(self, input_shape, output_channels, kernel_shape, name=None):
        super().__init__(3, input_shape, output_channels, kernel_shape, name)


def deep_rnn_with_skip_connections(layers, /, name=None):
    """Cores one after the other that see the inputs too, and whose outputs are joined."""
    return DeepRNN(layers, name or "deep_rnn_with_skip_connections", True)


def static_unroll(core, input_sequence, initial_state, /, time_major=True):
    """The outputs of a recurrent core along a sequence, and its last state."""
    return dynamic_unroll(core, input_sequence, initial_state, time_major)
