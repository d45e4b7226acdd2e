"""Learning rates as functions of the number of steps."""

import math

import tensorflow as tf


def constant_schedule(value):
    """The same value at every step."""
    return lambda count: value


def polynomial_schedule(init_value, end_value, power, transition_steps, transition_begin=0):
    """From one value to another along a power of the fraction of steps that are left."""
    if transition_steps <= 0:
        return constant_schedule(init_value)
    begin = max(transition_begin, 0)

    def schedule(count):
        done = tf.clip_by_value(tf.cast(count, tf.float32) - begin, 0, transition_steps)
        return (init_value - end_value) * (1 - done / transition_steps) ** power + end_value

    return schedule


def linear_schedule(init_value, end_value, transition_steps, transition_begin=0):
    """From one value to another in equal steps."""
    return polynomial_schedule(init_value, end_value, 1, transition_steps, transition_begin)


def warmup_constant_schedule(init_value, peak_value, warmup_steps):
    """Up to a value in equal steps, where it stays."""
    return linear_schedule(init_value, peak_value, warmup_steps)


def piecewise_constant_schedule(init_value, boundaries_and_scales=None):
    """A value that is multiplied by a factor at each boundary, ``{step: factor}``."""
    steps = sorted((float(boundary), scale) for boundary, scale in (boundaries_and_scales or {}).items())
    if any(scale < 0 for _, scale in steps):
        raise ValueError("the factors of a piecewise constant schedule must not be negative")

    def schedule(count):
        value = init_value
        for boundary, scale in steps:
            value = tf.where(tf.cast(count, tf.float32) < boundary, value, scale * value)
        return value

    return schedule


def exponential_decay(init_value, transition_steps, decay_rate, transition_begin=0, staircase=False, end_value=None):
    """A value that is multiplied by ``decay_rate`` every ``transition_steps`` steps, not beyond ``end_value``."""
    if transition_steps <= 0 or decay_rate == 0:
        return constant_schedule(init_value)
    begin = max(transition_begin, 0)

    def schedule(count):
        after = tf.cast(count, tf.float32) - begin
        periods = after / transition_steps
        periods = tf.floor(periods) if staircase else periods
        value = tf.where(after <= 0, init_value, init_value * decay_rate**periods)
        if end_value is None:
            return value
        return tf.maximum(value, end_value) if decay_rate < 1.0 else tf.minimum(value, end_value)

    return schedule


def cosine_decay_schedule(init_value, decay_steps, alpha=0.0, exponent=1.0):
    """From a value down half a cosine to ``alpha`` times it."""
    if not decay_steps > 0:
        raise ValueError("a cosine decay needs a positive number of steps")

    def schedule(count):
        done = tf.minimum(tf.cast(count, tf.float32), decay_steps) / decay_steps
        return init_value * ((1 - alpha) * (0.5 * (1 + tf.cos(math.pi * done))) ** exponent + alpha)

    return schedule


def join_schedules(schedules, boundaries):
    """Schedules one after the other, each with the number of steps since its boundary."""

    boundaries = [float(boundary) for boundary in boundaries]

    def schedule(count):
        count = tf.cast(count, tf.float32)
        value = schedules[0](count)
        for boundary, following in zip(boundaries, schedules[1:]):
            value = tf.where(count < boundary, value, following(count - boundary))
        return value

    return schedule


def warmup_cosine_decay_schedule(init_value, peak_value, warmup_steps, decay_steps, end_value=0.0, exponent=1.0):
    """Up to a value in equal steps, then down half a cosine; ``decay_steps`` counts both."""
    alpha = 0.0 if peak_value == 0.0 else end_value / peak_value
    up = linear_schedule(init_value, peak_value, warmup_steps)
    down = cosine_decay_schedule(peak_value, decay_steps - warmup_steps, alpha, exponent)
    return join_schedules([up, down], [warmup_steps])


def warmup_exponential_decay_schedule(
    init_value, peak_value, warmup_steps, transition_steps, decay_rate, transition_begin=0, staircase=False,
    end_value=None,
):  # fmt: skip
    """Up to a value in equal steps, then an exponential decay."""
    up = linear_schedule(init_value, peak_value, warmup_steps)
    down = exponential_decay(peak_value, transition_steps, decay_rate, transition_begin, staircase, end_value)
    return join_schedules([up, down], [warmup_steps])


def sgdr_schedule(cosine_kwargs):
    """Warm-ups and cosine decays one after the other, with the arguments of each."""
    parts = list(cosine_kwargs)
    ends = [sum(part["decay_steps"] for part in parts[: i + 1]) for i in range(len(parts))]
    return join_schedules([warmup_cosine_decay_schedule(**part) for part in parts], ends[:-1])


def piecewise_interpolate_schedule(interpolate_type, init_value, boundaries_and_scales=None):
    """From value to value, each a factor times the one before, along lines or cosines between the boundaries."""
    if interpolate_type not in ("linear", "cosine"):
        raise ValueError("interpolate_type must be 'linear' or 'cosine'")
    steps = sorted((boundaries_and_scales or {}).items())
    bounds = [0, *(boundary for boundary, _ in steps)]
    values = [init_value]
    for _, scale in steps:
        values.append(values[-1] * scale)

    def schedule(count):
        count = tf.cast(count, tf.float32)
        value = tf.where(count >= bounds[-1], values[-1], 0.0)
        for begin, end, first, last in zip(bounds, bounds[1:], values, values[1:]):
            part = (count - begin) / max(end - begin, 1)
            if interpolate_type == "cosine":
                part = (1 - tf.cos(math.pi * part)) / 2
            value = tf.where((begin <= count) & (count < end), first + (last - first) * part, value)
        return value

    return schedule


def linear_onecycle_schedule(
    transition_steps, peak_value, pct_start=0.3, pct_final=0.85, div_factor=25.0, final_div_factor=1e4
):
    """Up to a value, down again and further down, along lines."""
    factors = {
        int(pct_start * transition_steps): div_factor,
        int(pct_final * transition_steps): 1.0 / div_factor,
        transition_steps: 1.0 / final_div_factor,
    }
    return piecewise_interpolate_schedule("linear", peak_value / div_factor, factors)


def cosine_onecycle_schedule(transition_steps, peak_value, pct_start=0.3, div_factor=25.0, final_div_factor=1e4):
    """Up to a value and down again, along cosines."""
    factors = {
        int(pct_start * transition_steps): div_factor,
        int(transition_steps): 1.0 / (div_factor * final_div_factor),
    }
    return piecewise_interpolate_schedule("cosine", peak_value / div_factor, factors)
