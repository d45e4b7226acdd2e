"""Penalties of weights and outputs, which training adds to the loss."""

import functools

from .base import added_loss
from .steps import absolute, set_regularizer
from .structures import array_leaves


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


def regularized(layer, activity=None, **regularizers):
    """A layer whose weights of these names and outputs have penalties, which are among the ``losses`` of a model."""
    found = ((name, regularizer_of(value)) for name, value in regularizers.items())
    layer.regularizers = tuple((name, value) for name, value in found if value is not None)
    if activity is not None:
        layer.activity_regularizer = regularizer_of(activity)
        layer.__class__ = with_activity(type(layer))
    return layer


@functools.cache
def with_activity(kind):
    """A class of layers that add a penalty of their outputs, over the number of examples."""
    name = "call" if hasattr(kind, "call") else "forward"
    compute = getattr(kind, name)

    @functools.wraps(compute)
    def penalised(self, *args, **kwargs):
        outputs = compute(self, *args, **kwargs)
        for output in array_leaves(outputs):
            added_loss(self, self.activity_regularizer(output) / output.shape[0])
        return outputs

    return type(kind.__name__, (kind,), {name: penalised})


def regularized_weight(weight, regularizer):
    """A weight with a penalty."""
    if regularizer is not None:
        set_regularizer(weight, regularizer_of(regularizer))
    return weight
