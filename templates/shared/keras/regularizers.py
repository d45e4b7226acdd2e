"""Penalties of weights, which training adds to the loss."""

from .steps import absolute


class L1L2:
    """``l1`` times the sum of absolute values plus ``l2`` times the sum of squares."""

    def __init__(self, l1=0.0, l2=0.0):
        self.l1, self.l2 = l1 or 0.0, l2 or 0.0

    def __call__(self, x):
        return self.l1 * absolute(x).sum() + self.l2 * (x**2).sum()


class L1(L1L2):
    """``l1`` times the sum of absolute values."""

    def __init__(self, l1=0.01):
        super().__init__(l1=l1)


class L2(L1L2):
    """``l2`` times the sum of squares."""

    def __init__(self, l2=0.01):
        super().__init__(l2=l2)


def regularizer_of(identifier):
    """A regularizer in place of its name; functions and None stay."""
    known = {"l1": L1, "l2": L2, "l1_l2": L1L2, "l1l2": L1L2}
    if isinstance(identifier, str):
        return known[identifier.lower()]()
    return identifier


def regularized(layer, **regularizers):
    """A layer whose weights of these names have penalties, which are among the ``losses`` of a model."""
    found = ((name, regularizer_of(value)) for name, value in regularizers.items())
    layer.regularizers = tuple((name, value) for name, value in found if value is not None)
    return layer
