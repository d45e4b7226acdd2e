"""``hk.transform(f)`` of a function that makes layers -> the same of what makes a module: a class, or a function."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TypeGuard

import libcst as cst

from ..infer import Inference
from ..nodes import code
from ..project import Project
from ..table_model import HubOp, Table
from .dialects import HAIKU, NotHoistable
from .tree import below, bound_names, is_docstring, rebuilt

_BLANK = [cst.EmptyLine(indent=False), cst.EmptyLine(indent=False)]
TRANSFORMS = frozenset(("haiku.transform", "haiku.transform_with_state"))


def with_modules(module: cst.Module, project: Project, name: str, table: Table, hub: dict[str, HubOp]) -> cst.Module:
    """The module with makers of modules in place of its functions that are transformed; itself where one cannot be."""
    infer = Inference(project.modules[name], project, table, hub)
    calls = [part for part in below(module) if isinstance(part, cst.Call) and infer.name_of(part.func) in TRANSFORMS]
    decorated = [part for part in below(module) if is_transformed(part, infer)]
    if not calls and not decorated:
        return module
    try:
        made = _Makers(module, infer, calls)
        for function in decorated:
            made.decorated(function)
    except NotHoistable:
        return module
    return rebuilt(module, made.answer)


def is_transformed(node: cst.CSTNode, infer: Inference) -> TypeGuard[cst.FunctionDef]:
    """Whether a function has the decorator ``@hk.transform``, below others of haiku alone."""
    if not isinstance(node, cst.FunctionDef) or not node.decorators:
        return False
    names = [infer.name_of(decorator.decorator) for decorator in node.decorators]
    return names[-1] in TRANSFORMS and all(name == "haiku.without_apply_rng" for name in names[:-1])


class _Makers:
    """What becomes of the functions and lambdas that are transformed."""

    def __init__(self, module: cst.Module, infer: Inference, calls: list[cst.Call]) -> None:
        self.infer = infer
        self.answers: dict[int, cst.CSTNode | list[cst.BaseStatement]] = {}
        self.top = {id(part) for part in module.body}
        functions: dict[str, list[cst.FunctionDef]] = {}
        for part in below(module):
            if isinstance(part, cst.FunctionDef):
                functions.setdefault(part.name.value, []).append(part)
        self.taken = set(bound_names(module)) | set(infer.module.names)
        given: dict[str, set[int]] = {}
        for call in calls:
            if len(call.args) != 1 or call.args[0].star:
                raise NotHoistable("what is transformed is not given alone")
            value = call.args[0].value
            if isinstance(value, cst.Lambda):
                self.answers[id(value)] = _maker_of_lambda(value, infer)
            elif isinstance(value, cst.Name) and len(functions.get(value.value, ())) == 1:
                given.setdefault(value.value, set()).add(id(value))
            else:
                raise NotHoistable("what is transformed is not known")
        for name, places in given.items():
            (function,) = functions[name]
            if _reads(module, name) != places:
                raise NotHoistable("a function that is transformed has other uses")
            self._function(function, places)

    def answer(self, node: cst.CSTNode) -> cst.CSTNode | list[cst.BaseStatement] | None:
        """What stands for a piece of code, where that is something else."""
        return self.answers.get(id(node))

    def decorated(self, node: cst.FunctionDef) -> None:
        """``@hk.transform`` of a function: of a maker, or of a class in a statement of its own."""
        maker = _maker(node, self.infer)
        if maker is not None:
            self.answers[id(node)] = maker
            return
        cls = self._class(node.with_changes(decorators=[]), id(node))
        value: cst.BaseExpression = cls.name
        for decorator in reversed(node.decorators):
            value = cst.Call(decorator.decorator, [cst.Arg(value)])
        line = cst.SimpleStatementLine([cst.Assign([cst.AssignTarget(node.name)], value)], leading_lines=_BLANK)
        self.answers[id(node)] = [cls, line]

    def _function(self, node: cst.FunctionDef, places: set[int]) -> None:
        if node.decorators or node.asynchronous is not None:
            raise NotHoistable("a function that is transformed has decorators")
        maker = _maker(node, self.infer)
        if maker is not None:
            self.answers[id(node)] = maker
            return
        cls = self._class(node, id(node))
        self.answers[id(node)] = cls
        self.answers |= {place: cls.name for place in places}

    def _class(self, node: cst.FunctionDef, place: int) -> cst.ClassDef:
        """The class for a function at the top of the module."""
        name = "".join(word[:1].upper() + word[1:] for word in node.name.value.split("_"))
        name = f"{name}Module" if name in self.taken else name
        if place not in self.top or name in self.taken or bound_names(node.params)["self"]:
            raise NotHoistable("a function inside another one makes layers")
        aliases = [n for n, kind in self.infer.module.names.items() if kind.tag == "ref" and kind.name == "haiku"]
        if not aliases:
            raise NotHoistable("the module class has no name")
        self.taken.add(name)
        return _class_of(node, name, aliases[0])


def _reads(module: cst.Module, name: str) -> set[int]:
    """Where a name is read."""
    bound = {id(part.name) for part in below(module) if isinstance(part, (cst.FunctionDef, cst.Param))}
    names = (part for part in below(module) if isinstance(part, cst.Name) and part.value == name)
    return {id(part) for part in names} - bound


def _class_of(node: cst.FunctionDef, name: str, alias: str) -> cst.ClassDef:
    """The class of modules that compute what a function computes."""
    base = cst.Arg(cst.Attribute(cst.Name(alias), cst.Name("Module")))
    params = node.params.with_changes(params=[cst.Param(cst.Name("self")), *node.params.params])
    method = node.with_changes(name=cst.Name("__call__"), params=params, leading_lines=[])
    return cst.ClassDef(cst.Name(name), cst.IndentedBlock([method]), bases=[base], leading_lines=node.leading_lines)


def _maker(node: cst.FunctionDef, infer: Inference) -> cst.FunctionDef | None:
    """``def f(x): net = Net(3); return net(x)`` -> ``def f(): return Net(3)``; None for other functions."""
    if not isinstance(node.body, cst.IndentedBlock):
        return None
    lines = list(node.body.body)
    doc = [lines.pop(0)] if lines and is_docstring(lines[0]) else []
    smalls = [line.body[0] if isinstance(line, cst.SimpleStatementLine) else None for line in lines]
    last = smalls[-1] if smalls else None
    if len(lines) > 2 or not isinstance(last, cst.Return) or not isinstance(last.value, cst.Call):
        return None
    call = last.value
    making: cst.BaseExpression | None = call.func
    if len(lines) == 2:
        first = smalls[0]
        if not isinstance(first, cst.Assign) or len(first.targets) != 1 or not isinstance(call.func, cst.Name):
            return None
        target = first.targets[0].target
        making = first.value if isinstance(target, cst.Name) and target.value == call.func.value else None
    if making is None or not _is_making(making, infer, node.params) or not _hands_on(call, making, node.params, infer):
        return None
    returned = lines[-1].with_changes(body=[last.with_changes(value=making)], leading_lines=lines[0].leading_lines)
    body = node.body.with_changes(body=[*doc, returned])
    return node.with_changes(params=cst.Parameters(), body=body, returns=None)


def _maker_of_lambda(node: cst.Lambda, infer: Inference) -> cst.Lambda:
    """``lambda x: Net(3)(x)`` -> ``lambda: Net(3)``."""
    call = node.body
    if isinstance(call, cst.Call) and _is_making(call.func, infer, node.params):
        if _hands_on(call, call.func, node.params, infer):
            none = cst.SimpleWhitespace("")
            return node.with_changes(params=cst.Parameters(), body=call.func, whitespace_after_lambda=none)
    raise NotHoistable("a lambda that is transformed computes something itself")


def _is_making(node: cst.BaseExpression, infer: Inference, params: cst.Parameters) -> bool:
    """Whether an expression makes a layer from what the function is not given."""
    if not isinstance(node, cst.Call) or not HAIKU.is_layer_class(infer.name_of(node.func), infer):
        return False
    names = bound_names(params)
    return not any(isinstance(part, cst.Name) and part.value in names for arg in node.args for part in below(arg.value))


def _hands_on(call: cst.Call, making: cst.BaseExpression, params: cst.Parameters, infer: Inference) -> bool:
    """Whether a call of what an expression makes is given the parameters of the function as they are."""
    wanted = [param.name.value for param in params.params]
    if params.kwonly_params or params.posonly_params or any(param.default is not None for param in params.params):
        return False
    star = [(params.star_arg, "*"), (params.star_kwarg, "**")]
    expected = [(name, "") for name in wanted]
    expected += [(param.name.value, mark) for param, mark in star if isinstance(param, cst.Param)]
    return list(_given(call)) == expected and _takes(making, wanted, infer)


def _takes(making: cst.BaseExpression, wanted: list[str], infer: Inference) -> bool:
    """Whether what an expression makes is called with arguments of these names; a layer of haiku is with one."""
    info = infer.project.class_info(infer.name_of(making.func)) if isinstance(making, cst.Call) else None
    if info is None:
        return len(wanted) == 1
    method = info.methods.get("__call__")
    return method is not None and [p.name for p in method.params if p.name != "self"][: len(wanted)] == wanted


def _given(call: cst.Call) -> Iterator[tuple[str, str]]:
    for arg in call.args:
        own = arg.keyword is None or arg.keyword.value == code(arg.value)
        yield (code(arg.value) if own else "", arg.star)
