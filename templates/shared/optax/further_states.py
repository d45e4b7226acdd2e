"""The states of update rules that fewer programs use, named tuples of trees."""

from typing import Any, NamedTuple


class ScaleByNovogradState(NamedTuple):
    """The number of steps, the moving averages of steps and of squared norms."""

    count: Any
    mu: Any
    nu: Any


class ScaleByRpropState(NamedTuple):
    """The lengths of steps and the steps before."""

    step_sizes: Any
    prev_updates: Any


class ScaleByAdaDeltaState(NamedTuple):
    """The moving averages of squared gradients and of squared updates."""

    e_g: Any
    e_x: Any


class ScaleByAdanState(NamedTuple):
    """Averages of gradients, of their changes and of squares, the gradients before, the number of steps."""

    m: Any
    v: Any
    n: Any
    g: Any
    t: Any


class ScaleByOptimisticGradientState(NamedTuple):
    """Whether no step was made, and the gradients before."""

    is_initial_step: Any
    previous_gradient: Any


class FactoredState(NamedTuple):
    """The number of steps and the averages of squares: by rows, by columns, whole."""

    count: Any
    v_row: Any
    v_col: Any
    v: Any


class ZeroNansState(NamedTuple):
    """Which leaves had numbers that are none."""

    found_nan: Any


class NonNegativeParamsState(NamedTuple):
    """No state."""


class ApplyEvery(NamedTuple):
    """The number of steps since an update, and the sum of gradients."""

    count: Any
    grad_acc: Any
