"""``del jax``: a name that is no longer imported needs no deletion."""

from __future__ import annotations

from collections.abc import Sequence

import libcst as cst

from .base import rule


@rule(cst.Del)
def deleted_import(node: cst.Del, ctx) -> Sequence[cst.BaseSmallStatement] | None:
    """Drop the deletion of a module or function of the source framework."""
    name = ctx.name_of(node.target)
    if (
        not name
        or not ctx.foreign(name)
        or not isinstance(node.target, cst.Name)
        or ctx.is_local(node.target.value)
    ):
        return None
    ctx.count("exact")
    return [cst.Pass()]
