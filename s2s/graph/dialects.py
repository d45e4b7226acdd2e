"""How programs are spelled in each framework that calls are recorded in."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Dialect:
    """The short name of the main module and its import, the array type, how arrays are made, copied and cast."""

    module: str
    imports: str
    array: str
    maker: str
    copy: str
    cast: str


DIALECTS = {
    "torch": Dialect("torch", "import torch", "torch.Tensor", "torch.tensor", "clone", "to"),
    "ivy": Dialect("ivy", "import ivy", "ivy.Array", "ivy.array", "", ""),
    "jax": Dialect("jnp", "import jax\nimport jax.numpy as jnp", "jax.Array", "jnp.array", "copy", "astype"),
    "numpy": Dialect("np", "import numpy as np", "np.ndarray", "np.array", "copy", "astype"),
    "tensorflow": Dialect("tf", "import tensorflow as tf", "tf.Tensor", "tf.constant", "", ""),
}
_PREFIXES = (
    ("torch.nn.functional.", "F.", "import torch.nn.functional as F"),
    ("jax.numpy.", "jnp.", ""),
    ("jax.lax.", "lax.", "from jax import lax"),
    ("jax.scipy.", "jax.scipy.", "import jax.scipy"),
    ("numpy.", "np.", ""),
    ("tensorflow.", "tf.", ""),
    ("keras.", "keras.", "import keras"),
)


def spelled(name: str) -> tuple[str, str]:
    """A full name as programs write it, and the import that it needs beside the framework's."""
    for prefix, short, needed in _PREFIXES:
        if name.startswith(prefix):
            return short + name.removeprefix(prefix), needed
    return name, ""
