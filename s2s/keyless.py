"""Helper templates of JAX for modules that are given no keys: ``rngs`` goes, the mode and the classes are spelled anew.

``class Dropout(nnx.Module)`` with ``rngs=None`` and ``self.deterministic`` -> ``class Dropout(Module)`` with
``self.is_training``. Only templates are changed so, once, when the tables are compiled.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any

import black
import libcst as cst
import libcst.matchers as m

_KEYS = m.Name("rngs") | m.Attribute(attr=m.Name("rngs"))
_MODE = m.Attribute(value=m.Name("self"), attr=m.Name("deterministic"))
_WORDS = ("rngs", "deterministic", "drawing_from")
_WIDTH = 100
_BETWEEN = "\n\n\n"


def keyless(text: str, names: Mapping[str, str]) -> str:
    """The text of a template without keys; ``names`` are the new ones of dotted names, '' where a call goes."""
    gone = [name for name, new in names.items() if not new]
    return _BETWEEN.join(_changed(part, names, gone) for part in text.split(_BETWEEN))


def _changed(part: str, names: Mapping[str, str], gone: list[str]) -> str:
    """A definition of a template; most have only names to change."""
    if any(word in part for word in (*_WORDS, *gone)):
        tree = cst.parse_module(part).visit(_Keyless(names))
        end = part[len(part.rstrip("\n")) :]
        return black.format_str(tree.code, mode=black.Mode(line_length=_WIDTH)).rstrip("\n") + end
    for name, new in names.items():
        part = re.sub(rf"\b{re.escape(name)}\b", new, part)
    return part


class _Keyless(cst.CSTTransformer):
    def __init__(self, names: Mapping[str, str]) -> None:
        super().__init__()
        self.names = names

    def leave_Parameters(self, original_node: cst.Parameters, updated_node: cst.Parameters) -> cst.Parameters:
        plain = _kept(updated_node.params)
        keyword = _kept(updated_node.kwonly_params)
        changes: dict[str, Any] = {"params": plain, "kwonly_params": keyword}
        if updated_node.kwonly_params and not keyword:
            changes["star_arg"] = cst.MaybeSentinel.DEFAULT
            changes["params"] = [*plain[:-1], _last(plain[-1], updated_node.kwonly_params[-1])]
        return updated_node.with_changes(**changes)

    def leave_Call(self, original_node: cst.Call, updated_node: cst.Call) -> cst.BaseExpression:
        args = list(updated_node.args)
        if self._spelled(original_node.func) == "":
            return args[0].value
        at = next((i for i, a in enumerate(args) if a.keyword is None and m.matches(a.value, _KEYS)), len(args))
        kept = [a for a in args[:at] if a.keyword is None or a.keyword.value != "rngs"]
        if len(kept) == len(args):
            return updated_node
        if kept:
            kept[-1] = kept[-1].with_changes(comma=cst.MaybeSentinel.DEFAULT)
        return updated_node.with_changes(args=kept)

    def leave_SimpleStatementLine(
        self, original_node: cst.SimpleStatementLine, updated_node: cst.SimpleStatementLine
    ) -> cst.SimpleStatementLine | cst.RemovalSentinel:
        first = original_node.body[0]
        gone = isinstance(first, cst.Assign) and m.matches(first.targets[0].target, _KEYS | m.Name("deterministic"))
        return cst.RemoveFromParent() if gone else updated_node

    def leave_DictElement(
        self, original_node: cst.DictElement, updated_node: cst.DictElement
    ) -> cst.DictElement | cst.RemovalSentinel:
        return cst.RemoveFromParent() if m.matches(original_node.value, _KEYS) else updated_node

    def leave_With(self, original_node: cst.With, updated_node: cst.With) -> Any:
        keys = m.matches(original_node.items[0].item, m.Call(func=m.Name("drawing_from")))
        return cst.FlattenSentinel(updated_node.body.body) if keys else updated_node

    def leave_UnaryOperation(
        self, original_node: cst.UnaryOperation, updated_node: cst.UnaryOperation
    ) -> cst.BaseExpression:
        if isinstance(original_node.operator, cst.Not) and m.matches(original_node.expression, _MODE):
            return _attribute("is_training")
        return updated_node

    def leave_Attribute(self, original_node: cst.Attribute, updated_node: cst.Attribute) -> cst.BaseExpression:
        if m.matches(original_node, _MODE):
            return cst.UnaryOperation(cst.Not(), _attribute("is_training"))
        name = self._spelled(original_node)
        return updated_node if not name else cst.parse_expression(name)

    def _spelled(self, node: cst.BaseExpression) -> str | None:
        """The new name of ``nnx.Module`` and the like, None for other expressions."""
        if not isinstance(node, cst.Attribute) or not isinstance(node.value, cst.Name):
            return None
        return self.names.get(f"{node.value.value}.{node.attr.value}")


def _attribute(name: str) -> cst.Attribute:
    return cst.Attribute(cst.Name("self"), cst.Name(name))


def _kept(params: Sequence[cst.Param]) -> list[cst.Param]:
    kept = [p for p in params if p.name.value != "rngs"]
    if kept and len(kept) < len(params):
        kept[-1] = _last(kept[-1], params[-1])
    return kept


def _last(param: cst.Param, model: cst.Param) -> cst.Param:
    """A parameter laid out as the one that was last."""
    return param.with_changes(comma=model.comma, whitespace_after_param=model.whitespace_after_param)
