"""``class Mlp(nn.Module):`` -> ``class Mlp(nnx.Module):`` with what the target needs in the class body."""

from __future__ import annotations

import libcst as cst

from ..s2s import nodes
from ..s2s.scopes import ClassScope
from .base import rule
from .class_lines import with_class_line
from .custom_optimizers import written_base
from .first_values import note_other_draws
from .functions import rewritten_decorator
from .haiku_modules import native_haiku_base
from .kept_attributes import note_lost_attributes
from .linen_bases import native_base
from .metaclasses import module_metaclass
from .nnx_modules import keyless_class
from .own_train import trains_itself, with_own_train
from .plain_attributes import with_constant_names
from .references import value_of


@rule(cst.ClassDef)
def class_definition(node: cst.ClassDef, ctx) -> cst.ClassDef:
    """Rewrite a class: bases, decorators and body."""
    name = ctx.qualified(node.name.value)
    layer = ctx.threading.is_module(name)
    if layer:
        note_lost_attributes(node, name, ctx)
        note_other_draws(node, ctx)
    changes: dict[str, object] = {}
    bases = [
        arg.with_changes(value=new) if (new := _base(arg.value, node, ctx)) is not arg.value else arg
        for arg in node.bases
    ]
    if layer and trains_itself(name, ctx):
        bases = with_own_train(node, bases, ctx)
    metaclass = module_metaclass(name, ctx)
    if metaclass is not None:
        bases = [a.with_changes(value=metaclass) if ctx.name_of(a.value) == "builtins.type" else a for a in bases]
    if len(bases) != len(node.bases) or any(a is not b for a, b in zip(bases, node.bases)):
        changes["bases"] = bases
    keywords = [ctx.visit(arg) for arg in keyless_class(node.keywords, ctx)]
    if layer and ctx.target.name == "jax" and name not in ctx.project.mixins and ctx.graph_node(name):
        keywords.append(nodes.keyword("pytree", cst.Name("False")))
        if bases:
            changes["bases"] = nodes.spaced([*bases, keywords[0]])[: len(bases)]
    if not keywords and node.keywords and bases:
        changes["bases"] = [*bases[:-1], bases[-1].with_changes(comma=cst.MaybeSentinel.DEFAULT)]
    if any(a is not b for a, b in zip(keywords, node.keywords)) or len(keywords) != len(node.keywords):
        changes["keywords"] = nodes.spaced(keywords)
    decorators = [d for d in (rewritten_decorator(d, ctx) for d in node.decorators) if d is not None]
    if len(decorators) != len(node.decorators) or any(a is not b for a, b in zip(decorators, node.decorators)):
        changes["decorators"] = decorators
    with ctx.class_scope(name, ClassScope()):
        body = ctx._suite(node.body)
    if layer and ctx.target.name == "jax" and _needs_mode(name, ctx):
        mode = cst.Assign([cst.AssignTarget(cst.Name("deterministic"))], cst.Name("False"))
        body = with_class_line(body, mode)
    if layer:
        body = with_constant_names(body, name, ctx)
    if body is not node.body:
        changes["body"] = body
    return node.with_changes(**changes) if changes else node


def _base(node: cst.BaseExpression, cls: cst.ClassDef, ctx) -> cst.BaseExpression:
    """A base class; the array class itself is one only where the target's can be derived from."""
    native = native_base(node, cls, ctx) or native_haiku_base(node, cls, ctx) or written_base(node, cls, ctx)
    if native is not None:
        return native
    name = ctx.qualified(cls.name.value)
    if isinstance(node, cst.Name) and node.value == cls.name.value:
        return _replaced_base(node, name, ctx)
    entry = ctx.source.find(ctx.name_of(node)) if ctx.name_of(node) else None
    makes_itself = entry is not None and entry.type == "module" and ctx.project.method(name, "__new__") is not None
    if makes_itself and "LateModule" in ctx.target.templates:
        ctx.count("exact")
        return ctx.helper("LateModule")
    if entry is None or entry.type != "array" or "ArrayBase" not in ctx.target.templates:
        return ctx.visit(node)
    ctx.count("exact")
    return ctx.helper("ArrayBase")


def _replaced_base(node: cst.Name, name: str, ctx) -> cst.BaseExpression:
    """``class Dataset(Dataset):`` -> ``class Dataset(_Dataset):``: the base is what was imported under the name."""
    info = ctx.project.class_info(name)
    base = next((b for b in info.bases if b.rpartition(".")[2] == node.value and b != name), "") if info else ""
    entry = ctx.source.find(base) if base and ctx.foreign(base) else None
    if entry is None:
        return node
    ctx.count("exact")
    value = value_of(entry, ctx)
    return value if value is not None else ctx.refuse(node, base, f"no {ctx.target.name} counterpart is known")


def _needs_mode(name: str, ctx) -> bool:
    """Whether a class reads its mode and no base in the project declares it."""
    info = ctx.project.class_info(name)
    asked = info is not None and any(_shows_mode(method, ctx) for method in info.methods.values())
    if not asked or trains_itself(name, ctx):
        return False
    for base in ctx.project.mro(name)[1:]:
        if trains_itself(base, ctx):
            return False
        known = ctx.project.class_info(base)
        if known is not None and any(_shows_mode(method, ctx) for method in known.methods.values()):
            return False
        template = ctx.threading.template_of(base)
        if template is not None and "deterministic" in template.text:
            return False
    return True


def _shows_mode(method, ctx) -> bool:
    """Whether a method reads the mode of its object, or gives the object to what may do so."""
    return method.reads_training or (method.hands_on and ctx.project.reads_modes)
