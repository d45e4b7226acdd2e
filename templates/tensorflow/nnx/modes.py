"""Training and inference: the modes of layers of flax.nnx are attributes, which Keras' ``training`` overrides."""

from ..module import Module, modules


def set_training(module, mode=True):
    """Let all layers of a model train or infer, as far as their calls do not say it."""
    if not isinstance(module, Module):
        return module.train() if mode else module.eval()
    for layer in modules(module):
        for name in ("deterministic", "use_running_average"):
            if name in vars(layer):
                setattr(layer, name, not mode)


def is_deterministic(layer, given, attribute="deterministic"):
    """What the call says, else Keras' ``training`` of the model's call, else the layer's attribute."""
    if given is not None:
        return given
    training = layer._get_call_context().get_value("training")
    return getattr(layer, attribute) if training is None else not training
