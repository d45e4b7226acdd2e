"""Classes whose objects are nodes of trees."""

import dataclasses

from .trees import register_pytree_node


def register_pytree_node_class(cls, /):
    """Take objects of a class with ``tree_flatten`` and ``tree_unflatten`` for nodes of trees."""
    register_pytree_node(cls, cls.tree_flatten, cls.tree_unflatten)
    return cls


def register_dataclass(cls, /, data_fields=None, meta_fields=None, drop_fields=()):
    """Take objects of a dataclass for nodes of trees; fields that are static belong to the structure."""
    if data_fields is None:
        fields = [(field.name, field.metadata.get("static", False)) for field in dataclasses.fields(cls)]
        data_fields = [name for name, static in fields if not static]
        meta_fields = [name for name, static in fields if static]
    names = (*data_fields, *meta_fields)
    register_pytree_node(
        cls,
        lambda node: ([getattr(node, name) for name in data_fields], [getattr(node, name) for name in meta_fields]),
        lambda values, children: cls(**dict(zip(names, (*children, *values), strict=True))),
    )
    return cls
