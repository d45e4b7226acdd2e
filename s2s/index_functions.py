"""The functions of one module: their parameters, what they use and give back."""

from __future__ import annotations

import ast
from abc import ABC, abstractmethod
from collections.abc import Iterator

from .changing_layers import ChangingLayers, first_calls, has_true
from .gradient_helpers import gradient_helper
from .index_names import NameIndex
from .kinds import (
    UNKNOWN,
    Kind,
)
from .masks import with_masks
from .mutations import altered_parameters, changed_parameters, filled_parameter
from .project import FunctionInfo, ParamInfo
from .receivers import AXES, ITEM_IS, SIZE_CALL, STRING_KEY
from .walk import imported_names, is_self


class FunctionIndex(NameIndex, ABC):
    """Summarises functions and methods."""

    @abstractmethod
    def _locals(self, body: list[ast.stmt], prefix: str) -> None:
        """Summarise the functions and classes inside a function."""

    def _function(self, node: ast.FunctionDef | ast.AsyncFunctionDef, prefix: str, local: bool = False) -> FunctionInfo:
        path = f"{prefix}{node.name}"
        below = self.below(node)
        uses = _parameter_uses(node, below)
        self._first_arguments(node, uses)
        params = []
        plain = [*node.args.posonlyargs, *node.args.args]
        defaults = [None] * (len(plain) - len(node.args.defaults)) + list(node.args.defaults)
        for arg, default in zip(plain, defaults, strict=True):
            params.append(self._param(arg, default, uses))
        if node.args.vararg:
            params.append(self._param(node.args.vararg, None, uses, star="*"))
        for arg, default in zip(node.args.kwonlyargs, node.args.kw_defaults, strict=True):
            params.append(self._param(arg, default, uses, keyword_only=True))
        if node.args.kwarg:
            params.append(self._param(node.args.kwarg, None, uses, star="**"))
        training, calls, constructs = self._body_facts(node)
        info = FunctionInfo(
            name=f"{self.name}.{path}",
            params=tuple(params),
            returns=with_masks(self._annotated(node.returns) or self._given_back(node, prefix, below), node, below),
            decorators=tuple(
                self._resolve(d.func if isinstance(d, ast.Call) else d) or ast.unparse(d) for d in node.decorator_list
            ),
            reads_training=training,
            self_calls=calls,
            constructs=constructs,
            local=local,
            changes=changed_parameters(node, below),
            alters=altered_parameters(node, below) if self.returns_changed else {},
            fills=filled_parameter(node, below),
            imported_too=_imported_too(below),
            hands_on=any(map(is_self, (a for call in below.get(ast.Call, ()) for a in call.args))),
            changing=self._changing_layers(below),
            first_calls=first_calls(node, below),
            gradient=gradient_helper(node, self._resolve) if len(node.body) < 5 else None,
        )
        self.functions[path] = info
        self._locals(node.body, f"{path}.<locals>.")
        return info

    def _changing_layers(self, below: dict[type, list]) -> dict[str, str]:
        """The names that are given layers that change their argument in place."""
        if not has_true(below.get(ast.Call, ())):
            return {}
        return ChangingLayers(below, self._resolve, self.known.find).held()

    def _given_back(self, node: ast.FunctionDef | ast.AsyncFunctionDef, prefix: str, below: dict[type, list]) -> Kind:
        """What a plain function of a module without annotation gives back: results of calls, directly or by name."""
        alone = len(below.get(ast.FunctionDef, ())) == 1 and not (below.keys() & {ast.Yield, ast.YieldFrom, ast.Lambda})
        if prefix or node.decorator_list or node.returns is not None or not alone or ast.AsyncFunctionDef in below:
            return UNKNOWN
        values = [self._bound_once(inner.value, node, below) for inner in below.get(ast.Return, ())]
        kinds = dict.fromkeys(self._kind(value) if isinstance(value, ast.Call) else UNKNOWN for value in values)
        return Kind("given_back", items=tuple(kinds)) if kinds and all(k.tag == "result" for k in kinds) else UNKNOWN

    def _bound_once(
        self, value: ast.expr | None, node: ast.FunctionDef | ast.AsyncFunctionDef, below: dict[type, list]
    ) -> ast.expr | None:
        """What a name is that a function surely binds, in one place alone; any other expression itself."""
        if not isinstance(value, ast.Name):
            return value
        stored = [n for n in below.get(ast.Name, ()) if n.id == value.id and not isinstance(n.ctx, ast.Load)]
        bound = [n for n in below.get(ast.Assign, ()) if len(n.targets) == 1 and n.targets[0] in stored]
        return bound[0].value if len(stored) == len(bound) == 1 and bound[0] in node.body else None

    def _first_arguments(self, node: ast.FunctionDef | ast.AsyncFunctionDef, uses: dict[str, set[str]]) -> None:
        """Note ``torch.abs()`` as a use of a parameter that is never rebound and is passed to it first.

        ``torch.abs(+)`` stands for one that is an operand of what is passed.
        """
        names = {a.arg for a in [*node.args.posonlyargs, *node.args.args, *node.args.kwonlyargs]}
        below = self.below(node)
        names -= {n.id for n in below.get(ast.Name, ()) if n.ctx.__class__ is ast.Store}
        for inner in below.get(ast.Call, ()) if names else ():
            if not inner.args or inner.args[0].__class__ not in (ast.Name, ast.BinOp, ast.UnaryOp):
                continue
            mark = "()" if inner.args[0].__class__ is ast.Name else "(+)"
            given = names.intersection(_operands(inner.args[0]))
            function = self._resolve(inner.func) if given else ""
            for name in given if function else ():
                uses.setdefault(name, set()).add(f"{function}{mark}")

    def _param(
        self,
        arg: ast.arg,
        default: ast.expr | None,
        uses: dict[str, set[str]],
        star: str = "",
        keyword_only: bool = False,
    ) -> ParamInfo:
        return ParamInfo(
            name=arg.arg,
            kind=self._annotated(arg.annotation),
            default=None if default is None else self._kind(default),
            attributes=frozenset(uses.get(arg.arg, ())),
            star=star,
            keyword_only=keyword_only,
        )

    def _body_facts(self, node: ast.FunctionDef | ast.AsyncFunctionDef) -> tuple[bool, frozenset[str], frozenset[str]]:
        below = self.below(node)
        training = any(n.attr == "training" and is_self(n.value) for n in below.get(ast.Attribute, ()))
        calls, constructs = set(), set()
        for inner in below.get(ast.Call, ()):
            if isinstance(inner.func, ast.Attribute) and is_self(inner.func.value):
                calls.add(inner.func.attr)
            name = self._resolve(inner.func)
            if name:
                constructs.add(name)
            elif _is_super_init(inner.func):
                constructs.add("super")
        return training, frozenset(calls), frozenset(constructs)


def _imported_too(below: dict[type, list]) -> frozenset[str]:
    """The names that the imports below a function bind and other statements too."""
    imported = {name for node in below.get(ast.ImportFrom, ()) for name in imported_names(node)}
    stored = {n.id for n in below.get(ast.Name, ()) if n.ctx.__class__ is ast.Store} if imported else set()
    return frozenset(imported & stored)


def _is_super_init(node: ast.expr) -> bool:
    return (
        isinstance(node, ast.Attribute)
        and node.attr == "__init__"
        and isinstance(node.value, ast.Call)
        and isinstance(node.value.func, ast.Name)
        and node.value.func.id == "super"
    )


def _parameter_uses(node: ast.FunctionDef | ast.AsyncFunctionDef, below: dict[type, list]) -> dict[str, set[str]]:
    """Attributes that the body reads from each parameter, and marks for items by a string and for ``x.size()``."""
    names = {a.arg for a in [*node.args.posonlyargs, *node.args.args, *node.args.kwonlyargs]}
    uses: dict[str, set[str]] = {}
    made = _made_arrays(below)
    for inner in below.get(ast.Attribute, ()):
        if inner.value.__class__ is ast.Name and inner.value.id in names:
            if inner.lineno > made.get(inner.value.id, inner.lineno):
                continue
            uses.setdefault(inner.value.id, set()).add(inner.attr)
    for inner in below.get(ast.Subscript, ()):
        if inner.value.__class__ is ast.Name and inner.value.id in names:
            if _is_string(inner.slice):
                uses.setdefault(inner.value.id, set()).add(STRING_KEY)
            elif _indexes_axes(inner.slice) and inner.lineno <= made.get(inner.value.id, inner.lineno):
                uses.setdefault(inner.value.id, set()).add(AXES)
    for inner in below.get(ast.Compare, ()):
        held = inner.left.value if inner.left.__class__ is ast.Subscript else None
        if held.__class__ is ast.Name and held.id in names and inner.ops[0].__class__ in (ast.Is, ast.IsNot):
            uses.setdefault(held.id, set()).add(ITEM_IS)
    for inner in below.get(ast.Call, ()):
        called = inner.func
        if called.__class__ is ast.Attribute and called.attr == "size" and called.value.__class__ is ast.Name:
            if called.value.id in uses:
                uses[called.value.id].add(SIZE_CALL)
    return uses


_MAKING = frozenset(("array", "as_tensor", "asanyarray", "asarray", "ascontiguousarray"))


def _made_arrays(below: dict[type, list]) -> dict[str, int]:
    """The names that become arrays of what they were, as in ``x = np.asarray(x)``, and where."""
    found: dict[str, int] = {}
    for node in below.get(ast.Assign, ()):
        target, value = node.targets[0], node.value
        if target.__class__ is not ast.Name or value.__class__ is not ast.Call or not value.args:
            continue
        called, given = value.func, value.args[0]
        name = called.attr if called.__class__ is ast.Attribute else getattr(called, "id", "")
        if name in _MAKING and given.__class__ is ast.Name and given.id == target.id:
            found[target.id] = min(node.lineno, found.get(target.id, node.lineno))
    return found


def _operands(node: ast.expr) -> Iterator[str]:
    """The names that arithmetic is done with."""
    if isinstance(node, ast.Name):
        yield node.id
    elif isinstance(node, ast.UnaryOp):
        yield from _operands(node.operand)
    elif isinstance(node, ast.BinOp):
        yield from _operands(node.left)
        yield from _operands(node.right)


def _indexes_axes(node: ast.expr) -> bool:
    """Whether an index is one that arrays alone take: with slices beside others, new axes, a list of numbers."""
    if isinstance(node, ast.Tuple):
        return any(isinstance(part, ast.Slice) or _is_constant(part, ...) for part in node.elts)
    return isinstance(node, ast.List) and bool(node.elts) and not any(map(_is_string, node.elts))


def _is_constant(node: ast.expr, value: object) -> bool:
    return isinstance(node, ast.Constant) and node.value is value


def _is_string(node: ast.expr) -> bool:
    return isinstance(node, ast.Constant) and isinstance(node.value, str)
