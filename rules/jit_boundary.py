"""What ``jax.jit`` does to the arguments of a training step: NumPy's arrays, as loaders give them, become JAX's."""

from __future__ import annotations

import libcst as cst

from ..s2s.tables import Entry

_JITS = ("jax.jit", "flax.nnx.jit")
# Packages whose arrays and batches are not those of JAX.
_LOADING = ("datasets", "grain", "numpy", "tensorflow", "tensorflow_datasets", "torch", "torchvision")
_TRAINING = ("flax.training", "optax")


def boundary(entry: Entry, ctx) -> cst.BaseExpression | None:
    """The helper that takes the place of ``jit`` in PyTorch; None where all arrays are those of JAX already."""
    if entry.native not in _JITS or ctx.target.name != "torch" or not _refers(ctx.module, _TRAINING):
        return None
    if not any(_refers(module, _LOADING) for module in ctx.project.modules.values()):
        return None
    return ctx.helper("on_tensors")


def _refers(module, packages: tuple[str, ...]) -> bool:
    """Whether a module imports something of these packages."""
    names = (kind.name for kind in module.names.values() if kind.tag == "ref")
    return any(name == package or name.startswith(f"{package}.") for name in names for package in packages)
