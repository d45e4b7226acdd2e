"""The states of transformations of gradients, named tuples of trees."""

from typing import Any, NamedTuple


class ScaleByAdamState(NamedTuple):
    """The number of steps and the moving averages of gradients and of their squares."""

    count: Any
    mu: Any
    nu: Any


class ScaleByAmsgradState(NamedTuple):
    """As for Adam, with the largest corrected averages of squares so far."""

    count: Any
    mu: Any
    nu: Any
    nu_max: Any


class ScaleByLionState(NamedTuple):
    """The number of steps and the moving average of gradients."""

    count: Any
    mu: Any


class ScaleByRmsState(NamedTuple):
    """The moving average of squared gradients."""

    nu: Any


class ScaleByRmsWithCountState(NamedTuple):
    """The number of steps and the moving average of squared gradients."""

    count: Any
    nu: Any


class ScaleByRStdDevState(NamedTuple):
    """The moving averages of gradients and of their squares."""

    mu: Any
    nu: Any


class ScaleByRStdDevWithCountState(NamedTuple):
    """The number of steps and the moving averages of gradients and of their squares."""

    count: Any
    mu: Any
    nu: Any


class ScaleByRssState(NamedTuple):
    """The sum of squared gradients."""

    sum_of_squares: Any


class ScaleByScheduleState(NamedTuple):
    """The number of steps."""

    count: Any


class TraceState(NamedTuple):
    """The momentum."""

    trace: Any


class EmaState(NamedTuple):
    """The number of steps and the moving average."""

    count: Any
    ema: Any
