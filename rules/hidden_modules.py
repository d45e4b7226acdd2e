"""Functions and methods that a loss calls, and that use its modules without being given them.

``nnx.value_and_grad`` differentiates the modules that a function is given: what others hold of them is constant there.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

import libcst as cst

from ..s2s.dataflow import read_names
from .loss_region import Parameters, Region, Unclear


def through_methods(
    modules: Sequence[str], others: Sequence[str], region: Region, parameters: Parameters, ctx
) -> tuple[tuple[str, ...], tuple[str, ...], bool]:
    """The modules of a loss that calls methods of ``self``, and whether ``self`` must hold them meanwhile.

    A module whose methods are called is given itself.
    """
    if not any(_is_method(func, ctx) for func in _called(region)):
        return tuple(modules), tuple(others), False
    if ctx.threading.is_module(ctx.scope.cls):
        return ("self",), (), False
    own = [path for path in modules if path.startswith("self.") and not _is_method(_expression(path), ctx)]
    if not own:
        own = sorted(path for path in parameters.modules if path.startswith("self.") and path.count(".") == 1)
        modules = own or modules
    return tuple(modules), tuple(others), bool(own)


def closing_over(modules: Iterable[str], region: Region, ctx) -> Unclear | None:
    """Why the gradient would not be complete: a function that the loss calls uses a module that it is not given."""
    functions = {node.name.value: node for node in _functions(ctx)}
    names = {path.partition(".")[0] for path in modules} - {"self"}
    todo = [func.value for func in _called(region) if isinstance(func, cst.Name)]
    seen: set[str] = set()
    while todo:
        name = todo.pop()
        if name in seen or name not in functions:
            continue
        seen.add(name)
        node = functions[name]
        params = {param.name.value for param in (*node.params.params, *node.params.kwonly_params)}
        reads = read_names(node.body) - params
        if reads & names:
            reason = f"'{name}' uses '{min(reads & names)}', which it is not given"
            return Unclear(reason, f"make '{min(reads & names)}' an argument of '{name}'")
        todo.extend(reads)
    return None


def _functions(ctx) -> Iterator[cst.FunctionDef]:
    """The functions of the module, and those inside of the function at hand."""
    finder = _Functions()
    ctx.enclosing.visit(finder)
    yield from (node for node in ctx.top if isinstance(node, cst.FunctionDef))
    yield from finder.found


class _Functions(cst.CSTVisitor):
    def __init__(self) -> None:
        super().__init__()
        self.found: list[cst.FunctionDef] = []

    def visit_FunctionDef(self, node: cst.FunctionDef) -> bool:
        self.found.append(node)
        return False

    def visit_ClassDef(self, node: cst.ClassDef) -> bool:
        return False


def _expression(path: str) -> cst.BaseExpression:
    return cst.parse_expression(path)


def _is_method(func: cst.BaseExpression, ctx) -> bool:
    """Whether a method of the class at hand is called."""
    own = isinstance(func, cst.Attribute) and isinstance(func.value, cst.Name) and func.value.value == "self"
    if not own or ctx.scope is None or not ctx.scope.cls:
        return False
    return ctx.project.method(ctx.scope.cls, func.attr.value) is not None


def _called(region: Region) -> list[cst.BaseExpression]:
    """What the statements of a loss call."""
    finder = _Called()
    for node in (*region.inside, *(cst.Expr(loss) for loss in region.losses)):
        node.visit(finder)
    return finder.found


class _Called(cst.CSTVisitor):
    def __init__(self) -> None:
        super().__init__()
        self.found: list[cst.BaseExpression] = []

    def visit_Call(self, node: cst.Call) -> None:
        self.found.append(node.func)
