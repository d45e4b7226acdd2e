"""Optimizers of Keras, with epsilon, momentum and decay where Keras has them."""

import math

import jax
import jax.numpy as jnp


class LearningRateSchedule:
    """Base of learning rates that are functions of the number of steps."""


class ExponentialDecay(LearningRateSchedule):
    """A rate that is multiplied by ``decay_rate`` every ``decay_steps`` steps."""

    def __init__(self, initial_learning_rate, decay_steps, decay_rate, staircase=False):
        self.initial, self.steps, self.rate, self.staircase = initial_learning_rate, decay_steps, decay_rate, staircase

    def __call__(self, step):
        periods = jnp.asarray(step) / self.steps
        return self.initial * self.rate ** (jnp.floor(periods) if self.staircase else periods)


class InverseTimeDecay(LearningRateSchedule):
    """A rate over one plus ``decay_rate`` times the number of periods."""

    def __init__(self, initial_learning_rate, decay_steps, decay_rate, staircase=False):
        self.initial, self.steps, self.rate, self.staircase = initial_learning_rate, decay_steps, decay_rate, staircase

    def __call__(self, step):
        periods = jnp.asarray(step) / self.steps
        return self.initial / (1 + self.rate * (jnp.floor(periods) if self.staircase else periods))


class PiecewiseConstantDecay(LearningRateSchedule):
    """The value of the interval between boundaries; a boundary belongs to the one before it."""

    def __init__(self, boundaries, values):
        if len(boundaries) != len(values) - 1:
            raise ValueError("there must be one value more than boundaries")
        self.boundaries, self.values = boundaries, values

    def __call__(self, step):
        return self.values[sum(int(step > boundary) for boundary in self.boundaries)]


class PolynomialDecay(LearningRateSchedule):
    """From one rate to another along a power of the fraction of steps that are left, again and again with ``cycle``."""

    def __init__(self, initial_learning_rate, decay_steps, end_learning_rate=0.0001, power=1.0, cycle=False):
        self.initial, self.steps, self.end = initial_learning_rate, decay_steps, end_learning_rate
        self.power, self.cycle = power, cycle

    def __call__(self, step):
        step = jnp.asarray(step, jnp.float32)
        steps = self.steps * jnp.maximum(jnp.ceil(step / self.steps), 1.0) if self.cycle else self.steps
        done = step if self.cycle else jnp.minimum(step, self.steps)
        return (self.initial - self.end) * (1 - done / steps) ** self.power + self.end


class CosineDecay(LearningRateSchedule):
    """Up to ``warmup_target`` if there is one, then down half a cosine to ``alpha`` times it."""

    def __init__(self, initial_learning_rate, decay_steps, alpha=0.0, warmup_target=None, warmup_steps=0):
        self.initial, self.steps, self.alpha = initial_learning_rate, decay_steps, alpha
        self.target, self.warmup = warmup_target, warmup_steps if warmup_target is not None else 0

    def __call__(self, step):
        step = jnp.asarray(step, jnp.float32)
        if step < self.warmup:
            return self.initial + (self.target - self.initial) * step / self.warmup
        done = jnp.minimum(step - self.warmup, self.steps) / self.steps
        top = self.initial if self.target is None else self.target
        return top * ((1 - self.alpha) * 0.5 * (1 + jnp.cos(math.pi * done)) + self.alpha)


class BaseOptimizer:
    """Base of optimizers: ``apply_gradients`` takes pairs of gradients and variables, which get new values.

    ``new_value`` gives the value of a variable after a step and its new moments, which begin as ``moments`` says.
    """

    moments = ()

    def __init__(self, learning_rate, weight_decay=None, clipnorm=None, clipvalue=None, global_clipnorm=None):
        if sum(limit is not None for limit in (clipnorm, clipvalue, global_clipnorm)) > 1:
            raise ValueError("only one of clipnorm, clipvalue and global_clipnorm can be set")
        self.rate, self.weight_decay, self.iterations = learning_rate, weight_decay, 0
        self.clipnorm, self.clipvalue, self.global_clipnorm = clipnorm, clipvalue, global_clipnorm
        self.state, self.excluded, self.compiled = {}, frozenset(), {}

    @property
    def learning_rate(self):
        """The rate of the next step."""
        rate = self.rate(self.iterations) if callable(self.rate) else self.rate
        return jnp.asarray(rate, jnp.float32)

    @learning_rate.setter
    def learning_rate(self, rate):
        self.rate = rate

    def exclude_from_weight_decay(self, var_list=None, var_names=None):
        """Leave variables, given as such, out of weight decay."""
        if var_names:
            raise NotImplementedError("variables have no names here: give var_list")
        self.excluded = frozenset(id(variable) for variable in var_list or ())

    def clipped(self, grads):
        """The gradients within the limits that were set."""
        if self.clipnorm:
            return [g * self.clipnorm / jnp.maximum(jnp.linalg.norm(g.ravel()), self.clipnorm) for g in grads]
        if self.global_clipnorm:
            norm = jnp.sqrt(sum(jnp.sum(g**2) for g in grads))
            return [g * self.global_clipnorm / jnp.maximum(norm, self.global_clipnorm) for g in grads]
        return [g.clip(-self.clipvalue, self.clipvalue) for g in grads] if self.clipvalue else grads

    def apply_gradients(self, grads_and_vars):
        """A step of pairs of gradients and variables; a variable without gradient stays as it is."""
        self.apply(*zip(*grads_and_vars, strict=True))

    def apply(self, grads, trainable_variables):
        """A step of gradients and their variables."""
        pairs = [(g, v) for g, v in zip(grads, trainable_variables, strict=True) if g is not None]
        if not pairs:
            raise ValueError("no variable has a gradient")
        grads, variables = zip(*pairs)
        states = [self.state.get(id(v)) or (v, self.first_moments(v[...])) for v in variables]
        decayed = tuple(self.weight_decay is not None and id(v) not in self.excluded for v in variables)
        if decayed not in self.compiled:
            self.compiled[decayed] = jax.jit(lambda *args: self.updated(decayed, *args))
        values, moments = [v[...] for v in variables], [state for _, state in states]
        results = self.compiled[decayed](list(grads), values, moments, self.learning_rate, self.iterations + 1)
        for variable, value, new in zip(variables, *results):
            variable[...] = value
            self.state[id(variable)] = (variable, new)  # the variable stays, so that no other has its id
        self.iterations += 1

    # only if used
    def saved_state(self):
        """The number of steps, the rate if it is a number, and the moments in the order of the first steps."""
        rate = {} if callable(self.rate) else {"rate": float(self.rate)}
        return {"iterations": int(self.iterations), "moments": [m for _, m in self.state.values()]} | rate

    # only if used
    def restore_state(self, saved):
        """Take a state of before; moments of variables that had no step yet wait for it."""
        moments, first_moments = iter(saved["moments"]), self.first_moments
        next_moments = lambda: {name: jnp.asarray(value) for name, value in next(moments, {}).items()}  # noqa: E731
        self.iterations, self.rate = saved["iterations"], saved.get("rate", self.rate)
        for key, (variable, _) in self.state.items():
            self.state[key] = variable, next_moments()
        self.first_moments = lambda value: next_moments() or first_moments(value)

    def first_moments(self, value):
        """The moments before the first step."""
        return {name: jnp.zeros_like(value) for name in self.moments}

    def updated(self, decayed, grads, values, moments, rate, step):
        """New values and moments, of which those in ``decayed`` have weight decay."""
        values = [v - v * self.weight_decay * rate if d else v for v, d in zip(values, decayed)]
        found = [self.new_value(g, v, m, rate, step) for g, v, m in zip(self.clipped(grads), values, moments)]
        return [value for value, _ in found], [new for _, new in found]


class SGD(BaseOptimizer):
    """Gradient descent, with momentum of which the learning rate is part."""

    moments = ("momentum",)

    def __init__(
        self, learning_rate=0.01, momentum=0.0, nesterov=False, weight_decay=None, clipnorm=None, clipvalue=None,
        global_clipnorm=None,
    ):  # fmt: skip
        super().__init__(learning_rate, weight_decay, clipnorm, clipvalue, global_clipnorm)
        self.momentum, self.nesterov = momentum, nesterov

    def new_value(self, gradient, value, moments, rate, step):
        """The value and the momentum after a step."""
        m = moments["momentum"] * self.momentum - gradient * rate
        return value + (m * self.momentum - gradient * rate if self.nesterov else m), {"momentum": m}


class Adam(BaseOptimizer):
    """Adam, with epsilon beside the root of the uncorrected average."""

    moments = ("momentum", "velocity", "velocity_hat")

    def __init__(
        self, learning_rate=0.001, beta_1=0.9, beta_2=0.999, epsilon=1e-7, amsgrad=False, weight_decay=None,
        clipnorm=None, clipvalue=None, global_clipnorm=None,
    ):  # fmt: skip
        super().__init__(learning_rate, weight_decay, clipnorm, clipvalue, global_clipnorm)
        self.beta_1, self.beta_2, self.epsilon, self.amsgrad = beta_1, beta_2, epsilon, amsgrad

    def new_value(self, gradient, value, moments, rate, step):
        """The value and the averages after a step."""
        m = moments["momentum"] + (gradient - moments["momentum"]) * (1 - self.beta_1)
        v = moments["velocity"] + (gradient**2 - moments["velocity"]) * (1 - self.beta_2)
        largest = jnp.maximum(moments["velocity_hat"], v)
        first, second = (1 - jnp.power(jnp.float32(beta), step) for beta in (self.beta_1, self.beta_2))
        rate = rate * jnp.sqrt(second) / first
        value = value - m * rate / (jnp.sqrt(largest if self.amsgrad else v) + self.epsilon)
        return value, {"momentum": m, "velocity": v, "velocity_hat": largest}


class AdamW(Adam):
    """Adam with weight decay."""

    def __init__(
        self, learning_rate=0.001, weight_decay=0.004, beta_1=0.9, beta_2=0.999, epsilon=1e-7, amsgrad=False,
        clipnorm=None, clipvalue=None, global_clipnorm=None,
    ):  # fmt: skip
        limits = clipnorm, clipvalue, global_clipnorm
        super().__init__(learning_rate, beta_1, beta_2, epsilon, amsgrad, weight_decay, *limits)


class RMSprop(BaseOptimizer):
    """Gradients divided by the root of their moving square plus epsilon."""

    moments = ("velocity", "average_gradient", "momentum")

    def __init__(
        self, learning_rate=0.001, rho=0.9, momentum=0.0, epsilon=1e-7, centered=False, weight_decay=None,
        clipnorm=None, clipvalue=None, global_clipnorm=None,
    ):  # fmt: skip
        super().__init__(learning_rate, weight_decay, clipnorm, clipvalue, global_clipnorm)
        self.rho, self.momentum, self.epsilon, self.centered = rho, momentum, epsilon, centered

    def new_value(self, gradient, value, moments, rate, step):
        """The value and the averages after a step."""
        square = self.rho * moments["velocity"] + (1 - self.rho) * gradient**2
        mean = self.rho * moments["average_gradient"] + (1 - self.rho) * gradient
        change = rate * gradient / jnp.sqrt((square - mean**2 if self.centered else square) + self.epsilon)
        momentum = self.momentum * moments["momentum"] + change
        moved = momentum if self.momentum > 0 else change
        return value - moved, {"velocity": square, "average_gradient": mean, "momentum": momentum}


class Adagrad(BaseOptimizer):
    """Gradients divided by the root of the sum of their squares."""

    def __init__(
        self, learning_rate=0.001, initial_accumulator_value=0.1, epsilon=1e-7, weight_decay=None, clipnorm=None,
        clipvalue=None, global_clipnorm=None,
    ):  # fmt: skip
        super().__init__(learning_rate, weight_decay, clipnorm, clipvalue, global_clipnorm)
        self.initial_accumulator_value, self.epsilon = initial_accumulator_value, epsilon

    def first_moments(self, value):
        """The sum before the first step."""
        return {"accumulator": jnp.full_like(value, self.initial_accumulator_value)}

    def new_value(self, gradient, value, moments, rate, step):
        """The value and the sum of squares after a step."""
        total = moments["accumulator"] + gradient**2
        return value - rate * gradient / jnp.sqrt(total + self.epsilon), {"accumulator": total}


class Nadam(BaseOptimizer):
    """Adam with momentum of Nesterov's that grows from step to step."""

    moments = ("momentum", "velocity")

    def __init__(
        self, learning_rate=0.001, beta_1=0.9, beta_2=0.999, epsilon=1e-7, weight_decay=None, clipnorm=None,
        clipvalue=None, global_clipnorm=None,
    ):  # fmt: skip
        super().__init__(learning_rate, weight_decay, clipnorm, clipvalue, global_clipnorm)
        self.beta_1, self.beta_2, self.epsilon = beta_1, beta_2, epsilon

    def momentum_product(self, step):
        """The product of the shares of the average in all steps; 0.96**512 is nothing beside 1."""
        steps = jnp.arange(1, 513)
        return jnp.prod(jnp.where(steps <= step, 1 - 0.5 * 0.96**steps, 1.0)) * self.beta_1**step

    def new_value(self, gradient, value, moments, rate, step):
        """The value and the averages after a step."""
        m = moments["momentum"] + (gradient - moments["momentum"]) * (1 - self.beta_1)
        v = moments["velocity"] + (gradient**2 - moments["velocity"]) * (1 - self.beta_2)
        share, following = (self.beta_1 * (1 - 0.5 * 0.96**number) for number in (step, step + 1))
        product = self.momentum_product(step)
        mean = following * m / (1 - product * following) + (1 - share) * gradient / (1 - product)
        spread = jnp.sqrt(v / (1 - jnp.power(jnp.float32(self.beta_2), step)))
        return value - mean * rate / (spread + self.epsilon), {"momentum": m, "velocity": v}


class Adamax(BaseOptimizer):
    """Adam with the largest gradients in place of squares."""

    moments = ("momentum", "norm")

    def __init__(
        self, learning_rate=0.001, beta_1=0.9, beta_2=0.999, epsilon=1e-7, weight_decay=None, clipnorm=None,
        clipvalue=None, global_clipnorm=None,
    ):  # fmt: skip
        super().__init__(learning_rate, weight_decay, clipnorm, clipvalue, global_clipnorm)
        self.beta_1, self.beta_2, self.epsilon = beta_1, beta_2, epsilon

    def new_value(self, gradient, value, moments, rate, step):
        """The value, the average and the largest gradients after a step."""
        m = moments["momentum"] + (gradient - moments["momentum"]) * (1 - self.beta_1)
        largest = jnp.maximum(self.beta_2 * moments["norm"], jnp.abs(gradient))
        first = 1 - jnp.power(jnp.float32(self.beta_1), step)
        return value - rate * m / (first * (largest + self.epsilon)), {"momentum": m, "norm": largest}


class Adadelta(BaseOptimizer):
    """Gradients scaled by the root of moving squares: those of changes over those of gradients."""

    moments = ("accumulated_grad", "accumulated_delta_var")

    def __init__(
        self, learning_rate=0.001, rho=0.95, epsilon=1e-7, weight_decay=None, clipnorm=None,
        clipvalue=None, global_clipnorm=None,
    ):  # fmt: skip
        super().__init__(learning_rate, weight_decay, clipnorm, clipvalue, global_clipnorm)
        self.rho, self.epsilon = rho, epsilon

    def new_value(self, gradient, value, moments, rate, step):
        """The value and the averages of squares after a step."""
        squares = self.rho * moments["accumulated_grad"] + (1 - self.rho) * gradient**2
        changes = moments["accumulated_delta_var"]
        change = jnp.sqrt(changes + self.epsilon) * gradient / jnp.sqrt(squares + self.epsilon)
        changes = self.rho * changes + (1 - self.rho) * change**2
        return value - rate * change, {"accumulated_grad": squares, "accumulated_delta_var": changes}


class Lion(BaseOptimizer):
    """Signs of gradients that are mixed with their average."""

    moments = ("momentum",)

    def __init__(
        self, learning_rate=0.001, beta_1=0.9, beta_2=0.99, weight_decay=None, clipnorm=None,
        clipvalue=None, global_clipnorm=None,
    ):  # fmt: skip
        super().__init__(learning_rate, weight_decay, clipnorm, clipvalue, global_clipnorm)
        self.beta_1, self.beta_2 = beta_1, beta_2

    def new_value(self, gradient, value, moments, rate, step):
        """The value and the average after a step."""
        m = moments["momentum"]
        change = rate * jnp.sign(m * self.beta_1 + gradient * (1 - self.beta_1))
        return value - change, {"momentum": m * self.beta_2 + gradient * (1 - self.beta_2)}
