"""Modules that hold variables, and variables that stand alone, as in TensorFlow without Keras."""

import contextlib

import jax.numpy as jnp
import numpy as np
from flax import nnx

from ..module import Buffer
from .base import container, dtype_named
from .layer_names import snake_case


def variable(value, trainable=True, dtype=None):
    """A new ``nnx.Param``; a buffer when it is not trained or holds no floats."""
    value = value[...] if isinstance(value, nnx.Variable) else value() if callable(value) else value
    if dtype is None and isinstance(value, (int, float, list, tuple)):  # TensorFlow's dtypes of numbers
        dtype = {"float64": "float32", "int64": "int32"}.get(str(np.asarray(value).dtype))
    made = jnp.array(value, None if dtype is None else dtype_named(dtype))
    trained = trainable is not False and jnp.issubdtype(made.dtype, jnp.inexact)
    return nnx.Param(made) if trained else Buffer(made)


def leaves(value):
    """What lists and dictionaries hold, dictionaries by their sorted keys."""
    if isinstance(value, (list, tuple, nnx.List)):
        return [leaf for item in value for leaf in leaves(item)]
    if isinstance(value, (dict, nnx.Dict)):
        return [leaf for key in sorted(value) for leaf in leaves(value[key])]
    return [value]


def modules_inside(module):
    """A module and those inside it, once each, in the order in which TensorFlow finds them."""
    found, todo = {}, [module]
    while todo:
        first = todo.pop(0)
        if id(first) not in found:
            found[id(first)] = first
            todo = [leaf for leaf in leaves(dict(vars(first))) if isinstance(leaf, nnx.Module)] + todo
    return list(found.values())


class Module(nnx.Module, pytree=False):
    """Base class of modules that hold variables, as attributes or in lists and dictionaries."""

    def __init__(self, name=None):
        self.name = name or snake_case(type(self).__name__)

    def __init_subclass__(cls, *, pytree=False, **kwargs):
        super().__init_subclass__(pytree=pytree, **kwargs)

    def _track_all(self):
        """Let flax see what is in lists and dictionaries, in the modules inside too."""
        for module in modules_inside(self):
            for name, value in list(vars(module).items()):
                found = container(value)
                if found is not None:
                    setattr(module, name, found)

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
        every = [leaf for module in modules_inside(self) for leaf in leaves(dict(vars(module)))]
        return tuple({id(leaf): leaf for leaf in every if isinstance(leaf, nnx.Variable)}.values())

    # only if used
    @property
    def trainable_variables(self):
        """The variables that are trained."""
        return tuple(leaf for leaf in self.variables if isinstance(leaf, nnx.Param))

    # only if used
    @property
    def non_trainable_variables(self):
        """The variables that are not trained."""
        return tuple(leaf for leaf in self.variables if not isinstance(leaf, nnx.Param))
