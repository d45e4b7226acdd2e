"""``def __init__(self, units, **kwargs): super().__init__(**kwargs)`` -> without what only Keras' base class takes."""

from __future__ import annotations

import libcst as cst

from ..project import Project
from .tree import rebuilt


def with_short_constructors(module: cst.Module, name: str, project: Project) -> cst.Module:
    """The module with constructors that take no arguments for a base class which has none."""
    body = [
        _shortened(node, f"{name}.{node.name.value}", project) if isinstance(node, cst.ClassDef) else node
        for node in module.body
    ]
    return module.with_changes(body=body) if any(a is not b for a, b in zip(body, module.body, strict=True)) else module


def _shortened(node: cst.ClassDef, cls: str, project: Project) -> cst.ClassDef:
    bases = project.mro(cls)[1:]
    if not any("keras" in base.split(".") for base in bases) or not isinstance(node.body, cst.IndentedBlock):
        return node
    derives = project.class_info(bases[0]) is not None
    body = [
        _without(part, derives) if isinstance(part, cst.FunctionDef) and part.name.value == "__init__" else part
        for part in node.body.body
    ]
    return node.with_changes(body=node.body.with_changes(body=body))


def _without(init: cst.FunctionDef, derives: bool) -> cst.FunctionDef:
    """A constructor without arguments that it only hands on; ``derives`` is whether to a class of the project."""
    rest = init.params.star_kwarg
    calls = [False]

    def changed(part: cst.CSTNode) -> cst.CSTNode | None:
        if not isinstance(part, cst.Call) or not _is_constructor(part.func):
            return None
        args = [arg for arg in part.args if arg.star != "**" and (derives or arg.keyword is None)]
        calls[0] = calls[0] or any(arg.star == "**" for arg in part.args)
        if len(args) == len(part.args):
            return part
        return part.with_changes(args=[*args[:-1], args[-1].with_changes(comma=part.args[-1].comma)] if args else [])

    made = init.with_changes(body=rebuilt(init.body, changed))
    if rest is None or not calls[0]:
        return made
    params = made.params.with_changes(star_kwarg=None)
    field = "kwonly_params" if params.kwonly_params else "params"
    last = getattr(params, field)
    if last:
        comma = rest.comma if isinstance(rest.comma, cst.Comma) else cst.MaybeSentinel.DEFAULT
        params = params.with_changes(**{field: [*last[:-1], last[-1].with_changes(comma=comma)]})
    return made.with_changes(params=params)


def _is_constructor(node: cst.CSTNode) -> bool:
    """Whether something is ``super().__init__``."""
    if not isinstance(node, cst.Attribute) or node.attr.value != "__init__" or not isinstance(node.value, cst.Call):
        return False
    return isinstance(node.value.func, cst.Name) and node.value.func.value == "super"
