"""Modules that hold variables, and variables that stand alone, as in TensorFlow without Keras."""

import contextlib

import torch
from torch import nn

from .base import dtype_named
from .layer_names import snake_case


def variable(value, trainable=True, dtype=None):
    """A new parameter; a buffer when it is not trained or holds no floats."""
    value = value() if callable(value) else value
    usual = torch.float32 if isinstance(value, float) else torch.int32 if type(value) is int else None
    kind = dtype_named(dtype) if dtype is not None else usual
    if isinstance(value, (list, tuple)):
        made = torch.tensor(value)
        kind = kind or (torch.int32 if made.dtype == torch.int64 else None)
        value = made
    value = value.detach().clone() if isinstance(value, torch.Tensor) else torch.tensor(value)
    value = value if kind is None else value.to(kind)
    return nn.Parameter(value) if trainable is not False and value.is_floating_point() else nn.Buffer(value)


# What every module of PyTorch has.
_OF_EACH = frozenset(vars(nn.Module()))


def held(module):
    """What the attributes of a module hold, by their names, and what lists and dictionaries in them hold."""
    own = {name: value for name, value in vars(module).items() if name not in _OF_EACH}
    return leaves(own | module._parameters | module._buffers | module._modules)


def leaves(value):
    """What lists and dictionaries hold, dictionaries by their sorted keys."""
    if isinstance(value, (list, tuple, nn.ModuleList, nn.ParameterList)):
        return [leaf for item in value for leaf in leaves(item)]
    if isinstance(value, (dict, nn.ModuleDict, nn.ParameterDict)):
        return [leaf for key in sorted(value.keys()) for leaf in leaves(value[key])]
    return [value]


def modules_inside(module):
    """A module and those inside it, once each, in the order in which TensorFlow finds them."""
    found, todo = {}, [module]
    while todo:
        first = todo.pop(0)
        if first not in found:
            found[first] = None
            todo = [leaf for leaf in held(first) if isinstance(leaf, nn.Module)] + todo
    return list(found)


class Module(nn.Module):
    """Base class of modules that hold variables, as attributes or in lists and dictionaries."""

    def __new__(cls, *args, **kwargs):
        module = super().__new__(cls)
        nn.Module.__init__(module)  # attributes may be set before the constructor of the base class is called
        return module

    def __init__(self, name=None):
        self.name = name or snake_case(type(self).__name__)

    # only if used
    @property
    def name_scope(self):
        """A context without effect."""
        return contextlib.nullcontext()

    # only if used
    @property
    def submodules(self):
        """The modules inside."""
        return tuple(modules_inside(self)[1:])

    @property
    def variables(self):
        """All variables: those of the module by the names of the attributes, then those of the modules inside."""
        every = [leaf for module in modules_inside(self) for leaf in held(module) if isinstance(leaf, torch.Tensor)]
        every = [leaf for leaf in every if isinstance(leaf, (nn.Parameter, nn.Buffer))]
        return tuple({id(leaf): leaf for leaf in every}.values())

    # only if used
    @property
    def trainable_variables(self):
        """The variables that are trained."""
        return tuple(leaf for leaf in self.variables if leaf.requires_grad)

    # only if used
    @property
    def non_trainable_variables(self):
        """The variables that are not trained."""
        return tuple(leaf for leaf in self.variables if not leaf.requires_grad)
