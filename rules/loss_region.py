"""Which statements make up a loss: from the first that depends on parameters to ``loss.backward()``.

Statements in between that the loss does not need are moved: before it when they read nothing of it, after it otherwise.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

import libcst as cst

from ..s2s.dataflow import bare_calls, bound_names, changed_names, dotted_path, paths_read, read_names
from ..s2s.lift import same_literal
from ..s2s.nodes import code

# Methods that only modules have, called on a path: what it holds is a module.
_MODULE_METHODS = frozenset("parameters named_parameters train eval modules named_modules buffers".split())


@dataclass(frozen=True, slots=True)
class Unclear:
    """Why statements cannot be made a loss function."""

    reason: str
    hint: str = "write a function that returns the loss, and take its gradient"


@dataclass(frozen=True, slots=True)
class Region:
    """A loss function in the making: the statements before, in and after it, and the losses whose sum it returns."""

    before: tuple[cst.BaseStatement, ...]
    inside: tuple[cst.BaseStatement, ...]
    after: tuple[cst.BaseStatement, ...]
    losses: tuple[cst.BaseExpression, ...]
    constant: frozenset[int]


def backward_loss(node: cst.BaseStatement, ctx) -> cst.BaseExpression | None:
    """``loss`` of the statement ``loss.backward()``, also of ``scaler.scale(loss).backward()``; None for others."""
    call = statement_call(node)
    if call is None or not isinstance(call.func, cst.Attribute) or call.func.attr.value != "backward":
        return None
    owner = call.func.value
    if ctx.kind(owner).tag not in ("array", "unknown") or ctx.name_of(call.func):
        return None
    if is_scaled(owner, ctx):
        return owner.args[0].value
    return owner


def takes_gradients(node: cst.BaseStatement) -> bool:
    """Whether a statement, or one in a branch of it, calls ``backward``."""
    if not isinstance(node, (cst.SimpleStatementLine, cst.If)):
        return False
    methods = (call.func.attr.value for _, call in bare_calls([node]) if isinstance(call.func, cst.Attribute))
    return "backward" in methods


def is_scaled(node: cst.BaseExpression, ctx) -> bool:
    """Whether what ``backward`` is called on is ``scaler.scale(loss)``."""
    if not isinstance(node, cst.Call) or not isinstance(node.func, cst.Attribute) or len(node.args) != 1:
        return False
    kind = ctx.kind(node.func.value)
    return node.func.attr.value == "scale" and (kind.tag == "unknown" or ctx.infer.is_object(kind, "scaling"))


def backward_problem(node: cst.BaseStatement) -> str:
    """Why the arguments of ``backward`` cannot be converted, '' when they can."""
    call = statement_call(node)
    assert call is not None
    for arg in call.args:
        name = arg.keyword.value if arg.keyword is not None else "gradient"
        if name == "retain_graph" or same_literal(code(arg.value), "False") or same_literal(code(arg.value), "None"):
            continue
        return f"argument '{name}' of backward is not converted"
    return ""


def statement_call(node: cst.CSTNode) -> cst.Call | None:
    """The call of a line that is nothing but a call."""
    if isinstance(node, cst.SimpleStatementLine) and len(node.body) == 1:
        node = node.body[0]
    if isinstance(node, cst.Expr) and isinstance(node.value, cst.Call):
        return node.value
    return None


@lru_cache(maxsize=64)
def module_paths(whole: cst.CSTNode) -> frozenset[str]:
    """The dotted paths on which methods of modules are called in a piece of code."""
    found = set()
    for path, _ in paths_read(whole):
        owner, _, last = path.rpartition(".")
        if owner and last in _MODULE_METHODS:
            found.add(owner)
    return frozenset(found)


class Parameters:
    """Which expressions may depend on parameters."""

    def __init__(self, modules: frozenset[str], ctx, arrays: frozenset[str] = frozenset()) -> None:
        self.modules = modules
        self.arrays = arrays  # names of arrays that an optimizer trains
        self.ctx = ctx
        self.tainted: set[str] = set()

    def is_module(self, path: str, node: cst.BaseExpression) -> bool:
        """Whether a path holds a module, or an array that is trained."""
        if path in self.arrays:
            return True
        kind = self.ctx.kind(node)
        if self.ctx.infer.is_layer(kind):
            return not self.ctx.infer.is_stateless(kind)
        return kind.tag == "unknown" and path in self.modules

    def reads_module(self, node: cst.CSTNode, cut: frozenset[int] = frozenset()) -> bool:
        """Whether a piece of code reads a module or what was computed of one; ``cut`` are names that do not count."""
        cut = cut | self._given_to_host(node) | self._of_numbers(node)
        reads = ((path, each) for path, each in paths_read(node) if id(each) not in cut)
        return any(path in self.tainted or self.is_module(path, each) for path, each in reads)

    def _given_to_host(self, node: cst.CSTNode) -> frozenset[int]:
        """The names (as nodes) in what functions of NumPy are given: their results have no gradient."""
        finder = _Calls()
        node.visit(finder)
        calls = [call for call in finder.found if self.ctx.name_of(call.func).partition(".")[0] == "numpy"]
        return frozenset(id(each) for call in calls for arg in call.args for _, each in paths_read(arg))

    def _of_numbers(self, node: cst.CSTNode) -> frozenset[int]:
        """The names (as nodes) in attributes that are numbers, or are assigned: ``model`` in ``model.hidden_size``."""
        held = [each for path, each in paths_read(node) if "." in path and self.ctx.kind(each).tag in _PLAIN]
        small = node.body if isinstance(node, cst.SimpleStatementLine) else ()
        targets = [target.target for each in small if isinstance(each, cst.Assign) for target in each.targets]
        held += [target for target in targets if dotted_path(target)]
        return frozenset(id(part) for each in held for _, part in paths_read(each))

    def reaches(self, node: cst.CSTNode) -> bool:
        """Whether a piece of code reads a module or what was computed of one, or calls what may hold one."""
        if self.reads_module(node):
            return True
        finder = _Calls()
        node.visit(finder)
        return any(self._may_hold(call) for call in finder.found)

    def _may_hold(self, call: cst.Call) -> bool:
        """Whether what is called may use parameters that the code does not show."""
        func = call.func
        name, kind = self.ctx.name_of(func), self.ctx.kind(func)
        if name:
            entry = self.ctx.source.find(name)
            if entry is not None and self.ctx.infer.is_hub_layer(entry.op):
                return False
            return self.ctx.project.function(name) is not None and self._may_use_global_modules(name)
        if kind.tag in ("class", "function"):
            return kind.tag == "function"
        return isinstance(func, cst.Name) or dotted_path(func).startswith("self.")


    def _may_use_global_modules(self, name: str) -> bool:
        """Whether a function of the project, or one that it calls, may use modules that are global names."""
        todo, seen = [name], set()
        while todo:
            name = todo.pop()
            if name in seen or not self.ctx.infer.may_use_global_modules(name):
                continue
            seen.add(name)
            owner, _, last = name.rpartition(".")
            found = [line for line in self.ctx.top if isinstance(line, cst.FunctionDef) and line.name.value == last]
            if owner != self.ctx.module.name or len(found) != 1:
                return True
            reads = read_names(found[0].body)
            if reads & self.ctx.infer.global_modules(self.ctx.module):
                return True
            known = (self.ctx.module.names.get(each) for each in reads)
            todo += [self.ctx.project.canonical(kind.name) for kind in known if kind is not None and kind.tag == "ref"]
        return False


class _Calls(cst.CSTVisitor):
    def __init__(self) -> None:
        super().__init__()
        self.found: list[cst.Call] = []

    def visit_Call(self, node: cst.Call) -> None:
        self.found.append(node)


def is_constant_block(node: cst.BaseStatement, ctx) -> bool:
    """Whether a statement is ``with torch.no_grad():``, whose values are constants for gradients."""
    if not isinstance(node, cst.With) or len(node.items) != 1:
        return False
    item = node.items[0].item
    entry = ctx.source.find(ctx.name_of(item.func if isinstance(item, cst.Call) else item))
    return entry is not None and entry.context == "drop" and entry.native in _CONSTANT


_CONSTANT = ("torch.no_grad", "torch.inference_mode", "torch.autograd.no_grad", "torch.autograd.inference_mode")


def region_of(
    statements: Sequence[cst.BaseStatement], losses: Sequence[cst.BaseExpression], backs: frozenset[int],
    parameters: Parameters, ctx,
) -> Region | Unclear:  # fmt: skip
    """Sort the statements up to the last ``backward`` into those before, in and after the loss function."""
    needed = _needed(statements, losses, backs)
    first = _first(statements, needed, parameters, ctx)
    if first is None:
        return Unclear("the loss depends on no module that is known")
    inside = [s for i, s in enumerate(statements) if i >= first and i in needed]
    before, after = list(statements[:first]), []
    bound: set[str] = set()
    for index in range(first, len(statements)):
        node = statements[index]
        if index in needed:
            problem = leaving_problem(node)
            if problem:
                return Unclear(problem)
            bound.update(bound_names(node))
        elif index not in backs and _is_check(node) and read_names(node) & bound:
            inside.append(node)  # of a value that the loss may give another one later
        elif index not in backs:
            problem = _unmovable(node, _bound_later(index, needed, statements), parameters)
            if problem:
                return Unclear(problem)
            reads, own = read_names(node), {*bound_names(node)} | changed_names(node)
            waits = any(reads & {*bound_names(s)} or own & read_names(s) for s in after)
            rebinds = own & {name for s in statements[first:index] for name in read_names(s)}
            (after if reads & bound or waits or rebinds else before).append(node)
    order = {id(node): place for place, node in enumerate(statements)}
    inside.sort(key=lambda node: order[id(node)])
    outer = sorted({name for s in inside for name in changed_names(s)} - bound)
    if outer and ctx.target.name == "jax":
        return Unclear(f"the loss changes '{outer[0]}', which is made before it", "keep it in a variable of its own")
    constant = frozenset(id(s) for s in inside if is_constant_block(s, ctx))
    return Region(tuple(before), tuple(inside), tuple(after), tuple(losses), constant)


def _is_check(node: cst.BaseStatement) -> bool:
    """Whether a statement is an assertion, which may stand anywhere."""
    return isinstance(node, cst.SimpleStatementLine) and all(isinstance(each, cst.Assert) for each in node.body)


def _bound_later(index: int, needed: set[int], statements: Sequence[cst.BaseStatement]) -> frozenset[str]:
    """The names that the statements of a loss bind after an index."""
    return frozenset(name for i in needed if i > index for name in bound_names(statements[i]))


def _unmovable(node: cst.BaseStatement, rebound: frozenset[str], parameters: Parameters) -> str:
    """Why a statement between those of a loss cannot stand before or after them, '' when it can."""
    anew = sorted(read_names(node) & rebound)
    if anew:
        return f"'{anew[0]}' is read between the statements of the loss, which give it another value later"
    for path, each in paths_read(node):
        owner, _, method = path.rpartition(".")
        held = each.value if isinstance(each, cst.Attribute) else each
        if owner and method not in _READING and parameters.is_module(owner, held):
            return f"'{path}' stands between the statements of the loss, and may change what they compute"
    return ""


_PLAIN = ("int", "float", "bool", "str")
# Methods and attributes of modules that change nothing that a loss depends on.
_READING = frozenset("parameters named_parameters modules named_modules buffers state_dict zero_grad training".split())


def _needed(
    statements: Sequence[cst.BaseStatement], losses: Sequence[cst.BaseExpression], backs: frozenset[int]
) -> set[int]:
    """The indices of the statements that the losses are computed by."""
    wanted = {name for loss in losses for name in read_names(loss)}
    needed: set[int] = set()
    for index in range(len(statements) - 1, -1, -1):
        node = statements[index]
        if index in backs:
            continue
        names = {*bound_names(node)} | changed_names(node)
        if names & wanted and not isinstance(node, (cst.FunctionDef, cst.ClassDef)):
            needed.add(index)
            wanted |= read_names(node)
    return needed


def _first(
    statements: Sequence[cst.BaseStatement], needed: set[int], parameters: Parameters, ctx
) -> int | None:
    """The index of the first statement that must stand in the loss function."""
    first = None
    changed: set[str] = set()
    for index in sorted(needed):
        node = statements[index]
        constant = first is None and is_constant_block(node, ctx)
        if not constant and parameters.reaches(node):
            parameters.tainted.update(bound_names(node), changed_names(node))
            first = index if first is None else first
        if first is not None:
            changed |= changed_names(node)
    for index in sorted(needed):
        if first is not None and index < first and {*bound_names(statements[index])} & changed:
            return index
    return first


def leaving_problem(node: cst.BaseStatement) -> str:
    """Why a statement cannot stand in a loss function, '' when it can."""
    finder = _Leaving()
    node.visit(finder)
    if finder.found:
        return f"'{finder.found}' leaves the statements that compute the loss"
    return ""


class _Leaving(cst.CSTVisitor):
    """Finds what cannot be moved into a function: jumps out of it, and assignments to attributes of outer objects."""

    def __init__(self) -> None:
        super().__init__()
        self.found = ""
        self.loops = 0

    def visit_Return(self, node: cst.Return) -> None:
        self.found = "return"

    def visit_Yield(self, node: cst.Yield) -> None:
        self.found = "yield"

    def visit_Await(self, node: cst.Await) -> None:
        self.found = "await"

    def visit_For(self, node: cst.For) -> None:
        self.loops += 1

    def leave_For(self, original_node: cst.For) -> None:
        self.loops -= 1

    def visit_While(self, node: cst.While) -> None:
        self.loops += 1

    def leave_While(self, original_node: cst.While) -> None:
        self.loops -= 1

    def visit_Break(self, node: cst.Break) -> None:
        self.found = self.found or ("" if self.loops else "break")

    def visit_Continue(self, node: cst.Continue) -> None:
        self.found = self.found or ("" if self.loops else "continue")

    def visit_FunctionDef(self, node: cst.FunctionDef) -> bool:
        return False

    def visit_Lambda(self, node: cst.Lambda) -> bool:
        return False
