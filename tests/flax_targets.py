"""The frameworks that models of flax are converted to, as the tests use them."""

from __future__ import annotations

import importlib
import sys
import types
from collections.abc import Callable
from typing import Any

import numpy as np
from ivy.s2s.emit import helper_module
from ivy.s2s.pipeline import convert_text
from ivy.s2s.tables import load
from ivy.s2s.weights import slots

TARGETS = ("torch", "tensorflow", "numpy")


def converted(text: str, target: str, name: str = "converted") -> types.ModuleType:
    """The module that a text becomes beside others: its layers are templates with the source's names of weights."""
    importlib.import_module(target)
    found = convert_text(text, "jax", target, beside=())
    assert not found.error, found.error
    assert not [d for d in found.diagnostics if d.grade == "refused"], found.diagnostics
    helpers = module(f"{target}_helpers", helper_module(found.helpers, load()[target]))
    made = module(f"{target}_{name}", found.code or text)
    del sys.modules[helpers.__name__]  # other tests have other helpers of this name
    return made


def module(name: str, text: str) -> types.ModuleType:
    """A module of this text."""
    made = types.ModuleType(name)
    sys.modules[name] = made
    exec(text, made.__dict__)  # noqa: S102
    return made


def array(value: np.ndarray, target: str) -> Any:
    """An array of a framework."""
    if target == "torch":
        import torch

        return torch.tensor(value)
    if target == "tensorflow":
        import tensorflow as tf

        return tf.constant(value)
    return value


def plain(value: Any) -> np.ndarray:
    """An array as one of NumPy."""
    return np.asarray(value.detach() if hasattr(value, "detach") else value)


def leaves(tree: Any) -> list[Any]:
    """The arrays of a structure."""
    if isinstance(tree, dict):
        return [leaf for key in sorted(tree) for leaf in leaves(tree[key])]
    return [leaf for part in tree for leaf in leaves(part)] if isinstance(tree, (list, tuple)) else [tree]


def state(model: Any) -> dict[str, np.ndarray]:
    """The parameters and buffers of a converted model by name."""
    return {slot.name: plain(slot.value).copy() for slot in slots(model)}


def gradients(
    model: Any, compute: Callable[[], Any], target: str, compiled: bool = False
) -> dict[str, np.ndarray | None]:
    """Gradients of the sum of squares of what is computed, by the name of the parameter; none in NumPy.

    ``compiled`` lets XLA compute them for TensorFlow, whose own kernels on some CPUs (2.21) take gradients of filters
    that are smaller than their strides from unset memory.
    """
    if target == "numpy":
        compute()
        return {}
    if target == "torch":
        named = dict(model.named_parameters())
        if named:
            sum((leaf**2).sum() for leaf in leaves(compute())).backward()
        return {name: None if p.grad is None else p.grad.numpy() for name, p in named.items()}
    import tensorflow as tf

    trained = {id(variable): variable for variable in model.trainable_weights}
    named = {slot.name: slot.value for slot in slots(model) if id(slot.value) in trained}
    assert len(named) == len(trained)

    def differentiated():
        with tf.GradientTape() as tape:
            loss = sum(tf.reduce_sum(leaf**2) for leaf in leaves(compute()))
        return tape.gradient(loss, [variable.value for variable in named.values()])

    found = tf.function(differentiated, jit_compile=True)() if compiled else differentiated()
    return {name: None if grad is None else tf.convert_to_tensor(grad).numpy() for name, grad in zip(named, found)}


def same(ours: Any, theirs: Any) -> None:
    """Structures of arrays agree in shape, dtype and numbers."""
    if isinstance(theirs, dict):
        assert set(ours) == set(theirs), (set(ours), set(theirs))
        for key in theirs:
            same(ours[key], theirs[key])
    elif isinstance(theirs, (tuple, list)):
        assert len(ours) == len(theirs)
        for a, b in zip(ours, theirs, strict=True):
            same(a, b)
    else:
        ours, theirs = plain(ours), np.asarray(theirs)
        assert ours.shape == theirs.shape and ours.dtype == theirs.dtype, (ours.dtype, theirs.dtype)
        np.testing.assert_allclose(ours, theirs, rtol=2e-5, atol=2e-5 * max(1, np.abs(theirs).max(initial=0)))


def dictionary_gradients(compute: Callable[[dict[str, Any]], Any], params: dict[str, Any], target: str) -> dict[str, Any]:
    """Gradients of the sum of squares of what is computed from nested dictionaries of arrays; none in NumPy."""
    if target == "numpy":
        return {}
    if target == "torch":
        given = mapped(lambda value: array(value, target).requires_grad_(), params)
        sum((leaf**2).sum() for leaf in leaves(compute(given))).backward()
        return flat(mapped(lambda value: None if value.grad is None else value.grad.numpy(), given))
    import tensorflow as tf

    given = mapped(tf.constant, params)
    named = flat(given)
    with tf.GradientTape() as tape:
        tape.watch(list(named.values()))
        loss = sum(tf.reduce_sum(leaf**2) for leaf in leaves(compute(given)))
    return dict(zip(named, tape.gradient(loss, list(named.values())), strict=True))


def mapped(function: Callable[[Any], Any], tree: Any) -> Any:
    """Nested dictionaries with a function of each array."""
    return {key: mapped(function, part) for key, part in tree.items()} if isinstance(tree, dict) else function(tree)


def flat(tree: Any, name: str = "") -> dict[str, Any]:
    """The arrays of nested dictionaries by their dotted names."""
    if not isinstance(tree, dict):
        return {name: tree}
    return {k: v for key, part in tree.items() for k, v in flat(part, f"{name}.{key}" if name else key).items()}
