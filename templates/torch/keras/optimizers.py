"""Optimizers of Keras, with epsilon, momentum and decay where Keras has them; earlier views keep their values."""

import collections
import math

import torch


def assign_variable(variable, value):
    """Give a variable a value of its shape; views of the one before keep it. Other objects have an ``assign``."""
    if not isinstance(variable, torch.Tensor):
        return variable.assign(value)
    value = torch.as_tensor(value).detach()
    if value.shape != variable.shape:
        raise ValueError(f"a value of shape {tuple(value.shape)} for a variable of shape {tuple(variable.shape)}")
    variable.data = value.to(variable).clone()
    return variable


def assign_part(variable, index, value):
    """Give the elements of a variable at an index values; views of those before keep them."""
    changed = variable.detach().clone()
    changed[index] = torch.as_tensor(value, dtype=variable.dtype).detach()
    variable.data = changed
    return variable


class LearningRateSchedule:
    """Base of learning rates that are functions of the number of steps."""


class ExponentialDecay(LearningRateSchedule):
    """A rate that is multiplied by ``decay_rate`` every ``decay_steps`` steps."""

    def __init__(self, initial_learning_rate, decay_steps, decay_rate, staircase=False):
        self.initial, self.steps, self.rate, self.staircase = initial_learning_rate, decay_steps, decay_rate, staircase

    def __call__(self, step):
        periods = torch.as_tensor(step) / self.steps
        return self.initial * self.rate ** (torch.floor(periods) if self.staircase else periods)


class InverseTimeDecay(LearningRateSchedule):
    """A rate over one plus ``decay_rate`` times the number of periods."""

    def __init__(self, initial_learning_rate, decay_steps, decay_rate, staircase=False):
        self.initial, self.steps, self.rate, self.staircase = initial_learning_rate, decay_steps, decay_rate, staircase

    def __call__(self, step):
        periods = torch.as_tensor(step) / self.steps
        return self.initial / (1 + self.rate * (torch.floor(periods) if self.staircase else periods))


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
        step = torch.as_tensor(step, dtype=torch.float32)
        steps = self.steps * torch.ceil(step / self.steps).clamp(min=1.0) if self.cycle else self.steps
        done = step if self.cycle else step.clamp(max=self.steps)
        return (self.initial - self.end) * (1 - done / steps) ** self.power + self.end


class CosineDecay(LearningRateSchedule):
    """Up to ``warmup_target`` if there is one, then down half a cosine to ``alpha`` times it."""

    def __init__(self, initial_learning_rate, decay_steps, alpha=0.0, warmup_target=None, warmup_steps=0):
        self.initial, self.steps, self.alpha = initial_learning_rate, decay_steps, alpha
        self.target, self.warmup = warmup_target, warmup_steps if warmup_target is not None else 0

    def __call__(self, step):
        step = torch.as_tensor(step, dtype=torch.float32)
        if step < self.warmup:
            return self.initial + (self.target - self.initial) * step / self.warmup
        done = (step - self.warmup).clamp(max=self.steps) / self.steps
        top = self.initial if self.target is None else self.target
        return top * ((1 - self.alpha) * 0.5 * (1 + torch.cos(math.pi * done)) + self.alpha)


class BaseOptimizer:
    """Base of optimizers: ``apply_gradients`` takes pairs of gradients and variables, which get new values."""

    def __init__(self, learning_rate, weight_decay=None, clipnorm=None, clipvalue=None, global_clipnorm=None):
        if sum(limit is not None for limit in (clipnorm, clipvalue, global_clipnorm)) > 1:
            raise ValueError("only one of clipnorm, clipvalue and global_clipnorm can be set")
        self.rate, self.weight_decay, self.iterations = learning_rate, weight_decay, 0
        self.clipnorm, self.clipvalue, self.global_clipnorm = clipnorm, clipvalue, global_clipnorm
        self.state, self.excluded = collections.defaultdict(dict), lambda variable: False

    @property
    def learning_rate(self):
        """The rate of the next step."""
        rate = self.rate(torch.tensor(self.iterations)) if callable(self.rate) else self.rate
        return torch.as_tensor(rate, dtype=torch.float32)

    @learning_rate.setter
    def learning_rate(self, rate):
        self.rate = rate

    def exclude_from_weight_decay(self, var_list=None, var_names=None):
        """Leave variables, given as such, out of weight decay."""
        if var_names:
            raise NotImplementedError("variables of PyTorch have no names: give var_list")
        left = {id(variable) for variable in var_list or ()}
        self.excluded = lambda variable: id(variable) in left

    def clipped(self, grads):
        """The gradients within the limits that were set."""
        if self.clipnorm:
            return [g * self.clipnorm / torch.linalg.vector_norm(g).clamp(min=self.clipnorm) for g in grads]
        if self.global_clipnorm:
            norm = torch.sqrt(sum(torch.sum(g**2) for g in grads))
            return [g * self.global_clipnorm / norm.clamp(min=self.global_clipnorm) for g in grads]
        return [g.clamp(-self.clipvalue, self.clipvalue) for g in grads] if self.clipvalue else grads

    def apply_gradients(self, grads_and_vars):
        """A step of pairs of gradients and variables; a variable without gradient stays as it is."""
        self.apply(*zip(*grads_and_vars, strict=True))

    @torch.no_grad()
    def apply(self, grads, trainable_variables):
        """A step of gradients and their variables."""
        pairs = [(g, v) for g, v in zip(grads, trainable_variables, strict=True) if g is not None]
        if not pairs:
            raise ValueError("no variable has a gradient")
        grads, variables = zip(*pairs)
        rate = self.learning_rate
        if self.weight_decay is not None:
            for variable in variables:
                if not self.excluded(variable):
                    variable.data = variable - variable * self.weight_decay * rate
        for g, variable in zip(self.clipped(grads), variables):
            self.update_step(g, variable, rate)
        self.iterations += 1

    # only if used
    def saved_state(self):
        """The number of steps, the rate if it is a number, and the moments in the order of the first steps."""
        rate = None if callable(self.rate) else float(self.rate)
        moments = [dict(moments) for moments in self.state.values()]
        return {"iterations": self.iterations, "moments": moments} | ({} if rate is None else {"rate": rate})

    # only if used
    def restore_state(self, saved):
        """Take a state of before; moments of variables that had no step yet wait for it."""
        moments = iter(saved["moments"])
        next_moments = lambda: dict(next(moments, {}))  # noqa: E731
        self.iterations, self.rate = saved["iterations"], saved.get("rate", self.rate)
        for variable in self.state:
            self.state[variable] = next_moments()
        self.state.default_factory = next_moments

    def moment(self, variable, name, value=0.0):
        """A tensor of the optimizer's state for a variable."""
        state = self.state[variable]
        if name not in state:
            state[name] = torch.full_like(variable, value)
        return state[name]


class SGD(BaseOptimizer):
    """Gradient descent, with momentum of which the learning rate is part."""

    def __init__(
        self, learning_rate=0.01, momentum=0.0, nesterov=False, weight_decay=None, clipnorm=None, clipvalue=None,
        global_clipnorm=None,
    ):  # fmt: skip
        super().__init__(learning_rate, weight_decay, clipnorm, clipvalue, global_clipnorm)
        self.momentum, self.nesterov = momentum, nesterov

    def update_step(self, gradient, variable, learning_rate):
        """Change a variable along its gradient."""
        if not self.momentum:
            variable.data = variable - gradient * learning_rate
            return
        m = self.moment(variable, "momentum")
        m.mul_(self.momentum).sub_(gradient * learning_rate)
        variable.data = variable + (m * self.momentum - gradient * learning_rate if self.nesterov else m)


class Adam(BaseOptimizer):
    """Adam, with epsilon beside the root of the uncorrected average."""

    def __init__(
        self, learning_rate=0.001, beta_1=0.9, beta_2=0.999, epsilon=1e-7, amsgrad=False, weight_decay=None,
        clipnorm=None, clipvalue=None, global_clipnorm=None,
    ):  # fmt: skip
        super().__init__(learning_rate, weight_decay, clipnorm, clipvalue, global_clipnorm)
        self.beta_1, self.beta_2, self.epsilon, self.amsgrad = beta_1, beta_2, epsilon, amsgrad

    def update_step(self, gradient, variable, learning_rate):
        """Change a variable along its gradient."""
        m, v = self.moment(variable, "momentum"), self.moment(variable, "velocity")
        m.add_((gradient - m) * (1 - self.beta_1))
        v.add_((gradient**2 - v) * (1 - self.beta_2))
        if self.amsgrad:
            largest = self.moment(variable, "velocity_hat")
            v = largest.copy_(torch.maximum(largest, v))
        first, second = (1 - torch.tensor(beta) ** (self.iterations + 1) for beta in (self.beta_1, self.beta_2))
        rate = learning_rate * torch.sqrt(second) / first
        variable.data = variable - m * rate / (torch.sqrt(v) + self.epsilon)


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

    def __init__(
        self, learning_rate=0.001, rho=0.9, momentum=0.0, epsilon=1e-7, centered=False, weight_decay=None,
        clipnorm=None, clipvalue=None, global_clipnorm=None,
    ):  # fmt: skip
        super().__init__(learning_rate, weight_decay, clipnorm, clipvalue, global_clipnorm)
        self.rho, self.momentum, self.epsilon, self.centered = rho, momentum, epsilon, centered

    def update_step(self, gradient, variable, learning_rate):
        """Change a variable along its gradient."""
        square = self.moment(variable, "velocity")
        square.mul_(self.rho).add_((1 - self.rho) * gradient**2)
        below = square
        if self.centered:
            mean = self.moment(variable, "average_gradient")
            mean.mul_(self.rho).add_((1 - self.rho) * gradient)
            below = square - mean**2
        step = learning_rate * gradient / torch.sqrt(below + self.epsilon)
        if self.momentum > 0:
            step = self.moment(variable, "momentum").mul_(self.momentum).add_(step)
        variable.data = variable - step


class Adagrad(BaseOptimizer):
    """Gradients divided by the root of the sum of their squares."""

    def __init__(
        self, learning_rate=0.001, initial_accumulator_value=0.1, epsilon=1e-7, weight_decay=None, clipnorm=None,
        clipvalue=None, global_clipnorm=None,
    ):  # fmt: skip
        super().__init__(learning_rate, weight_decay, clipnorm, clipvalue, global_clipnorm)
        self.initial_accumulator_value, self.epsilon = initial_accumulator_value, epsilon

    def update_step(self, gradient, variable, learning_rate):
        """Change a variable along its gradient."""
        total = self.moment(variable, "accumulator", self.initial_accumulator_value).add_(gradient**2)
        variable.data = variable - learning_rate * gradient / torch.sqrt(total + self.epsilon)


class Nadam(BaseOptimizer):
    """Adam with momentum of Nesterov's that grows from step to step."""

    def __init__(
        self, learning_rate=0.001, beta_1=0.9, beta_2=0.999, epsilon=1e-7, weight_decay=None, clipnorm=None,
        clipvalue=None, global_clipnorm=None,
    ):  # fmt: skip
        super().__init__(learning_rate, weight_decay, clipnorm, clipvalue, global_clipnorm)
        self.beta_1, self.beta_2, self.epsilon, self.product = beta_1, beta_2, epsilon, 1.0

    def momentum_at(self, step):
        """The share of the average in a step."""
        return self.beta_1 * (1 - 0.5 * 0.96**step)

    def apply(self, grads, trainable_variables):
        """A step of gradients and their variables."""
        self.product *= self.momentum_at(self.iterations + 1)
        super().apply(grads, trainable_variables)

    def update_step(self, gradient, variable, learning_rate):
        """Change a variable along its gradient."""
        m, v = self.moment(variable, "momentum"), self.moment(variable, "velocity")
        m.add_((gradient - m) * (1 - self.beta_1))
        v.add_((gradient**2 - v) * (1 - self.beta_2))
        share, following = self.momentum_at(self.iterations + 1), self.momentum_at(self.iterations + 2)
        mean = following * m / (1 - self.product * following) + (1 - share) * gradient / (1 - self.product)
        spread = torch.sqrt(v / (1 - torch.tensor(self.beta_2) ** (self.iterations + 1)))
        variable.data = variable - mean * learning_rate / (spread + self.epsilon)


class Adamax(BaseOptimizer):
    """Adam with the largest gradients in place of squares."""

    def __init__(
        self, learning_rate=0.001, beta_1=0.9, beta_2=0.999, epsilon=1e-7, weight_decay=None, clipnorm=None,
        clipvalue=None, global_clipnorm=None,
    ):  # fmt: skip
        super().__init__(learning_rate, weight_decay, clipnorm, clipvalue, global_clipnorm)
        self.beta_1, self.beta_2, self.epsilon = beta_1, beta_2, epsilon

    def update_step(self, gradient, variable, learning_rate):
        """Change a variable along its gradient."""
        m, largest = self.moment(variable, "momentum"), self.moment(variable, "norm")
        m.add_((gradient - m) * (1 - self.beta_1))
        largest.copy_(torch.maximum(self.beta_2 * largest, gradient.abs()))
        first = 1 - torch.tensor(self.beta_1) ** (self.iterations + 1)
        variable.data = variable - learning_rate * m / (first * (largest + self.epsilon))


class Adadelta(BaseOptimizer):
    """Gradients scaled by the root of moving squares: those of changes over those of gradients."""

    def __init__(
        self, learning_rate=0.001, rho=0.95, epsilon=1e-7, weight_decay=None, clipnorm=None,
        clipvalue=None, global_clipnorm=None,
    ):  # fmt: skip
        super().__init__(learning_rate, weight_decay, clipnorm, clipvalue, global_clipnorm)
        self.rho, self.epsilon = rho, epsilon

    def update_step(self, gradient, variable, learning_rate):
        """Change a variable along its gradient."""
        squares, changes = self.moment(variable, "accumulated_grad"), self.moment(variable, "accumulated_delta_var")
        squares.mul_(self.rho).add_((1 - self.rho) * gradient**2)
        change = torch.sqrt(changes + self.epsilon) * gradient / torch.sqrt(squares + self.epsilon)
        changes.mul_(self.rho).add_((1 - self.rho) * change**2)
        variable.data = variable - learning_rate * change


class Lion(BaseOptimizer):
    """Signs of gradients that are mixed with their average."""

    def __init__(
        self, learning_rate=0.001, beta_1=0.9, beta_2=0.99, weight_decay=None, clipnorm=None,
        clipvalue=None, global_clipnorm=None,
    ):  # fmt: skip
        super().__init__(learning_rate, weight_decay, clipnorm, clipvalue, global_clipnorm)
        self.beta_1, self.beta_2 = beta_1, beta_2

    def update_step(self, gradient, variable, learning_rate):
        """Change a variable along its gradient."""
        m = self.moment(variable, "momentum")
        variable.data = variable - learning_rate * torch.sign(m * self.beta_1 + gradient * (1 - self.beta_1))
        m.mul_(self.beta_2).add_(gradient * (1 - self.beta_2))
