"""Copies of models."""

from flax import nnx


def clone_model(model):
    """A model of the same layers with weights of its own, which begin with the same values."""
    clone = nnx.clone(model)
    copies = dict(nnx.iter_modules(clone))
    for path, module in nnx.iter_modules(model):  # the order of attributes is that of the weights
        attributes = vars(copies[path])
        for name in [name for name in vars(module) if name in attributes]:
            attributes[name] = attributes.pop(name)
    return clone
