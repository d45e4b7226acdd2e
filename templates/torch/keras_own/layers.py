"""Layers of torch.nn that start with the values that Keras gives them, and infer until ``train()`` is called."""

from torch import nn

from .graph import LayerNorm, Node


class Started(Node):
    """For layers that start as Keras' do: Glorot's uniform weights, zero bias."""

    start = staticmethod(nn.init.xavier_uniform_)

    def reset_parameters(self):
        self.start(self.weight)
        if self.bias is not None:
            nn.init.zeros_(self.bias)

    # only if used
    def initialized(self, start):
        """The layer with weights that a function fills, now or at the first call."""
        self.start = start
        self.reset_parameters()
        return self


class Linear(Started, nn.Linear):
    """``nn.Linear`` that starts as Keras' dense layers do."""

    # [full
    word = "dense"
    # full]


class LazyLinear(nn.LazyLinear, Linear):
    """``nn.LazyLinear`` that starts as Keras' dense layers do."""

    # [full
    cls_to_become = Linear
    # full]


class LazyLayerNorm(Node, nn.modules.lazy.LazyModuleMixin, nn.LayerNorm):
    """``nn.LayerNorm`` of the last axis, whose size is that of the first input."""

    cls_to_become = nn.LayerNorm
    # [full
    cls_to_become = LayerNorm
    # full]

    def __init__(self, eps=1e-3):
        super().__init__(0, eps)
        self.weight, self.bias = nn.UninitializedParameter(), nn.UninitializedParameter()

    def reset_parameters(self):
        if not self.has_uninitialized_params():
            super().reset_parameters()

    def initialize_parameters(self, inputs):
        self.normalized_shape = inputs.shape[-1:]
        if self.has_uninitialized_params():
            self.weight.materialize(self.normalized_shape)
            self.bias.materialize(self.normalized_shape)
            self.reset_parameters()


class Embedding(Node, nn.Embedding):
    """``nn.Embedding`` that starts as Keras' does, and takes indices of any dtype."""

    def reset_parameters(self):
        nn.init.uniform_(self.weight, -0.05, 0.05)

    def forward(self, inputs):
        return super().forward(inputs.long())


class Dropout(Node, nn.Dropout):
    """``nn.Dropout`` whose calls may say that it is training; else it infers until ``train()`` is called."""

    def __init__(self, p):
        super().__init__(p)
        self.training = False

    def forward(self, inputs, training=None):
        return nn.functional.dropout(inputs, self.p, self.training if training is None else training)
