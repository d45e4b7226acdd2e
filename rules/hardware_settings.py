"""``torch.backends.cudnn.benchmark = True`` goes: what is set there concerns how PyTorch computes."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import libcst as cst

from ..s2s.walk import below
from .base import rule


@rule(cst.Assign)
def hardware_setting(node: cst.Assign, ctx) -> Sequence[cst.BaseSmallStatement] | None:
    """An assignment to nothing but settings of the source framework; what it calls is still called."""
    modules = ctx.source.settings.get("modules_of_settings", ())
    targets = [target for each in node.targets for target in _targets(each.target)]
    if not modules or not all(_is_setting(target, modules, ctx) for target in targets):
        return None
    ctx.count("exact")
    calls = any(isinstance(part, (cst.Call, cst.NamedExpr)) for part in below(node.value))
    return [cst.Expr(ctx.visit(node.value))] if calls else []


def _targets(node: cst.BaseExpression) -> Iterator[cst.BaseExpression]:
    if isinstance(node, (cst.Tuple, cst.List)):
        for element in node.elements:
            yield from _targets(element.value)
    else:
        yield node


def _is_setting(node: cst.BaseExpression, modules: Sequence[str], ctx) -> bool:
    owner = ctx.name_of(node.value) if isinstance(node, cst.Attribute) else ""
    return any(owner == module or owner.startswith(f"{module}.") for module in modules)
