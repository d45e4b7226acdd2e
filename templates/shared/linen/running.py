"""Which methods of modules of flax.linen are running."""

import collections
import contextlib
import functools

# The modules whose methods are running; None where layers are assigned to attributes.
STACK = []


@contextlib.contextmanager
def running(module):
    """Layers made inside belong to the module."""
    STACK.append(module)
    try:
        yield
    finally:
        STACK.pop()


def compact(method):
    """Let a method make its layers and parameters where it uses them; later calls find them again by name."""

    @functools.wraps(method)
    def wrapped(self, *args, **kwargs):
        outer = self._compact
        if not outer:
            self.__dict__.update(_names=collections.Counter(), _used=set())
        self.__dict__["_compact"] = True
        try:
            with running(self):
                return method(self, *args, **kwargs)
        finally:
            self.__dict__["_compact"] = outer

    return wrapped
