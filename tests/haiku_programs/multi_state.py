"""Several functions with state, in a named tuple."""
from collections.abc import Callable
from typing import NamedTuple

import haiku as hk
import jax.numpy as jnp


class Fns(NamedTuple):
    policy: Callable
    value: Callable


def make():
    torso = hk.nets.MLP([6], activate_final=True, name="torso")
    norm = hk.BatchNorm(True, True, 0.9, name="norm")
    head = hk.Linear(2, name="policy")
    critic = hk.Linear(1, name="value")

    def features(x, is_training):
        return norm(torso(x), is_training)

    def policy(x, is_training=True):
        return head(features(x, is_training))

    def value(x, is_training=True):
        return jnp.squeeze(critic(features(x, is_training)), -1)

    def init(x):
        return policy(x), value(x)

    return init, Fns(policy, value)


net = hk.multi_transform_with_state(make)


def init(key):
    return net.init(key, jnp.ones((3, 4)))


def compute(variables):
    params, state = variables
    x = jnp.sin(jnp.arange(12.0)).reshape(3, 4)
    logits, state = net.apply.policy(params, state, None, x)
    value, state = net.apply.value(params, state, None, x, False)
    return logits, value, state
