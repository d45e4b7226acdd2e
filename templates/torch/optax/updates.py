"""Update rules of optimizers as transformations of gradients over trees of parameters."""

import torch

from ..containers import tree_map
from .parameters import tree_norm, zero_count
from .states import (
    EmaState,
    ScaleByAdamState,
    ScaleByAmsgradState,
    ScaleByLionState,
    ScaleByRmsState,
    ScaleByRmsWithCountState,
    ScaleByRssState,
    ScaleByRStdDevState,
    ScaleByRStdDevWithCountState,
    ScaleByScheduleState,
    TraceState,
)
from .transformations import (
    EmptyState,
    GradientTransformation,
    identity,
    masked,
    required,
    stateless,
)


def tree_full(params, value, dtype=None):
    """A tree like the parameters with the same number everywhere."""
    return tree_map(lambda param: torch.full_like(torch.as_tensor(param), value, dtype=dtype), params)


def tree_cast(tree, dtype):
    """A tree in a dtype; as it is with None."""
    return tree if dtype is None else tree_map(lambda leaf: leaf.to(dtype), tree)


def averaged(updates, average, decay, order=1):
    """A moving average of the updates to a power."""
    return tree_map(lambda g, t: (1 - decay) * g**order + decay * t, updates, average)


def corrected(average, decay, count):
    """A moving average without its bias towards the zeros that it began with."""
    correction = 1 - decay**count
    return tree_map(lambda t: t / correction.to(t.dtype), average)


def first_moment(updates, mu, b1, count, nesterov):
    """The corrected average of gradients, one step ahead with Nesterov's momentum."""
    if not nesterov:
        return corrected(mu, b1, count)
    ahead, now = corrected(mu, b1, count + 1), corrected(updates, b1, count)
    return tree_map(lambda m, g: b1 * m + (1 - b1) * g, ahead, now)


def quotient(mu, nu, eps, eps_root=0.0):
    """Averages of gradients over the roots of those of their squares."""
    return tree_map(lambda m, v: m / (torch.sqrt(v + eps_root) + eps), mu, nu)


def scale(step_size):
    """Updates times a number."""
    return stateless(lambda updates, params: tree_map(lambda g: step_size * g, updates))


def scale_by_schedule(step_size_fn):
    """Updates times a function of the number of steps before."""

    def update(updates, state, params=None):
        step_size = step_size_fn(state.count)
        return tree_map(lambda g: step_size * g, updates), ScaleByScheduleState(state.count + 1)

    return GradientTransformation(lambda params: ScaleByScheduleState(zero_count()), update)


def scale_by_learning_rate(learning_rate, *, flip_sign=True):
    """Updates times a rate, a number or a schedule, so that they go down the gradient."""
    sign = -1 if flip_sign else 1
    if callable(learning_rate):
        return scale_by_schedule(lambda count: sign * learning_rate(count))
    return scale(sign * learning_rate) if learning_rate is not None else identity()


def add_decayed_weights(weight_decay=0.0, mask=None):
    """Updates with the parameters, times a number or a schedule, added."""

    def init(params):
        return ScaleByScheduleState(zero_count()) if callable(weight_decay) else EmptyState()

    def update(updates, state, params=None):
        rate = weight_decay
        if callable(weight_decay):
            rate, state = weight_decay(state.count), ScaleByScheduleState(state.count + 1)
        return tree_map(lambda g, p: g + rate * p, updates, required(params)), state

    decayed = GradientTransformation(init, update)
    return decayed if mask is None else masked(decayed, mask)


def clip_each(max_delta):
    """Each number of the updates between ``-max_delta`` and ``max_delta``."""
    return stateless(lambda updates, params: tree_map(lambda g: g.clamp(-max_delta, max_delta), updates))


def clip_global_norm(max_norm):
    """The updates scaled down where their norm is larger."""

    def clipped(updates, params):
        norm = tree_norm(updates)
        return tree_map(lambda g: torch.where(norm < max_norm, g, g / norm.to(g.dtype) * max_norm), updates)

    return stateless(clipped)


def trace(decay, nesterov=False, accumulator_dtype=None):
    """Momentum: the sum of the updates, of which those before count less."""

    def update(updates, state, params=None):
        new = tree_map(lambda g, t: g + decay * t, updates, state.trace)
        updates = tree_map(lambda g, t: g + decay * t, updates, new) if nesterov else new
        return updates, TraceState(tree_cast(new, accumulator_dtype))

    return GradientTransformation(lambda params: TraceState(tree_full(params, 0, accumulator_dtype)), update)


def ema(decay, debias=True, accumulator_dtype=None):
    """The moving average of the updates."""

    def init(params):
        return EmaState(zero_count(), tree_full(params, 0, accumulator_dtype))

    def update(updates, state, params=None):
        count, new = state.count + 1, averaged(updates, state.ema, decay)
        updates = corrected(new, decay, count) if debias else new
        return updates, EmaState(count, tree_cast(new, accumulator_dtype))

    return GradientTransformation(init, update)


def scale_by_adam(b1=0.9, b2=0.999, eps=1e-8, eps_root=0.0, mu_dtype=None, *, nesterov=False):
    """The updates of Adam before the learning rate."""

    def init(params):
        return ScaleByAdamState(zero_count(), tree_full(params, 0, mu_dtype), tree_full(params, 0))

    def update(updates, state, params=None):
        count = state.count + 1
        mu, nu = averaged(updates, state.mu, b1), averaged(updates, state.nu, b2, 2)
        mean = first_moment(updates, mu, b1, count, nesterov)
        updates = quotient(mean, corrected(nu, b2, count), eps, eps_root)
        return updates, ScaleByAdamState(count, tree_cast(mu, mu_dtype), nu)

    return GradientTransformation(init, update)


def scale_by_amsgrad(
    b1=0.9, b2=0.999, eps=1e-8, eps_root=0.0, mu_dtype=None, bias_correction_mu=True, bias_correction_nu=True
):
    """The updates of AMSGrad before the learning rate: Adam's with the largest averages of squares so far."""

    def init(params):
        zeros = tree_full(params, 0)
        return ScaleByAmsgradState(zero_count(), tree_full(params, 0, mu_dtype), zeros, zeros)

    def update(updates, state, params=None):
        count = state.count + 1
        mu, nu = averaged(updates, state.mu, b1), averaged(updates, state.nu, b2, 2)
        mean = corrected(mu, b1, count) if bias_correction_mu else mu
        square = corrected(nu, b2, count) if bias_correction_nu else nu
        nu_max = tree_map(torch.maximum, state.nu_max, square)
        updates = quotient(mean, nu_max, eps, eps_root)
        return updates, ScaleByAmsgradState(count, tree_cast(mu, mu_dtype), nu, nu_max)

    return GradientTransformation(init, update)


def scale_by_adamax(b1=0.9, b2=0.999, eps=1e-8):
    """The updates of Adamax before the learning rate: Adam's with the largest gradients in place of squares."""

    def init(params):
        return ScaleByAdamState(zero_count(), tree_full(params, 0), tree_full(params, 0))

    def update(updates, state, params=None):
        count, mu = state.count + 1, averaged(updates, state.mu, b1)
        nu = tree_map(lambda g, t: torch.maximum(g.abs() + eps, b2 * t), updates, state.nu)
        updates = tree_map(lambda m, v: m / v, corrected(mu, b1, count), nu)
        return updates, ScaleByAdamState(count, mu, nu)

    return GradientTransformation(init, update)


def scale_by_belief(b1=0.9, b2=0.999, eps=1e-16, eps_root=1e-16, *, nesterov=False):
    """The updates of AdaBelief before the learning rate: squares are of what the average did not foresee."""

    def init(params):
        return ScaleByAdamState(zero_count(), tree_full(params, 0), tree_full(params, 0))

    def update(updates, state, params=None):
        count, mu = state.count + 1, averaged(updates, state.mu, b1)
        surprise = tree_map(lambda g, m: g - m, updates, mu)
        nu = tree_map(lambda v: v + eps_root, averaged(surprise, state.nu, b2, 2))
        mean = first_moment(updates, mu, b1, count, nesterov)
        return quotient(mean, corrected(nu, b2, count), eps), ScaleByAdamState(count, mu, nu)

    return GradientTransformation(init, update)


def scale_by_radam(b1=0.9, b2=0.999, eps=1e-8, eps_root=0.0, threshold=5.0, *, nesterov=False):
    """The updates of rectified Adam before the learning rate."""
    largest = 2.0 / (1.0 - b2) - 1.0

    def init(params):
        return ScaleByAdamState(zero_count(), tree_full(params, 0), tree_full(params, 0))

    def update(updates, state, params=None):
        count = state.count + 1
        mu, nu = averaged(updates, state.mu, b1), averaged(updates, state.nu, b2, 2)
        power = b2**count
        length = largest - 2 * count * power / (1 - power)
        fraction = (length - 4) * (length - 2) * largest / ((largest - 4) * (largest - 2) * length)
        mean = first_moment(updates, mu, b1, count, nesterov)
        adaptive = quotient(mean, corrected(nu, b2, count), eps, eps_root)
        updates = tree_map(
            lambda a, m: torch.where(length >= threshold, torch.sqrt(fraction).to(m.dtype) * a, m), adaptive, mean
        )
        return updates, ScaleByAdamState(count, mu, nu)

    return GradientTransformation(init, update)


def scale_by_lion(b1=0.9, b2=0.99, mu_dtype=None):
    """The updates of Lion before the learning rate: signs."""

    def update(updates, state, params=None):
        signs = tree_map(lambda g, m: torch.sign((1.0 - b1) * g + b1 * m), updates, state.mu)
        mu = tree_cast(averaged(updates, state.mu, b2), mu_dtype)
        return signs, ScaleByLionState(state.count + 1, mu)

    return GradientTransformation(lambda params: ScaleByLionState(zero_count(), tree_full(params, 0, mu_dtype)), update)


def scale_by_rms(decay=0.9, eps=1e-8, initial_scale=0.0, eps_in_sqrt=True, bias_correction=False):
    """Updates divided by the root of the moving average of their squares."""

    def init(params):
        nu = tree_full(params, initial_scale)
        return ScaleByRmsWithCountState(zero_count(), nu) if bias_correction else ScaleByRmsState(nu)

    def update(updates, state, params=None):
        nu = square = averaged(updates, state.nu, decay, 2)
        new = ScaleByRmsState(nu)
        if bias_correction:
            new = ScaleByRmsWithCountState(state.count + 1, nu)
            square = corrected(nu, decay, new.count)
        if eps_in_sqrt:
            return tree_map(lambda n, g: torch.rsqrt(n + eps) * g, square, updates), new
        return tree_map(lambda n, g: g / (torch.sqrt(n) + eps), square, updates), new

    return GradientTransformation(init, update)


def scale_by_stddev(decay=0.9, eps=1e-8, initial_scale=0.0, eps_in_sqrt=True, bias_correction=False):
    """Updates divided by their moving standard deviation."""

    def init(params):
        mu, nu = tree_full(params, 0), tree_full(params, initial_scale)
        return ScaleByRStdDevWithCountState(zero_count(), mu, nu) if bias_correction else ScaleByRStdDevState(mu, nu)

    def update(updates, state, params=None):
        mu = mean = averaged(updates, state.mu, decay)
        nu = square = averaged(updates, state.nu, decay, 2)
        new = ScaleByRStdDevState(mu, nu)
        if bias_correction:
            new = ScaleByRStdDevWithCountState(state.count + 1, mu, nu)
            mean, square = corrected(mu, decay, new.count), corrected(nu, decay, new.count)
        variance = tree_map(lambda m, n: n - m**2, mean, square)
        if eps_in_sqrt:
            return tree_map(lambda v, g: torch.rsqrt(v + eps) * g, variance, updates), new
        return tree_map(lambda v, g: g / (torch.sqrt(v) + eps), variance, updates), new

    return GradientTransformation(init, update)


def scale_by_rss(initial_accumulator_value=0.1, eps=1e-7):
    """Updates divided by the root of the sum of their squares."""

    def update(updates, state, params=None):
        sums = tree_map(lambda g, t: g**2 + t, updates, state.sum_of_squares)
        updates = tree_map(lambda t, g: torch.where(t > 0, torch.rsqrt(t + eps), 0.0) * g, sums, updates)
        return updates, ScaleByRssState(sums)

    return GradientTransformation(lambda params: ScaleByRssState(tree_full(params, initial_accumulator_value)), update)


def scale_by_sign():
    """The signs of the updates."""
    return stateless(lambda updates, params: tree_map(torch.sign, updates))


def scale_by_trust_ratio(min_norm=0.0, trust_coefficient=1.0, eps=0.0):
    """Updates times the norm of their parameter over their own, leaf by leaf."""

    def scaled(update, param):
        own = torch.linalg.vector_norm(update).clamp(min=min_norm)
        norm = torch.linalg.vector_norm(param).clamp(min=min_norm)
        still = (norm == 0) | (own == 0)
        return update * torch.where(still, 1.0, trust_coefficient * norm / (own + eps))

    return stateless(lambda updates, params: tree_map(scaled, updates, required(params)))
