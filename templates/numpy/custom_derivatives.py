"""Functions that have derivatives of their own elsewhere; here only their values."""

import functools


class DerivedFunction:
    """A function that takes rules for its derivatives, which nothing asks for."""

    def __init__(self, fun):
        functools.update_wrapper(self, fun)
        self.fun = fun

    def __get__(self, instance, owner=None):
        return self if instance is None else functools.partial(self, instance)

    def __call__(self, *args, **kwargs):
        return self.fun(*args, **kwargs)

    def defjvp(self, jvp, symbolic_zeros=False):
        """Nothing: there are no derivatives."""
        return jvp

    def defjvps(self, *jvps):
        """Nothing: there are no derivatives."""

    def defvjp(self, fwd, bwd, optimize_remat=False):
        """Nothing: there are no derivatives."""


def custom_jvp(fun, /, *, nondiff_argnums=()):
    """``fun``, which takes a rule for its derivative."""
    return DerivedFunction(fun)


def custom_vjp(fun, /, *, nondiff_argnums=()):
    """``fun``, which takes rules for its gradient."""
    return DerivedFunction(fun)
