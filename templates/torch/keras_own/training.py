"""Models of PyTorch's layers that are trained, tested and asked for predictions as Keras' are."""

import torch

from ..keras.training import Trainer
from ..keras_losses import KeptLogits
from .graph import Model, symbols
from .places import Sequential


def penalised(layer, **penalties):
    """A layer whose parameters of these names have penalties, which training adds to the loss."""
    layer.penalties = penalties
    return layer


class Trained(Trainer):
    """``fit``, ``evaluate`` and ``predict`` for modules whose call says whether it is training."""

    @property
    def losses(self):
        """The penalties of parameters that are trained."""
        rules = [(module, *pair) for module in self.modules() for pair in getattr(module, "penalties", {}).items()]
        weights = [(getattr(module, name), rule) for module, name, rule in rules]
        return [rule(weight) for weight, rule in weights if weight is not None and weight.requires_grad]

    def outputs_of(self, x, training):
        """The outputs for a batch."""
        with KeptLogits():
            return self(x, training=training)

    # only if used
    @property
    def trainable_weights(self):
        """The parameters that are trained."""
        return [parameter for parameter in self.parameters() if parameter.requires_grad]

    # only if used
    def _flatten_layers(self, include_self=True):
        """All modules below, and the model itself."""
        return list(self.modules())[0 if include_self else 1 :]

    # only if used
    def get_weights(self):
        """Copies of all parameters and buffers."""
        return [value.clone() for value in self.state_dict().values()]

    # only if used
    def set_weights(self, weights):
        """Give parameters and buffers the values that ``get_weights`` gave."""
        for value, new in zip(self.state_dict().values(), weights, strict=True):
            value.copy_(new)

    # only if used
    def save_weights(self, filepath, overwrite=True):
        """Write the state to a file of ``torch.save``."""
        torch.save(self.state_dict(), filepath)


class TrainedSequential(Trained, Sequential):
    """Layers one after another that are trained as a model of Keras is."""


class TrainedModel(Trained, Model):
    """The model between symbols, trained as a model of Keras is; outputs have the names of their layers."""

    def __init__(self, inputs, outputs, name=None):
        super().__init__(inputs, outputs, name)
        keys = {layer: key for key, layer in self.named_children()}
        for output in symbols(self.outputs):
            output.name = keys.get(output.function)

    def forward(self, inputs, training=None):
        if isinstance(inputs, dict):
            names = self.inputs if isinstance(self.inputs, dict) else [x.name for x in symbols(self.inputs)]
            inputs = [inputs[name] for name in names]
        return super().forward(inputs, training)
