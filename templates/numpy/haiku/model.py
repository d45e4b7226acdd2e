"""A transformed function as an object that owns its parameters and state."""

import inspect

import numpy as np

from .frames import running


def drawn_key():
    """A random key, drawn from NumPy's generator."""
    return np.random.randint(1 << 32, size=2, dtype=np.uint32)


class TransformedModel:
    """A function of Haiku modules with their parameters and state, under their names in Haiku.

    Each call stores the new state. Random keys follow from ``rng``, a key or a seed; without it they are drawn
    from NumPy's generator.
    """

    def __init__(self, function, params, state=None):
        self.function, self.params, self.state = function, params, state or {}
        self.takes_rng = "rng" in inspect.signature(function).parameters

    def __call__(self, *args, **kwargs):
        rng = None if self.takes_rng else kwargs.pop("rng", None)
        state = {path: dict(values) for path, values in self.state.items()}
        with running(self.params, state, drawn_key if rng is None else rng, False):
            result = self.function(*args, **kwargs)
        self.state = state
        return result
