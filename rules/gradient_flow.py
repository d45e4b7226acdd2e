"""Which names of a function may depend on its inputs in ways that gradients flow through."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence

import libcst as cst

from ..s2s import nodes
from ..s2s.dataflow import bound_names, changed_names, inner_bodies, paths_read
from ..s2s.gradient_helpers import GradientHelper
from .changed_arguments import argument_places, callee
from .loss_region import is_constant_block

_CUTTING = frozenset("detach item numpy tolist size dim numel".split())  # methods whose results have no gradient
_WITHOUT = frozenset("data shape grad dtype device requires_grad ndim".split())


def reached_names(inputs: Collection[str], body: Sequence[cst.CSTNode], known: Collection[int], ctx) -> set[str]:
    """The names that may depend on inputs by statements of a function other than some that are known by ``id``."""
    statements = [line for line in flowing_statements(body, ctx) if id(line) not in known]
    flows = [(flowing_names(line, ctx), set_by(line)) for line in statements]
    reached = {*inputs}
    for _ in flows:
        grown = {name for read, own in flows if read & reached for name in own}
        if grown <= reached:
            break
        reached |= grown
    return reached


def flowing_statements(body: Sequence[cst.CSTNode], ctx) -> list[cst.CSTNode]:
    """The statements of a function but for those of blocks whose values are constants."""
    constant = {id(line) for block in all_below(body) if is_constant_block(block, ctx) for line in leaves([block])}
    return [line for line in leaves(body) if id(line) not in constant]


def flowing_names(node: cst.CSTNode, ctx) -> frozenset[str]:
    """The names that a statement reads, without those of which it keeps no gradient: ``x.detach()``, ``x.shape``."""
    cut = cut_names(node, ctx)
    return frozenset(path for path, each in paths_read(node) if "." not in path and id(each) not in cut)


def cut_names(node: cst.CSTNode, ctx) -> frozenset[int]:
    """The names (as nodes) that a statement reads without keeping a gradient of them."""
    finder = _Cut(ctx)
    node.visit(finder)
    return frozenset(id(each) for part in finder.found for _, each in paths_read(part))


class _Cut(cst.CSTVisitor):
    """Collects the expressions whose values have no gradient."""

    def __init__(self, ctx) -> None:
        super().__init__()
        self.ctx = ctx
        self.found: list[cst.CSTNode] = []

    def visit_Call(self, node: cst.Call) -> bool:
        method = node.func.attr.value if isinstance(node.func, cst.Attribute) else ""
        args = gradient_arguments(node, self.ctx) if is_gradient(node, self.ctx) else {}
        if args and graph_argument(args) is None or method in _CUTTING:
            self.found.append(node)
            return False
        return True

    def visit_Attribute(self, node: cst.Attribute) -> bool:
        if node.attr.value in _WITHOUT:
            self.found.append(node)
            return False
        return True


def is_gradient(call: cst.Call, ctx) -> bool:
    """Whether a call is one of ``torch.autograd.grad``, or of a function that does nothing but call it."""
    entry = ctx.source.find(ctx.name_of(call.func))
    if entry is None:
        return called_helper(call, ctx) is not None
    return entry.op == "gradient_of_inputs" and bool(call.args)


def called_helper(call: cst.Call, ctx) -> GradientHelper | None:
    """What a call of a function of the project takes the gradient of, where that does nothing else."""
    info = callee(call, ctx) if ctx.source.name == "torch" else None
    return info.gradient if info is not None else None


def _of_helper(call: cst.Call, helper: GradientHelper, ctx) -> dict[str, cst.BaseExpression]:
    info = callee(call, ctx)
    given = (argument_places(call, info, ctx) if info is not None else None) or {}
    if not {helper.outputs, *helper.inputs} <= given.keys():
        return {}
    inputs = [given[name] for name in helper.inputs]
    found = {"outputs": given[helper.outputs]}
    found["inputs"] = inputs[0] if len(inputs) == 1 else cst.List([cst.Element(each) for each in inputs])
    if helper.weights in given:
        found["grad_outputs"] = given[helper.weights]
    flags = {"create_graph": helper.created, "allow_unused": helper.unused}
    return found | {name: cst.Name("True") for name, flag in flags.items() if flag}


def gradient_arguments(call: cst.Call, ctx) -> dict[str, cst.BaseExpression]:
    """The arguments of such a call by their names, none where they are not known."""
    helper = called_helper(call, ctx)
    if helper is not None:
        return _of_helper(call, helper, ctx)
    lifted = ctx.infer.lifted(call)
    return lifted[1] if lifted is not None else {}


def graph_argument(args: dict[str, cst.BaseExpression]) -> cst.BaseExpression | None:
    """What says that a gradient may be differentiated again, None where it is a constant."""
    created = args.get("create_graph")
    return None if created is None or nodes.code(created) in ("False", "None") else created


def set_by(line: cst.CSTNode) -> set[str]:
    """The names that a statement binds or changes, but for ``self``."""
    return {*bound_names(line)} | changed_names(line) - {"self"}


def leaves(body: Sequence[cst.CSTNode]) -> Iterator[cst.CSTNode]:
    """The statements of a function without those of functions inside of it; of blocks their own statements."""
    for line in body:
        if isinstance(line, (cst.FunctionDef, cst.ClassDef)):
            continue
        inner = list(inner_bodies(line))
        for each in inner:
            yield from leaves(each)
        if not inner:
            yield line


def statements_before(block: Sequence[cst.CSTNode], body: Sequence[cst.CSTNode]) -> list[cst.BaseStatement]:
    """The statements of a function that stand before one of its blocks, of each block around this one."""
    return [line for line, _ in _placed_before(block, body)]


def containers(block: Sequence[cst.CSTNode], body: Sequence[cst.CSTNode]) -> list[cst.BaseStatement]:
    """For each statement before a block the one of the same block that the block is in."""
    return [around for _, around in _placed_before(block, body)]


def _placed_before(
    block: Sequence[cst.CSTNode], body: Sequence[cst.CSTNode]
) -> list[tuple[cst.BaseStatement, cst.BaseStatement]]:
    for place, line in enumerate(body):
        if block and line is block[0]:
            return []
        for inner in inner_bodies(line):
            if block and any(each is block[0] for each in all_below(inner)):
                return [*((each, line) for each in body[:place]), *_placed_before(block, inner)]
    return []


def all_below(body: Sequence[cst.CSTNode]) -> Iterator[cst.CSTNode]:
    """The statements of a block and those of the blocks in it."""
    for line in body:
        yield line
        for inner in inner_bodies(line):
            yield from all_below(inner)
