"""Losses of values that other functions computed of a model and kept: ``model.saved.append(log_prob)``.

PyTorch keeps how such values were computed; elsewhere they are constants, and the gradient would lack their part.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

import libcst as cst

from ..s2s.dataflow import bound_names, dotted_path, paths_read
from ..s2s.walk import below
from .cut_values import cut_names
from .gradient_flow import flowing_names, flowing_statements, reached_names
from .loss_region import Region, is_constant_block, module_paths

_KEEPING = frozenset("append appendleft extend insert".split())
# Methods of modules and of what they hold that compute nothing of parameters.
_IDLE = _KEEPING | frozenset("clear copy eval train zero_grad to cuda cpu state_dict load_state_dict apply pop".split())
_SCOPES = (cst.Module, cst.ClassDef, cst.FunctionDef)
_CONSTANT = ("no_grad", "inference_mode")


def kept_problem(region: Region, ctx) -> str:
    """Why a loss lacks the gradients of values that were kept before, '' when it reads none."""
    statements = [*region.inside, *(cst.Expr(loss) for loss in region.losses)]
    bound = {name for node in region.inside for name in bound_names(node)}
    cut = cut_names(statements, ctx)
    constant = [node for node in region.inside if is_constant_block(node, ctx)]
    running = _running(statements, ctx)
    for node in statements:
        for path, each in paths_read(node) if node not in constant else ():
            if id(each) in cut or path in bound:
                continue
            keepers = _kept(ctx).get(_key(path), set())
            if keepers and not keepers & running:
                return f"'{path}' holds what '{min(keepers)}' computed of parameters, whose gradient is not kept"
    return ""


def _running(statements: Sequence[cst.CSTNode], ctx) -> set[str]:
    """The functions that a loss calls, by their last names, with those of modules that it calls."""
    modules = module_paths(ctx.whole) | ctx.infer.global_modules(ctx.module)
    paths = {dotted_path(call.func) for call in _calls(statements)}
    found = {_last(path) for path in paths} | ({"forward"} if paths & modules else set())
    todo = [*found]
    while todo:
        new = ctx.module.calls.get(todo.pop(), frozenset()) - found
        found |= new
        todo += new
    return found


def _kept(ctx) -> dict[str, set[str]]:
    """Attributes (``.saved``) and global names that are given values with gradients, with the functions that do so."""
    found = ctx.kept_graphs
    if found is None:
        found = ctx.kept_graphs = {}
        modules = module_paths(ctx.whole) | ctx.infer.global_modules(ctx.module)
        for name, in_module, body in _functions(ctx.whole, "", ctx):
            own = {each for line in body for each in bound_names(line)}
            for path in _given(body, modules if in_module else modules - {"self"}, ctx):
                if "." in path or path not in own:
                    found.setdefault(_key(path), set()).add(name)
    return found


def _key(path: str) -> str:
    return f".{_last(path)}" if "." in path else path


def _given(body: Sequence[cst.CSTNode], modules: frozenset[str], ctx) -> Iterator[str]:
    """The paths that a function gives values that depend on parameters."""
    lines = flowing_statements(body, ctx)
    seeds = {name for line in lines if _computes(line, modules) for name in bound_names(line)}
    reached = reached_names(seeds, body, (), ctx) if seeds else set()
    for line in lines:
        for call in _calls([line]):
            owner, _, method = dotted_path(call.func).rpartition(".")
            given = [arg.value for arg in call.args]
            if owner and method in _KEEPING and _flows(given, reached, modules, ctx):
                yield owner
        for assign in (each for each in below(line) if isinstance(each, cst.Assign)):
            paths = [path for target in assign.targets if "." in (path := dotted_path(target.target))]
            if paths and _flows([assign.value], reached, modules, ctx):
                yield from paths


def _flows(given: Iterable[cst.CSTNode], reached: set[str], modules: frozenset[str], ctx) -> bool:
    return any(flowing_names(each, ctx) & reached or _computes(each, modules) for each in given)


def _computes(node: cst.CSTNode, modules: frozenset[str]) -> bool:
    """Whether a piece of code calls a module, or a method of one that may compute of its parameters."""
    paths = (dotted_path(call.func) for call in _calls([node]))
    return any(path in modules or path.rpartition(".")[0] in modules and _last(path) not in _IDLE for path in paths)


def _functions(node: cst.CSTNode, owner: str, ctx) -> Iterator[tuple[str, bool, Sequence[cst.CSTNode]]]:
    """The functions of a file whose values have gradients: their last names, and whether a module's class has them."""
    for each in getattr(node.body, "body", node.body) if isinstance(node, _SCOPES) else ():
        if isinstance(each, cst.ClassDef):
            yield from _functions(each, each.name.value, ctx)
        elif isinstance(each, cst.FunctionDef):
            marks = {_last(dotted_path(_called(mark.decorator))) for mark in each.decorators}
            name = each.name.value
            if not marks.intersection(_CONSTANT) and name != "__init__":
                in_module = bool(owner) and ctx.threading.is_module(f"{ctx.module.name}.{owner}")
                own = owner and not in_module and name == "forward"
                yield f"{owner}.{name}" if own else name, in_module, each.body.body
            yield from _functions(each, owner, ctx)


def _called(node: cst.BaseExpression) -> cst.BaseExpression:
    return node.func if isinstance(node, cst.Call) else node


def _calls(statements: Iterable[cst.CSTNode]) -> list[cst.Call]:
    return [each for node in statements for each in (node, *below(node)) if isinstance(each, cst.Call)]


def _last(path: str) -> str:
    return path.rpartition(".")[2]
