"""Dataclasses as nodes of trees, and the state of a training that is one."""

import dataclasses
from collections.abc import Callable
from typing import Any

from ..trees import register_pytree_node
from .parameters import apply_updates


def tree_field(pytree_node=True, *, metadata=None, default=..., default_factory=...):
    """A field of such a dataclass; with ``pytree_node=False`` it holds no arrays."""
    options = {"default": default, "default_factory": default_factory}
    given = {name: value for name, value in options.items() if value is not ...}
    return dataclasses.field(metadata={**(metadata or {}), "pytree_node": pytree_node}, **given)


def tree_dataclass(cls):
    """A frozen dataclass whose objects are nodes of trees, with a method ``replace``."""
    cls = dataclasses.dataclass(frozen=True)(cls)
    fields = [(field.name, field.metadata.get("pytree_node", True)) for field in dataclasses.fields(cls)]

    def flatten(node):
        data = [(name, getattr(node, name)) for name, is_tree in fields if not is_tree]
        return [getattr(node, name) for name, is_tree in fields if is_tree], data

    def unflatten(data, children):
        names = [name for name, is_tree in fields if is_tree]
        return cls(**dict(zip(names, children, strict=True)), **dict(data))

    cls.replace = dataclasses.replace
    register_pytree_node(cls, flatten, unflatten)
    return cls


class TreeNode:
    """Base class of frozen dataclasses whose objects are nodes of trees."""

    def __init_subclass__(cls, **kwargs):
        super().__init_subclass__(**kwargs)
        tree_dataclass(cls)

    def replace(self, **changes):
        """A copy with other values in some fields."""
        return dataclasses.replace(self, **changes)


class TrainState(TreeNode):
    """Parameters with the function that takes them, and their optimizer with its state."""

    step: Any
    apply_fn: Callable = tree_field(pytree_node=False)
    params: Any = tree_field()
    tx: Any = tree_field(pytree_node=False)
    opt_state: Any = tree_field()

    @classmethod
    def create(cls, *, apply_fn, params, tx, **kwargs):
        """The state before the first step."""
        return cls(step=0, apply_fn=apply_fn, params=params, tx=tx, opt_state=tx.init(params), **kwargs)

    def apply_gradients(self, *, grads, **kwargs):
        """The state after a step along these gradients."""
        updates, opt_state = self.tx.update(grads, self.opt_state, self.params)
        params = apply_updates(self.params, updates)
        return self.replace(step=self.step + 1, params=params, opt_state=opt_state, **kwargs)
