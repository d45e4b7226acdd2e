"""PyTorch's optimizers on TensorFlow variables: the same settings, states and updates."""

import math

import keras
import numpy as np
import tensorflow as tf

from .module import stored


class ParamGroup(dict):
    """Parameters with their settings, of which "lr" and "weight_decay" are variables."""

    def __init__(self, settings):
        super().__init__()
        for key, value in settings.items():
            self[key] = value

    def __getitem__(self, key):
        value = super().__getitem__(key)
        if isinstance(value, tf.Variable):
            return float(value.numpy()) if tf.executing_eagerly() else value.value()
        return value

    def __setitem__(self, key, value):
        if key not in ("lr", "weight_decay"):
            super().__setitem__(key, value)
        elif key in self:
            super().__getitem__(key).assign(value)
        else:
            super().__setitem__(key, tf.Variable(value, dtype=tf.float32, trainable=False))

    def get(self, key, default=None):
        """A setting, or the default."""
        return self[key] if key in self else default

    def setdefault(self, key, default=None):
        """A setting, which is set to the default when it is missing."""
        if key not in self:
            self[key] = default
        return self[key]

    # only if used
    def items(self):
        """The settings with their names."""
        return [(key, self[key]) for key in self]


class Optimizer:
    """Base of optimizers: groups of parameters, and a state of each parameter.

    Subclasses say in `new_state` what they keep of a parameter (names and arrays), and in
    `new_value` what it becomes. Everything that changes is a variable, also in tf.function.
    """

    def __init__(self, params, defaults):
        self.defaults = defaults
        self.param_groups = []
        self.state = []
        params = list(params)
        for group in params if isinstance(params[0], dict) else [{"params": params}]:
            self.add_param_group(group)

    def add_param_group(self, param_group):
        """Add parameters, with settings where they differ from the defaults."""
        params = param_group["params"]
        params = [params] if isinstance(params, keras.Variable) else params
        params = [stored(param) for param in params]
        if not all(isinstance(param, (keras.Variable, tf.Variable)) for param in params):
            raise TypeError("an optimizer trains variables: make the array a Parameter first")
        group = ParamGroup({**self.defaults, **param_group, "params": params})
        self.param_groups.append(group)
        for param in params:
            state = self.new_state(group, tf.zeros(param.shape, param.dtype))
            self.state.append({k: tf.Variable(v, trainable=False) for k, v in state.items()})

    def entries(self):
        """(group, parameter, state) of all parameters."""
        pairs = [(group, param) for group in self.param_groups for param in group["params"]]
        return [(group, param, state) for (group, param), state in zip(pairs, self.state)]

    @property
    def params(self):
        """All parameters, in the order of the groups."""
        return [param for group in self.param_groups for param in group["params"]]

    def gradients(self, grads_and_vars):
        """The gradients by the id of their variable; every parameter that is trained is among them."""
        found = {id(variable): gradient for gradient, variable in grads_and_vars}
        if any(id(param) not in found and param.trainable for param in self.params):
            raise ValueError("a parameter has no gradient: take those of its module too")
        return {k: tf.convert_to_tensor(g) for k, g in found.items() if g is not None}

    def apply_gradients(self, grads_and_vars):
        """One step with pairs of a gradient and its variable; None leaves a variable as it is."""
        self.apply(self.gradients(grads_and_vars))

    def apply(self, gradients):
        """One step with gradients by the id of their variable; others stay as they are."""
        for group, param, state in self.entries():
            gradient = gradients.get(id(param))
            if gradient is None:
                continue
            settings = {k: group[k] for k in self.defaults}
            for key in ("lr", "weight_decay"):
                settings[key] = tf.cast(settings[key], param.dtype)
            if settings.pop("maximize", False):
                gradient = -gradient
            param.assign(self.new_value(param.value, gradient, state, **settings))

    # only if used
    def accumulate(self, grads_and_vars):
        """Add gradients to those that the next `step` takes."""
        found = self.gradients(grads_and_vars)
        for _, param, state in self.entries():
            if id(param) not in found:
                continue
            if "grad" in state:
                state["grad"].assign_add(found[id(param)])
            else:
                state["grad"] = tf.Variable(found[id(param)], trainable=False)

    # only if used
    def step(self):
        """One step with the accumulated gradients; parameters without stay as they are."""
        self.apply({id(p): s["grad"].value() for _, p, s in self.entries() if "grad" in s})

    # only if used
    def zero_grad(self):
        """Forget the accumulated gradients."""
        for state in self.state:
            state.pop("grad", None)

    # only if used
    def clip_grad_norm(self, max_norm, norm_type=2.0):
        """Scale the accumulated gradients to a joint norm of at most `max_norm`; returns the norm."""
        held = [state["grad"] for state in self.state if "grad" in state]
        grads, norm = clip_grad_norm(held, max_norm, norm_type)
        for variable, gradient in zip(held, grads):
            variable.assign(gradient)
        return norm

    # only if used
    def clip_grad_value(self, clip_value):
        """Clip the accumulated gradients to [-clip_value, clip_value]."""
        for state in self.state:
            if "grad" in state:
                state["grad"].assign(tf.clip_by_value(state["grad"], -clip_value, clip_value))

    # only if used
    def state_dict(self):
        """The states by the number of their parameter, and the settings of the groups."""
        groups, start = [], 0
        for group in self.param_groups:
            numbers = list(range(start, start + len(group["params"])))
            groups.append({key: group[key] for key in group} | {"params": numbers})
            start += len(numbers)
        states = [{k: v.numpy() for k, v in s.items() if k != "grad"} for s in self.state]
        return {"state": {i: s for i, s in enumerate(states) if s}, "param_groups": groups}

    # only if used
    def load_state_dict(self, state_dict):
        """Take over what `state_dict` gave."""
        sizes = [len(group["params"]) for group in state_dict["param_groups"]]
        if sizes != [len(group["params"]) for group in self.param_groups]:
            raise ValueError("the parameter groups have other sizes than the saved ones")
        for group, saved in zip(self.param_groups, state_dict["param_groups"]):
            for key in saved.keys() - {"params"}:
                group[key] = saved[key]
        for number, saved in state_dict["state"].items():
            for key, value in saved.items():
                held = self.state[int(number)][key]
                held.assign(np.asarray(value, held.dtype.as_numpy_dtype))


def count_step(state, dtype):
    """The number of steps, this one included."""
    return tf.cast(state["step"].assign_add(1), dtype)


def moving_average(average, value, decay):
    """A variable's moving average, updated by a value."""
    return average.assign(decay * average + (1 - decay) * value)


def bias_correction(beta, step):
    """1 - beta**step, without cancellation in single precision."""
    return -tf.math.expm1(step * math.log(beta)) if beta > 0 else 1.0


class SGD(Optimizer):
    """Gradient descent; with momentum the buffer holds gradients, which the learning rate scales."""

    def __init__(
        self, params, lr=0.001, momentum=0, dampening=0, weight_decay=0, nesterov=False, *, maximize=False
    ):
        if nesterov and (momentum <= 0 or dampening != 0):
            raise ValueError("Nesterov momentum requires a momentum and zero dampening")
        super().__init__(
            params,
            dict(
                lr=lr, momentum=momentum, dampening=dampening, weight_decay=weight_decay,
                nesterov=nesterov, maximize=maximize,
            ),
        )  # fmt: skip

    def new_state(self, group, zeros):
        return {"momentum_buffer": zeros, "step": tf.zeros(())} if group["momentum"] else {}

    def new_value(self, value, gradient, state, lr, momentum, dampening, weight_decay, nesterov):
        gradient = gradient + weight_decay * value
        if not momentum:
            return value - lr * gradient
        first = count_step(state, value.dtype) == 1
        held = momentum * state["momentum_buffer"]
        buffer = tf.where(first, gradient, held + (1 - dampening) * gradient)
        state["momentum_buffer"].assign(buffer)
        return value - lr * (gradient + momentum * buffer if nesterov else buffer)


class Adam(Optimizer):
    """Adam; weight decay is added to the gradient unless it is decoupled."""

    def __init__(
        self, params, lr=0.001, betas=(0.9, 0.999), eps=1e-8, weight_decay=0, amsgrad=False, *,
        maximize=False, decoupled_weight_decay=False,
    ):  # fmt: skip
        super().__init__(
            params,
            dict(
                lr=lr, betas=tuple(betas), eps=eps, weight_decay=weight_decay, amsgrad=amsgrad,
                maximize=maximize, decoupled_weight_decay=decoupled_weight_decay,
            ),
        )  # fmt: skip

    def new_state(self, group, zeros):
        state = {"step": tf.zeros(()), "exp_avg": zeros, "exp_avg_sq": zeros}
        return state | {"max_exp_avg_sq": zeros} if group["amsgrad"] else state

    def new_value(
        self, value, gradient, state, lr, betas, eps, weight_decay, amsgrad, decoupled_weight_decay
    ):
        step = count_step(state, value.dtype)
        if decoupled_weight_decay:
            value = value * (1 - lr * weight_decay)
        else:
            gradient = gradient + weight_decay * value
        mean = moving_average(state["exp_avg"], gradient, betas[0])
        square = moving_average(state["exp_avg_sq"], gradient**2, betas[1])
        if amsgrad:
            square = tf.maximum(state["max_exp_avg_sq"], square)
            state["max_exp_avg_sq"].assign(square)
        root = tf.sqrt(square) / tf.sqrt(bias_correction(betas[1], step))
        return value - lr / bias_correction(betas[0], step) * mean / (root + eps)


class AdamW(Adam):
    """Adam with decoupled weight decay."""

    def __init__(
        self, params, lr=0.001, betas=(0.9, 0.999), eps=1e-8, weight_decay=0.01, amsgrad=False, *,
        maximize=False,
    ):  # fmt: skip
        super().__init__(
            params, lr, betas, eps, weight_decay, amsgrad, maximize=maximize, decoupled_weight_decay=True
        )


class RMSprop(Optimizer):
    """Gradients divided by the root of their moving square, to which eps is added."""

    def __init__(
        self, params, lr=0.01, alpha=0.99, eps=1e-8, weight_decay=0, momentum=0, centered=False, *,
        maximize=False,
    ):  # fmt: skip
        super().__init__(
            params,
            dict(
                lr=lr, alpha=alpha, eps=eps, weight_decay=weight_decay, momentum=momentum,
                centered=centered, maximize=maximize,
            ),
        )  # fmt: skip

    def new_state(self, group, zeros):
        names = ["square_avg"]
        names += ["momentum_buffer"] if group["momentum"] > 0 else []
        names += ["grad_avg"] if group["centered"] else []
        return dict.fromkeys(names, zeros)

    def new_value(self, value, gradient, state, lr, alpha, eps, weight_decay, momentum, centered):
        gradient = gradient + weight_decay * value
        square = moving_average(state["square_avg"], gradient**2, alpha)
        if centered:
            square = square - moving_average(state["grad_avg"], gradient, alpha) ** 2
        change = gradient / (tf.sqrt(square) + eps)
        if momentum > 0:
            state["momentum_buffer"].assign(momentum * state["momentum_buffer"] + change)
            change = state["momentum_buffer"]
        return value - lr * change


class Adagrad(Optimizer):
    """Gradients divided by the root of the sum of their squares."""

    def __init__(
        self, params, lr=0.01, lr_decay=0, weight_decay=0, initial_accumulator_value=0, eps=1e-10, *,
        maximize=False,
    ):  # fmt: skip
        super().__init__(
            params,
            dict(
                lr=lr, lr_decay=lr_decay, eps=eps, weight_decay=weight_decay,
                initial_accumulator_value=initial_accumulator_value, maximize=maximize,
            ),
        )  # fmt: skip

    def new_state(self, group, zeros):
        return {"step": tf.zeros(()), "sum": zeros + group["initial_accumulator_value"]}

    def new_value(
        self, value, gradient, state, lr, lr_decay, eps, weight_decay, initial_accumulator_value
    ):
        rate = lr / (1 + (count_step(state, value.dtype) - 1) * lr_decay)
        gradient = gradient + weight_decay * value
        state["sum"].assign_add(gradient**2)
        return value - rate * gradient / (tf.sqrt(state["sum"]) + eps)


class Adadelta(Optimizer):
    """Gradients scaled by the moving root of the changes over that of the gradients."""

    def __init__(self, params, lr=1.0, rho=0.9, eps=1e-6, weight_decay=0, *, maximize=False):
        super().__init__(
            params, dict(lr=lr, rho=rho, eps=eps, weight_decay=weight_decay, maximize=maximize)
        )

    def new_state(self, group, zeros):
        return {"square_avg": zeros, "acc_delta": zeros}

    def new_value(self, value, gradient, state, lr, rho, eps, weight_decay):
        gradient = gradient + weight_decay * value
        square = moving_average(state["square_avg"], gradient**2, rho)
        change = tf.sqrt(state["acc_delta"] + eps) / tf.sqrt(square + eps) * gradient
        moving_average(state["acc_delta"], change**2, rho)
        return value - lr * change


class Adamax(Optimizer):
    """Adam with the largest gradients in place of the moving square."""

    def __init__(
        self, params, lr=0.002, betas=(0.9, 0.999), eps=1e-8, weight_decay=0, *, maximize=False
    ):
        super().__init__(
            params,
            dict(lr=lr, betas=tuple(betas), eps=eps, weight_decay=weight_decay, maximize=maximize),
        )

    def new_state(self, group, zeros):
        return {"step": tf.zeros(()), "exp_avg": zeros, "exp_inf": zeros}

    def new_value(self, value, gradient, state, lr, betas, eps, weight_decay):
        step = count_step(state, value.dtype)
        gradient = gradient + weight_decay * value
        mean = moving_average(state["exp_avg"], gradient, betas[0])
        largest = tf.maximum(betas[1] * state["exp_inf"], tf.abs(gradient) + eps)
        state["exp_inf"].assign(largest)
        return value - lr / bias_correction(betas[0], step) * mean / largest


class NAdam(Optimizer):
    """Adam with Nesterov momentum."""

    def __init__(
        self, params, lr=0.002, betas=(0.9, 0.999), eps=1e-8, weight_decay=0, momentum_decay=0.004,
        decoupled_weight_decay=False, *, maximize=False,
    ):  # fmt: skip
        super().__init__(
            params,
            dict(
                lr=lr, betas=tuple(betas), eps=eps, weight_decay=weight_decay,
                momentum_decay=momentum_decay, maximize=maximize,
                decoupled_weight_decay=decoupled_weight_decay,
            ),
        )  # fmt: skip

    def new_state(self, group, zeros):
        return {"step": tf.zeros(()), "mu_product": tf.ones((), zeros.dtype), "exp_avg": zeros, "exp_avg_sq": zeros}

    def new_value(
        self, value, gradient, state, lr, betas, eps, weight_decay, momentum_decay, decoupled_weight_decay
    ):
        step = count_step(state, value.dtype)
        if decoupled_weight_decay:
            value = value * (1 - lr * weight_decay)
        else:
            gradient = gradient + weight_decay * value
        mu = betas[0] * (1 - 0.5 * 0.96 ** (step * momentum_decay))
        mu_next = betas[0] * (1 - 0.5 * 0.96 ** ((step + 1) * momentum_decay))
        product = state["mu_product"].assign(state["mu_product"] * mu)
        mean = moving_average(state["exp_avg"], gradient, betas[0])
        square = moving_average(state["exp_avg_sq"], gradient**2, betas[1])
        root = tf.sqrt(square / bias_correction(betas[1], step)) + eps
        value = value - lr * (1 - mu) / (1 - product) * gradient / root
        return value - lr * mu_next / (1 - product * mu_next) * mean / root


class RAdam(Optimizer):
    """Adam whose adaptive rate is rectified, and left out in the first steps."""

    def __init__(
        self, params, lr=0.001, betas=(0.9, 0.999), eps=1e-8, weight_decay=0,
        decoupled_weight_decay=False, *, maximize=False,
    ):  # fmt: skip
        super().__init__(
            params,
            dict(
                lr=lr, betas=tuple(betas), eps=eps, weight_decay=weight_decay,
                maximize=maximize, decoupled_weight_decay=decoupled_weight_decay,
            ),
        )  # fmt: skip

    def new_state(self, group, zeros):
        return {"step": tf.zeros(()), "exp_avg": zeros, "exp_avg_sq": zeros}

    def new_value(
        self, value, gradient, state, lr, betas, eps, weight_decay, decoupled_weight_decay
    ):
        step = count_step(state, value.dtype)
        if decoupled_weight_decay:
            value = value * (1 - lr * weight_decay)
        else:
            gradient = gradient + weight_decay * value
        mean = moving_average(state["exp_avg"], gradient, betas[0]) / bias_correction(betas[0], step)
        square = moving_average(state["exp_avg_sq"], gradient**2, betas[1])
        correction = bias_correction(betas[1], step)
        longest = 2 / (1 - betas[1]) - 1
        length = longest - 2 * step * betas[1] ** step / correction
        rectified = tf.maximum((length - 4) * (length - 2) * longest, 0)
        rectified = tf.sqrt(rectified / ((longest - 4) * (longest - 2) * length))
        adaptive = tf.sqrt(correction) / (tf.sqrt(square) + eps)
        return value - lr * mean * tf.where(length > 5, adaptive * rectified, 1.0)


def clip_grad_norm(grads, max_norm, norm_type=2.0):
    """The gradients scaled to a joint norm of at most `max_norm`, and their norm before; None stays."""
    known = [tf.reshape(g, [-1]) for g in grads if g is not None]
    norm = tf.norm(tf.stack([tf.norm(g, ord=norm_type) for g in known]), ord=norm_type)
    scale = tf.minimum(max_norm / (norm + 1e-6), 1.0)
    return [None if g is None else g * scale for g in grads], norm


def clip_grad_value(grads, clip_value):
    """The gradients clipped to [-clip_value, clip_value]; None stays."""
    return [None if g is None else tf.clip_by_value(g, -clip_value, clip_value) for g in grads]
