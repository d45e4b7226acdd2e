"""``@abstractmethod`` goes where nothing looks for it in the source, but the metaclass of the target's modules does."""

from __future__ import annotations

import libcst as cst

_ABSTRACT = ("abc.abstractmethod", "abc.abstractproperty")


def means_nothing(decorator: cst.Decorator, ctx) -> bool:
    """Whether a decorator would only forbid objects that the source makes: PyTorch's modules have no ``ABCMeta``."""
    if not ctx.target.settings.get("abstract_modules") or not ctx.class_name or not ctx.in_class_body:
        return False
    if ctx.name_of(decorator.decorator) not in _ABSTRACT or not ctx.threading.is_module(ctx.class_name):
        return False
    bases = ctx.project.mro(ctx.class_name)
    infos = filter(None, map(ctx.project.class_info, bases))
    return "abc.ABC" not in bases and not any(info.metaclass.endswith("ABCMeta") for info in infos)
