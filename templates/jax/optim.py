"""PyTorch's optimizers on nnx variables: the same settings, states and updates."""

import contextlib
import math

import jax
import jax.numpy as jnp
import numpy as np
from flax import nnx


class ParamGroup(nnx.Pytree):
    """Parameters with their settings, a dictionary whose "lr" and "weight_decay" are variables."""

    def __init__(self, settings):
        self.params = nnx.List(settings["params"])
        self.settings = nnx.Dict()
        for key, value in settings.items():
            if key != "params":
                self[key] = value

    def __getitem__(self, key):
        if key == "params":
            return self.params
        value = self.settings[key]
        if not isinstance(value, nnx.Variable):
            return value
        value = value[...]
        return value if isinstance(value, jax.core.Tracer) else float(value)

    def __setitem__(self, key, value):
        if key not in ("lr", "weight_decay"):
            self.settings[key] = value
        elif key in self:
            self.settings[key][...] = value
        else:
            self.settings[key] = nnx.OptState(jnp.asarray(value, jnp.float32))

    def __contains__(self, key):
        return key in self.keys()

    def keys(self):
        """The names of the settings, "params" first."""
        return ["params", *self.settings]

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
        return [(key, self[key]) for key in self.keys()]


def gradient_of_each(model, grads):
    """Gradients by the id of their variable, of a module or of several in a tuple."""
    found = {}
    pairs = zip(model, grads) if isinstance(model, tuple) else [(model, grads)]
    for module, gradients in pairs:
        if isinstance(module, nnx.Variable):
            found[id(module)] = gradients[...]
            continue
        variables = dict(nnx.iter_graph(module))
        for path, gradient in nnx.to_flat_state(gradients):
            found[id(variables[path])] = gradient[...]
    return found


@contextlib.contextmanager
def replaced(owner, **attributes):
    """Give an object other attributes inside of a block: the modules that a loss function is given."""
    before = {name: getattr(owner, name) for name in attributes}
    for name, value in attributes.items():
        setattr(owner, name, value)
    try:
        yield
    finally:
        for name, value in before.items():
            setattr(owner, name, value)


class Optimizer(nnx.Pytree):
    """Base of optimizers: groups of parameters, and a state of each parameter.

    Subclasses say in `new_state` what they keep of a parameter (names and arrays), and in
    `new_value` what it becomes. Everything that changes is a variable, also under nnx.jit.
    """

    def __init__(self, params, defaults):
        self.defaults = nnx.Dict(defaults)
        self.param_groups = nnx.List([])
        self.state = nnx.List([])
        params = list(params)
        grouped = isinstance(params[0], (dict, ParamGroup))
        for group in params if grouped else [{"params": params}]:
            self.add_param_group(group)

    def add_param_group(self, param_group):
        """Add parameters, with settings where they differ from the defaults."""
        params = param_group["params"]
        params = [params] if isinstance(params, nnx.Variable) else list(params)
        group = ParamGroup({**self.defaults, **param_group, "params": params})
        self.param_groups.append(group)
        for param in params:
            state = self.new_state(group, jnp.zeros(param.shape, param.dtype))
            self.state.append(nnx.Dict({k: nnx.OptState(v) for k, v in state.items()}))

    def entries(self):
        """(group, parameter, state) of all parameters."""
        pairs = [(group, param) for group in self.param_groups for param in group["params"]]
        return [(group, param, state) for (group, param), state in zip(pairs, self.state)]

    def gradients(self, model, grads):
        """The gradients by the id of their variable; every parameter that is trained has one."""
        found = gradient_of_each(model, grads)
        for _, param, _ in self.entries():
            if id(param) not in found and param.get_metadata().get("requires_grad", True):
                raise ValueError("a parameter has no gradient: differentiate its module too")
        return found

    def update(self, model, grads):
        """One step with the gradients that nnx.grad gives for a module, or with tuples of both."""
        self.apply(self.gradients(model, grads))

    def apply(self, gradients):
        """One step with gradients by the id of their variable; others stay as they are."""
        for group, param, state in self.entries():
            gradient = gradients.get(id(param))
            if gradient is None:
                continue
            settings = {k: group[k] for k in group.keys() if k in self.defaults}
            if settings.pop("maximize", False):
                gradient = -gradient
            new = self.new_value(param[...], gradient, state, **settings)
            param[...] = new.astype(param.dtype)

    # only if used
    def accumulate(self, model, grads):
        """Add gradients to those that the next `step` takes."""
        found = self.gradients(model, grads)
        for _, param, state in self.entries():
            if id(param) not in found:
                continue
            if "grad" in state:
                state["grad"][...] += found[id(param)]
            else:
                state["grad"] = nnx.OptState(found[id(param)])

    # only if used
    def step(self):
        """One step with the accumulated gradients; parameters without stay as they are."""
        self.apply({id(p): s["grad"][...] for _, p, s in self.entries() if "grad" in s})

    # only if used
    def zero_grad(self):
        """Forget the accumulated gradients."""
        for state in self.state:
            if "grad" in state:
                del state["grad"]

    # only if used
    def clip_grad_norm(self, max_norm, norm_type=2.0):
        """Scale the accumulated gradients to a joint norm of at most `max_norm`; returns the norm."""
        grads, norm = clip_grad_norm([s["grad"][...] for s in self.state if "grad" in s], max_norm, norm_type)
        for state, gradient in zip([s for s in self.state if "grad" in s], grads):
            state["grad"][...] = gradient
        return norm

    # only if used
    def clip_grad_value(self, clip_value):
        """Clip the accumulated gradients to [-clip_value, clip_value]."""
        for state in self.state:
            if "grad" in state:
                state["grad"][...] = jnp.clip(state["grad"][...], -clip_value, clip_value)

    # only if used
    def state_dict(self):
        """The states by the number of their parameter, and the settings of the groups."""
        groups, start = [], 0
        for group in self.param_groups:
            numbers = list(range(start, start + len(group["params"])))
            groups.append({k: group[k] for k in group.keys()} | {"params": numbers})
            start += len(numbers)
        states = [{k: np.asarray(v[...]) for k, v in s.items() if k != "grad"} for s in self.state]
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
                held[...] = jnp.array(value, held.dtype)


def count_step(state):
    """The number of steps, this one included."""
    state["step"][...] += 1
    return state["step"][...]


def moving_average(average, value, decay):
    """A variable's moving average, updated by a value."""
    average[...] = decay * average[...] + (1 - decay) * value
    return average[...]


def bias_correction(beta, step):
    """1 - beta**step, without cancellation in single precision."""
    return -jnp.expm1(step * math.log(beta)) if beta > 0 else 1.0


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
        return {"momentum_buffer": zeros, "step": jnp.zeros(())} if group["momentum"] else {}

    def new_value(self, value, gradient, state, lr, momentum, dampening, weight_decay, nesterov):
        gradient = gradient + weight_decay * value
        if not momentum:
            return value - lr * gradient
        first = count_step(state) == 1
        held = momentum * state["momentum_buffer"][...]
        buffer = jnp.where(first, gradient, held + (1 - dampening) * gradient)
        state["momentum_buffer"][...] = buffer
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
        state = {"step": jnp.zeros(()), "exp_avg": zeros, "exp_avg_sq": zeros}
        return state | {"max_exp_avg_sq": zeros} if group["amsgrad"] else state

    def new_value(
        self, value, gradient, state, lr, betas, eps, weight_decay, amsgrad, decoupled_weight_decay
    ):
        step = count_step(state)
        if decoupled_weight_decay:
            value = value * (1 - lr * weight_decay)
        else:
            gradient = gradient + weight_decay * value
        mean = moving_average(state["exp_avg"], gradient, betas[0])
        square = moving_average(state["exp_avg_sq"], gradient**2, betas[1])
        if amsgrad:
            square = jnp.maximum(state["max_exp_avg_sq"][...], square)
            state["max_exp_avg_sq"][...] = square
        root = jnp.sqrt(square) / jnp.sqrt(bias_correction(betas[1], step))
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
        change = gradient / (jnp.sqrt(square) + eps)
        if momentum > 0:
            state["momentum_buffer"][...] = momentum * state["momentum_buffer"][...] + change
            change = state["momentum_buffer"][...]
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
        return {"step": jnp.zeros(()), "sum": zeros + group["initial_accumulator_value"]}

    def new_value(
        self, value, gradient, state, lr, lr_decay, eps, weight_decay, initial_accumulator_value
    ):
        rate = lr / (1 + (count_step(state) - 1) * lr_decay)
        gradient = gradient + weight_decay * value
        state["sum"][...] += gradient**2
        return value - rate * gradient / (jnp.sqrt(state["sum"][...]) + eps)


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
        change = jnp.sqrt(state["acc_delta"][...] + eps) / jnp.sqrt(square + eps) * gradient
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
        return {"step": jnp.zeros(()), "exp_avg": zeros, "exp_inf": zeros}

    def new_value(self, value, gradient, state, lr, betas, eps, weight_decay):
        step = count_step(state)
        gradient = gradient + weight_decay * value
        mean = moving_average(state["exp_avg"], gradient, betas[0])
        largest = jnp.maximum(betas[1] * state["exp_inf"][...], jnp.abs(gradient) + eps)
        state["exp_inf"][...] = largest
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
        return {"step": jnp.zeros(()), "mu_product": jnp.ones(()), "exp_avg": zeros, "exp_avg_sq": zeros}

    def new_value(
        self, value, gradient, state, lr, betas, eps, weight_decay, momentum_decay, decoupled_weight_decay
    ):
        step = count_step(state)
        if decoupled_weight_decay:
            value = value * (1 - lr * weight_decay)
        else:
            gradient = gradient + weight_decay * value
        mu = betas[0] * (1 - 0.5 * 0.96 ** (step * momentum_decay))
        mu_next = betas[0] * (1 - 0.5 * 0.96 ** ((step + 1) * momentum_decay))
        state["mu_product"][...] *= mu
        product = state["mu_product"][...]
        mean = moving_average(state["exp_avg"], gradient, betas[0])
        square = moving_average(state["exp_avg_sq"], gradient**2, betas[1])
        root = jnp.sqrt(square / bias_correction(betas[1], step)) + eps
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
        return {"step": jnp.zeros(()), "exp_avg": zeros, "exp_avg_sq": zeros}

    def new_value(
        self, value, gradient, state, lr, betas, eps, weight_decay, decoupled_weight_decay
    ):
        step = count_step(state)
        if decoupled_weight_decay:
            value = value * (1 - lr * weight_decay)
        else:
            gradient = gradient + weight_decay * value
        mean = moving_average(state["exp_avg"], gradient, betas[0]) / bias_correction(betas[0], step)
        square = moving_average(state["exp_avg_sq"], gradient**2, betas[1])
        correction = bias_correction(betas[1], step)
        longest = 2 / (1 - betas[1]) - 1
        length = longest - 2 * step * betas[1] ** step / correction
        rectified = jnp.maximum((length - 4) * (length - 2) * longest, 0)
        rectified = jnp.sqrt(rectified / ((longest - 4) * (longest - 2) * length))
        adaptive = jnp.sqrt(correction) / (jnp.sqrt(square) + eps)
        return value - lr * mean * jnp.where(length > 5, adaptive * rectified, 1.0)


def trainable(path, variable):
    """A filter for nnx: the parameters that are not frozen."""
    return isinstance(variable, nnx.Param) and variable.get_metadata().get("requires_grad", True)


def clip_grad_norm(grads, max_norm, norm_type=2.0):
    """The gradients scaled to a joint norm of at most `max_norm`, and their norm before."""
    norms = [jnp.linalg.norm(jnp.ravel(leaf), norm_type) for leaf in jax.tree.leaves(grads)]
    norm = jnp.linalg.norm(jnp.stack(norms), norm_type)
    scale = jnp.minimum(max_norm / (norm + 1e-6), 1.0)
    return jax.tree.map(lambda leaf: leaf * scale, grads), norm


def clip_grad_value(grads, clip_value):
    """The gradients clipped to [-clip_value, clip_value]."""
    return jax.tree.map(lambda leaf: jnp.clip(leaf, -clip_value, clip_value), grads)
