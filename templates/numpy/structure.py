"""What stands for code that was not converted."""

from abc import ABCMeta


class NotConverted(ABCMeta):
    """A class that stands for a name without counterpart: it can be imported, annotated and subclassed."""

    def __call__(cls, *args, **kwargs):
        raise NotImplementedError(cls.reason)

    def __getitem__(cls, item):
        return cls

    def __iter__(cls):
        return iter(())

    def __getattr__(cls, name):
        raise AttributeError(f"{cls.reason} (attribute {name!r})")


def not_converted(api, reason):
    """A stand-in for ``api`` that raises ``NotImplementedError`` with the reason when it is called."""
    name = api.rpartition(".")[2]
    text = f"{api} was not converted: {reason}"
    bases = (Exception,) if name.endswith("Error") else ()  # that nothing raises
    return NotConverted(name, bases, {"__doc__": text, "reason": text})
