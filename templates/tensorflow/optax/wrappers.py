"""Optimizers around others: steps of several batches, settings that change."""

import inspect
from typing import Any, NamedTuple

import tensorflow as tf

from ..containers import tree_leaves, tree_map
from .parameters import at_step, zero_count
from .transformations import GradientTransformation
from .updates import tree_full


class MultiStepsState(NamedTuple):
    """The numbers of batches since a step and of steps, the state of the inner optimizer, the gathered gradients."""

    mini_step: Any
    gradient_step: Any
    inner_opt_state: Any
    acc_grads: Any


class MultiSteps:
    """A step of an optimizer every few batches, along the mean (or the sum) of their gradients."""

    def __init__(self, opt, every_k_schedule, use_grad_mean=True):
        self.opt, self.use_grad_mean = opt, use_grad_mean
        self.every = every_k_schedule if callable(every_k_schedule) else lambda step: every_k_schedule

    def init(self, params):
        """The state before the first batch."""
        return MultiStepsState(zero_count(), zero_count(), self.opt.init(params), tree_full(params, 0))

    def update(self, updates, state, params=None):
        """Zeros, or the updates of a step, and the next state."""
        count = state.mini_step + 1
        gathered = tree_map(
            lambda g, total: total + ((g - total) / tf.cast(count, g.dtype) if self.use_grad_mean else g),
            updates,
            state.acc_grads,
        )
        if count < self.every(state.gradient_step):
            return tree_full(updates, 0), state._replace(mini_step=count, acc_grads=gathered)
        step, inner = self.opt.update(gathered, state.inner_opt_state, params)
        return step, MultiStepsState(zero_count(), state.gradient_step + 1, inner, tree_full(updates, 0))

    def has_updated(self, state):
        """Whether the last batch made a step."""
        return (state.mini_step == 0) & (state.gradient_step > 0)

    def gradient_transformation(self):
        """The same as a pair of functions."""
        return GradientTransformation(self.init, self.update)


class InjectHyperparamsState(NamedTuple):
    """The number of steps, the settings by name, which may be changed, and the state of the optimizer."""

    count: Any
    hyperparams: dict
    inner_state: Any


def inject_hyperparams(inner_factory, static_args=()):
    """An optimizer whose numbers and schedules, but for the static arguments, are kept in its state."""
    static = (static_args,) if isinstance(static_args, str) else static_args

    def made(*args, **kwargs):
        bound = inspect.signature(inner_factory).bind(*args, **kwargs)
        bound.apply_defaults()
        free = {n: v for n, v in bound.arguments.items() if n not in static and not isinstance(v, bool)}
        schedules = {name: value for name, value in free.items() if callable(value)}
        numbers = {name: value for name, value in free.items() if isinstance(value, (int, float, tf.Tensor))}
        rest = {n: v for n, v in bound.arguments.items() if n not in schedules and n not in numbers}

        def init(params):
            count = zero_count()
            settings = {name: tf.convert_to_tensor(value) for name, value in numbers.items()}
            settings |= {name: tf.convert_to_tensor(at_step(schedule, count)) for name, schedule in schedules.items()}
            return InjectHyperparamsState(count, settings, inner_factory(**rest, **settings).init(params))

        def update(updates, state, params=None):
            settings = dict(state.hyperparams)
            rates = {name: at_step(schedule, state.count) for name, schedule in schedules.items()}
            settings |= {name: tf.convert_to_tensor(rate) for name, rate in rates.items()}
            updates, inner = inner_factory(**rest, **settings).update(updates, state.inner_state, params)
            return updates, InjectHyperparamsState(state.count + 1, settings, inner)

        return GradientTransformation(init, update)

    return made


class ApplyIfFiniteState(NamedTuple):
    """How many of the last steps were not finite, whether the last one was, how many were not, the inner state."""

    notfinite_count: Any
    last_finite: Any
    total_notfinite: Any
    inner_state: Any


def apply_if_finite(inner, max_consecutive_errors):
    """``inner``, but zeros where updates are not finite, unless more of them follow one another than are allowed."""

    def init(params):
        return ApplyIfFiniteState(zero_count(), tf.constant(True), zero_count(), inner.init(params))

    def update(updates, state, params=None):
        finite = tf.reduce_all([tf.reduce_all(tf.math.is_finite(leaf)) for leaf in tree_leaves(updates)])
        in_a_row = tf.where(finite, 0, state.notfinite_count + 1)
        total = state.total_notfinite + tf.cast(~finite, tf.int32)
        if not finite and in_a_row <= max_consecutive_errors:
            return tree_full(updates, 0), ApplyIfFiniteState(in_a_row, finite, total, state.inner_state)
        updates, inner_state = inner.update(updates, state.inner_state, params)
        return updates, ApplyIfFiniteState(in_a_row, finite, total, inner_state)

    return GradientTransformation(init, update)
