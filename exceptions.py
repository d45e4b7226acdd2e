"""What `import ivy` raises: one class for each thing that can be wrong, with the remedy in the message."""

from __future__ import annotations


class IvyError(Exception):
    """Base of everything that the live API raises itself."""


class SourceNotFound(IvyError, OSError):
    """No Python source exists for an object: a builtin, a C extension, or text typed where it is not kept."""


class UnknownFramework(IvyError, ValueError):
    """A framework's name that is not known, or a source framework that cannot be found out."""


class WrongTarget(IvyError, ValueError):
    """``to`` is missing, not known, or not a framework that this object can be converted to."""


class FrameworkNotInstalled(IvyError, ImportError):
    """The target framework's package is not installed."""


class NotConvertible(IvyError, TypeError):
    """An object that is not a function, class, module or model, or whose code cannot be converted."""


class DataDependent(IvyError, TypeError):
    """A traced value that decides what Python does: a branch, a loop, a number. A graph would keep one way of it."""


class NotTraceable(IvyError, TypeError):
    """Code that a graph cannot be recorded from, with the place."""


class GraphMismatch(IvyError, ValueError):
    """A graph called with arguments that it was not traced for: other shapes, dtypes or plain values."""
