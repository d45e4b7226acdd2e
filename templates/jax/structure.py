"""What stands for code that was not converted."""

import inspect

from flax import nnx

from .host import assign
from .module import Buffer, children


class NotConverted(type(nnx.Module)):
    """A class that stands for a name without counterpart: it can be imported, annotated and subclassed."""

    def __call__(cls, *args, **kwargs):
        raise NotImplementedError(cls.reason)

    def __getitem__(cls, item):
        return cls

    def __iter__(cls):
        return iter(())

    def __getattr__(cls, name):
        raise AttributeError(f"{cls.reason} (attribute {name!r})")


def not_converted(api, reason):
    """A stand-in for ``api`` that raises ``NotImplementedError`` with the reason when it is called."""
    name = api.rpartition(".")[2]
    text = f"{api} was not converted: {reason}"
    bases = (Exception,) if name.endswith("Error") else ()  # that nothing raises
    return NotConverted(name, bases, {"__doc__": text, "reason": text})


def signature(obj):
    """``inspect.signature``; of a class of modules that of its constructor, which flax's metaclass hides."""
    if not isinstance(obj, type) or not issubclass(obj, nnx.Module):
        return inspect.signature(obj)
    found = inspect.signature(obj.__init__)
    return found.replace(parameters=list(found.parameters.values())[1:])


def set_training(module, mode=True):
    """Put a module into training or evaluation mode and return it."""
    if mode:
        module.train()
    else:
        module.eval()
    return module


class OwnTrain(nnx.Module):
    """A module with a ``train`` of its own, which the modules around it call when they switch the mode."""

    _mode, _switching = True, False

    @property
    def deterministic(self):
        return not self._mode

    @deterministic.setter
    def deterministic(self, value):
        if self._switching:
            self._mode = not value
            return
        self._switching = True  # flax comes here after the modules below
        self.train(not value)
        self._switching = False

    def train(self, mode=True):
        self._mode = mode
        for child in children(self):
            set_training(child, mode)
        return self

    def eval(self):
        return self.train(False)


def Parameter(data, requires_grad=True):
    """``data`` as a trainable ``nnx.Param``, or as a ``Buffer`` when it needs no gradient."""
    return nnx.Param(data) if requires_grad else Buffer(data)


def optional_buffer(value, persistent=True):
    """A `Buffer` of the value, or None when there is none."""
    return None if value is None else Buffer(value, persistent=persistent)


def assign_in_place(x, value):
    """Give a variable a new value; an array, which cannot be changed for others, raises TypeError."""
    if assign(x, value) is not x:
        raise TypeError("an array cannot be changed in place; pass a variable, or use the result")
    return x
