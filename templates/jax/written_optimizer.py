"""The base of optimizers whose `step` is written out, over gradients and states of parameters."""

import jax
import jax.numpy as jnp
import numpy as np
from flax import nnx

from .optim import Optimizer, clip_grad_norm


class ParamState(nnx.Dict):
    """What is kept of a parameter: numbers as they are, arrays as variables, which are changed in place."""

    def __setitem__(self, key, value):
        super().__setitem__(key, nnx.OptState(value) if isinstance(value, (jax.Array, np.ndarray)) else value)

    # only if used
    def setdefault(self, key, default=None):
        """What is kept under a key, which is the default from now on where there is nothing."""
        if key not in self:
            self[key] = default
        return self[key]

    # only if used
    def update(self, values=(), **others):
        """Keep the values of a dictionary."""
        for key, value in dict(values, **others).items():
            self[key] = value


class WrittenOptimizer(Optimizer):
    """Base of optimizers with a `step` of their own, which changes `param_groups` by `gradient` and `state_of`.

    Gradients and what is kept of parameters are variables.
    """

    def __init__(self, params, defaults):
        self.grads = nnx.List([])
        super().__init__(params, defaults)

    def new_state(self, group, zeros):
        return {}

    def add_param_group(self, param_group):
        """Add parameters, with settings where they differ from the defaults."""
        super().add_param_group(param_group)
        for place in range(len(self.grads), len(self.state)):
            self.state[place] = ParamState()
            self.grads.append(nnx.Dict())

    def place(self, param):
        """The number of a parameter."""
        return next(place for place, (_, other, _) in enumerate(self.entries()) if other is param)

    def gradient(self, param):
        """The gradient of a parameter, a variable; None where it has none."""
        return self.grads[self.place(param)].get("grad")

    # only if used
    def set_gradient(self, param, value):
        """Give a parameter another gradient, or none."""
        held = self.grads[self.place(param)]
        if value is not None:
            held["grad"] = nnx.OptState(jnp.asarray(value))
        elif "grad" in held:
            del held["grad"]

    # only if used
    def state_of(self, param):
        """What is kept of a parameter."""
        return self.state[self.place(param)]

    # only if used
    def held_gradients(self):
        """The gradients by the id of their parameter, for the `apply` of another optimizer."""
        pairs = zip(self.entries(), self.grads)
        return {id(param): held["grad"][...] for (_, param, _), held in pairs if "grad" in held}

    def update(self, model, grads):
        """One step with the gradients that nnx.grad gives for a module, or with tuples of both."""
        self.zero_grad()
        self.accumulate(model, grads)
        self.step()
        self.zero_grad()

    def accumulate(self, model, grads):
        """Add gradients to those that the next `step` takes."""
        found = self.gradients(model, grads)
        for (_, param, _), held in zip(self.entries(), self.grads):
            if id(param) not in found:
                continue
            if "grad" in held:
                held["grad"][...] += found[id(param)]
            else:
                held["grad"] = nnx.OptState(found[id(param)])

    def zero_grad(self, set_to_none=True):
        """Forget the accumulated gradients."""
        for held in self.grads:
            if "grad" in held:
                del held["grad"]

    # only if used
    def clip_grad_norm(self, max_norm, norm_type=2.0):
        """Scale the accumulated gradients to a joint norm of at most `max_norm`; returns the norm."""
        held = [each["grad"] for each in self.grads if "grad" in each]
        grads, norm = clip_grad_norm([variable[...] for variable in held], max_norm, norm_type)
        for variable, gradient in zip(held, grads):
            variable[...] = gradient
        return norm

    # only if used
    def clip_grad_value(self, clip_value):
        """Clip the accumulated gradients to [-clip_value, clip_value]."""
        for held in self.grads:
            if "grad" in held:
                held["grad"][...] = jnp.clip(held["grad"][...], -clip_value, clip_value)

    # only if used
    def state_dict(self):
        """The states by the number of their parameter, and the settings of the groups."""
        states = [
            {key: np.asarray(v[...]) if isinstance(v, nnx.Variable) else v for key, v in state.items()}
            for state in self.state
        ]
        groups, start = [], 0
        for group in self.param_groups:
            numbers = list(range(start, start + len(group["params"])))
            groups.append({key: group[key] for key in group.keys()} | {"params": numbers})
            start += len(numbers)
        return {"state": {place: state for place, state in enumerate(states) if state}, "param_groups": groups}

    # only if used
    def load_state_dict(self, state_dict):
        """Take over what `state_dict` gave."""
        super().load_state_dict({**state_dict, "state": {}})
        for number, saved in state_dict["state"].items():
            for key, value in saved.items():
                self.state[int(number)][key] = jnp.asarray(value) if isinstance(value, np.ndarray) else value
