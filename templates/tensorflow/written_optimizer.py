"""The base of optimizers whose `step` is written out, over gradients and states of parameters."""

import numpy as np
import tensorflow as tf

from .module import channels_to_end, channels_to_front, stored
from .optim import Optimizer, ParamGroup, clip_grad_norm


class ParamState(dict):
    """What is kept of a parameter: numbers as they are, arrays as variables, which are changed in place."""

    def __setitem__(self, key, value):
        is_array = tf.is_tensor(value) and not isinstance(value, tf.Variable) or isinstance(value, np.ndarray)
        super().__setitem__(key, tf.Variable(value, trainable=False) if is_array else value)

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
        self.grads = {}
        super().__init__(params, defaults)

    def add_param_group(self, param_group):
        """Add parameters, with settings where they differ from the defaults."""
        params = param_group["params"]
        params = list(params) if isinstance(params, (list, tuple)) or not hasattr(params, "assign") else [params]
        self.param_groups.append(ParamGroup({**self.defaults, **param_group, "params": params}))
        self.state.extend(ParamState() for _ in params)

    @property
    def params(self):
        """The variables of all parameters, in the order of the groups."""
        return [stored(param) for group in self.param_groups for param in group["params"]]

    def gradient(self, param):
        """The gradient of a parameter, a variable; None where it has none."""
        return self.grads.get(id(stored(param)))

    # only if used
    def set_gradient(self, param, value):
        """Give a parameter another gradient, or none."""
        self.grads.pop(id(stored(param)), None)
        if value is not None:
            self.grads[id(stored(param))] = tf.Variable(value, trainable=False)

    # only if used
    def state_of(self, param):
        """What is kept of a parameter."""
        held = stored(param)
        return self.state[next(place for place, other in enumerate(self.params) if other is held)]

    # only if used
    def held_gradients(self):
        """The gradients by the id of their variable, for the `apply` of another optimizer."""
        params = [param for group in self.param_groups for param in group["params"]]
        return {
            id(stored(param)): channels_to_end(gradient) if stored(param) is not param else gradient.value()
            for param in params
            if (gradient := self.gradient(param)) is not None
        }

    def apply_gradients(self, grads_and_vars):
        """One step with pairs of a gradient and its variable; None leaves a variable as it is."""
        self.zero_grad()
        self.accumulate(grads_and_vars)
        self.step()
        self.zero_grad()

    def accumulate(self, grads_and_vars):
        """Add gradients to those that the next `step` takes."""
        found = self.gradients(grads_and_vars)
        for param in [param for group in self.param_groups for param in group["params"]]:
            place = id(stored(param))
            if place not in found:
                continue
            gradient = channels_to_front(found[place]) if stored(param) is not param else found[place]
            if place in self.grads:
                self.grads[place].assign_add(gradient)
            else:
                self.grads[place] = tf.Variable(gradient, trainable=False)

    def zero_grad(self, set_to_none=True):
        """Forget the accumulated gradients."""
        self.grads.clear()

    # only if used
    def clip_grad_norm(self, max_norm, norm_type=2.0):
        """Scale the accumulated gradients to a joint norm of at most `max_norm`; returns the norm."""
        held = list(self.grads.values())
        grads, norm = clip_grad_norm(held, max_norm, norm_type)
        for variable, gradient in zip(held, grads):
            variable.assign(gradient)
        return norm

    # only if used
    def clip_grad_value(self, clip_value):
        """Clip the accumulated gradients to [-clip_value, clip_value]."""
        for variable in self.grads.values():
            variable.assign(tf.clip_by_value(variable, -clip_value, clip_value))

    # only if used
    def state_dict(self):
        """The states by the number of their parameter, and the settings of the groups."""
        states = [
            {key: value.numpy() if isinstance(value, tf.Variable) else value for key, value in state.items()}
            for state in self.state
        ]
        groups, start = [], 0
        for group in self.param_groups:
            numbers = list(range(start, start + len(group["params"])))
            groups.append({key: group[key] for key in group} | {"params": numbers})
            start += len(numbers)
        return {"state": {place: state for place, state in enumerate(states) if state}, "param_groups": groups}

    # only if used
    def load_state_dict(self, state_dict):
        """Take over what `state_dict` gave."""
        super().load_state_dict({**state_dict, "state": {}})
        for number, saved in state_dict["state"].items():
            for key, value in saved.items():
                self.state[int(number)][key] = value
