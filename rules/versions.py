"""``NumpyVersion(np.__version__) >= "2.0"`` -> ``True``: the tables describe one version of the source framework.

PyTorch's version compares as https://peps.python.org/pep-0440 says, with strings and with tuples; those of the other
frameworks are plain strings, as in the source.
"""

from __future__ import annotations

import ast
import operator
from collections.abc import Callable
from typing import Any

import libcst as cst
from packaging.version import InvalidVersion, Version

from ..s2s import nodes
from .base import rule
from .references import constant_name

_PARSERS = frozenset((
    "numpy.lib.NumpyVersion", "packaging.version.Version", "packaging.version.parse", "pkg_resources.parse_version",
    "torch.torch_version.TorchVersion",
))  # fmt: skip
_KINDS = ("text", "pep440")
_COMPARES: dict[type[cst.BaseCompOp], Callable[[Any, Any], bool]] = {
    cst.Equal: operator.eq, cst.NotEqual: operator.ne, cst.LessThan: operator.lt, cst.LessThanEqual: operator.le,
    cst.GreaterThan: operator.gt, cst.GreaterThanEqual: operator.ge,
}  # fmt: skip


@rule(cst.Comparison)
def version_comparison(node: cst.Comparison, ctx) -> cst.BaseExpression | None:
    """A comparison of the source framework's version with a literal is what it is for the version of the tables."""
    if len(node.comparisons) != 1 or type(node.comparisons[0].operator) not in _COMPARES:
        return None
    sides = (node.left, node.comparisons[0].comparator)
    entries = [entry for entry in (_version_entry(side, ctx) for side in sides) if entry is not None]
    if len(entries) != 1:
        return None
    left, right = (_value(side, ctx) for side in sides)
    if isinstance(left, Version) or isinstance(right, Version):
        left, right = _parsed(left), _parsed(right)
    if left is None or type(left) is not type(right):
        return None
    ctx.count("approximate")
    ctx.note(node, "S2S200", entries[0].native, f"compared as {ast.literal_eval(entries[0].fold)}, {entries[0].note}")
    found = cst.Name("True" if _COMPARES[type(node.comparisons[0].operator)](left, right) else "False")
    return found.with_changes(lpar=node.lpar, rpar=node.rpar) if node.lpar else found


def _version_entry(node: cst.BaseExpression, ctx):
    """The table's entry of the version that an operand is or is made of."""
    if isinstance(node, cst.Call) and len(node.args) == 1 and ctx.name_of(node.func) in _PARSERS:
        return _version_entry(node.args[0].value, ctx)
    name = ctx.name_of(node) or constant_name(node, ctx)
    entry = ctx.source.find(name) if name and ctx.foreign(name) else None
    return entry if entry is not None and entry.kind in _KINDS else None


def _value(node: cst.BaseExpression, ctx) -> Version | str | tuple[int | str, ...] | None:
    """What an operand compares as; None when that is not known."""
    if isinstance(node, cst.Call) and len(node.args) == 1 and ctx.name_of(node.func) in _PARSERS:
        return _parsed(_value(node.args[0].value, ctx))
    entry = _version_entry(node, ctx)
    if entry is not None:
        value = ast.literal_eval(entry.fold)
        return Version(value) if entry.kind == "pep440" else value
    try:
        value = ast.literal_eval(nodes.code(node))
    except (SyntaxError, ValueError):
        return None
    plain = isinstance(value, str) or isinstance(value, tuple) and all(isinstance(part, (int, str)) for part in value)
    return value if plain else None


def _parsed(value: Version | str | tuple[int | str, ...] | None) -> Version | None:
    if value is None or isinstance(value, Version):
        return value
    try:
        return Version(value if isinstance(value, str) else ".".join(map(str, value)))
    except InvalidVersion:
        return None
