"""The values of what a checkpoint tracks, and files of them."""

import jax
import numpy as np
from flax import nnx

from ..checkpoints import load, save

ENDING = ".npz"


def write_values(values, path):
    """Write values to a file that holds arrays and JSON."""
    with open(path, "wb") as file:
        save(values, file)


def read_values(path):
    """Read what ``write_values`` wrote."""
    return load(path)


def values_of(item):
    """The values of a model, an optimizer, a variable or a container of these."""
    if isinstance(item, nnx.Variable):
        return np.asarray(item[...])
    if isinstance(item, nnx.Module):
        return {name: np.asarray(value[...]) for name, value in saved_variables(item).items()}
    if hasattr(item, "saved_state"):
        return values_of(item.saved_state())
    if isinstance(item, dict):
        return {name: values_of(value) for name, value in item.items()}
    if isinstance(item, (list, tuple)):
        return [values_of(value) for value in item]
    if isinstance(item, (int, float, np.ndarray, np.generic, jax.Array)):
        return item
    raise TypeError(f"{type(item).__name__} is not saved: give models, optimizers and variables")


def saved_variables(module):
    """The variables of a module but for random states, by their paths."""
    state = nnx.variables(module, nnx.Not(nnx.RngState))
    return {".".join(map(str, path)): variable for path, variable in nnx.to_flat_state(state)}


def give_values(item, values):
    """Give an object the values that ``values_of`` told of it; the names of those that were not there."""
    if hasattr(item, "restore_state"):
        item.restore_state(values)
        return []
    if isinstance(item, nnx.Variable):
        item[...] = jax.numpy.asarray(values, item[...].dtype)
        return []
    if isinstance(item, nnx.Module):
        variables = saved_variables(item)
        if not variables and values:
            raise ValueError(f"{type(item).__name__} has no weights yet: call it once before restoring")
        for name in variables.keys() & values.keys():
            variables[name][...] = jax.numpy.asarray(values[name], variables[name][...].dtype)
        return [name for name in variables if name not in values]
    if isinstance(item, (dict, list)):
        pairs = list(item.items() if isinstance(item, dict) else enumerate(item))
        present = [key for key, _ in pairs if (key in values if isinstance(item, dict) else key < len(values))]
        missing = [f"{key}.{part}" for key in present for part in give_values(item[key], values[key])]
        return [str(key) for key, _ in pairs if key not in present] + missing
    raise TypeError(f"{type(item).__name__} is not restored: give models, optimizers and variables")
