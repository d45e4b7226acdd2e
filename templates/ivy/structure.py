"""What stands for code that was not converted."""

from abc import ABCMeta

import ivy


class NotConverted(ABCMeta):
    """A class that stands for a name without counterpart: it can be imported, annotated and subclassed."""

    def __call__(cls, *args, **kwargs):
        raise NotImplementedError(cls.reason)

    def __getitem__(cls, item):
        return cls

    def __iter__(cls):
        return iter(())

    def __getattr__(cls, name):
        raise AttributeError(f"{cls.__name__} was not converted (attribute {name!r})")


def not_converted(api, reason):
    """A stand-in for ``api`` that raises ``NotImplementedError`` with the reason when it is called."""
    reason = f"{api} was not converted: {reason}"
    bases = (Exception,) if api.endswith("Error") else ()  # that nothing raises
    return NotConverted(api.rpartition(".")[2], bases, {"__doc__": reason, "reason": reason})


def assign_in_place(x, value):
    """Give a variable a new value; an array, which cannot be changed for others, raises TypeError."""
    if ivy.assign(x, value) is not x:
        raise TypeError("an array cannot be changed in place; pass a variable, or use the result")
    return x


def Buffer(value, persistent=True):
    """The value: ``ivy`` has no modules that would keep it as state."""
    return value


def optional_buffer(value, persistent=True):
    """The value, or None."""
    return value
