"""A transformed function as a PyTorch module that owns its parameters and state."""

import inspect

import torch

from ..flax_functions import new_key
from .frames import running


class Scope(torch.nn.Module):
    """The parameters and state of one layer, and the scopes of the layers made in it."""


def free_attribute(module, name):
    """The name, with underscores behind it when the module has an attribute of this name."""
    name = name.replace(".", "_")
    while hasattr(module, name):
        name += "_"
    return name


class TransformedModel(torch.nn.Module):
    """A function of Haiku modules with their parameters and state.

    The ``w`` of ``net/~/linear`` is the parameter ``net.linear.w``. State is kept in buffers, and each call
    stores the new one. Random keys follow from ``rng``, a key or a seed; without it they are drawn from
    PyTorch's generator.
    """

    def __init__(self, function, params, state=None):
        super().__init__()
        self.function = function
        self.takes_rng = "rng" in inspect.signature(function).parameters
        self.places = {"params": {}, "state": {}}
        scopes = {"": self}
        for kind, tree in (("params", params), ("state", state or {})):
            for path, values in tree.items():
                scope = self.scope(path, scopes)
                for name, value in values.items():
                    self.add(kind, scope, path, name, value)

    def scope(self, path, scopes):
        """The scope of a layer by its full name."""
        if path not in scopes:
            outer, _, name = path.rpartition("/")
            parent = self.scope(outer, scopes)
            name = name.lstrip("~")
            if not name:
                return scopes.setdefault(path, parent)
            name = free_attribute(parent, name)
            setattr(parent, name, Scope())
            scopes[path] = getattr(parent, name)
        return scopes[path]

    def add(self, kind, scope, path, name, value):
        """Keep a parameter or a value of the state of a layer."""
        attribute = free_attribute(scope, name)
        value = torch.as_tensor(value).clone()
        if kind == "state":
            scope.register_buffer(attribute, value)
        else:
            trained = value.is_floating_point() or value.is_complex()
            setattr(scope, attribute, torch.nn.Parameter(value, requires_grad=trained))
        held = next((n for n, module in self.named_modules() if module is scope), "")
        self.places[kind].setdefault(path, {})[name] = (held, attribute)

    def tree(self, kind):
        """The parameters or the state as dictionaries, under their names in Haiku."""
        return {
            path: {n: getattr(self.get_submodule(held), a) for n, (held, a) in values.items()}
            for path, values in self.places[kind].items()
        }

    def keep(self, state):
        """Store the state that a call left."""
        for path, values in state.items():
            for name, value in values.items():
                held, attribute = self.places["state"][path][name]
                setattr(self.get_submodule(held), attribute, value.detach())

    def forward(self, *args, **kwargs):
        rng = None if self.takes_rng else kwargs.pop("rng", None)
        state = self.tree("state")
        with running(self.tree("params"), state, new_key if rng is None else rng, False):
            result = self.function(*args, **kwargs)
        self.keep(state)
        return result
