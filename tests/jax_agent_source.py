"""An actor and critic trained by scans inside scans, as in RL code in JAX."""

from typing import NamedTuple

import flax.linen as nn
import jax
import jax.numpy as jnp
import numpy as np
import optax
from flax import struct
from flax.linen.initializers import constant, orthogonal
from flax.training.train_state import TrainState


class ActorCritic(nn.Module):
    actions: int
    activation: str = "tanh"

    @nn.compact
    def __call__(self, x):
        act = nn.relu if self.activation == "relu" else nn.tanh
        h = act(nn.Dense(16, kernel_init=orthogonal(np.sqrt(2)), bias_init=constant(0.0))(x))
        logits = nn.Dense(self.actions, kernel_init=orthogonal(0.01), bias_init=constant(0.0))(h)
        v = act(nn.Dense(16, kernel_init=orthogonal(np.sqrt(2)), bias_init=constant(0.0))(x))
        v = nn.Dense(1, kernel_init=orthogonal(1.0), bias_init=constant(0.0))(v)
        return logits, jnp.squeeze(v, axis=-1)


class Transition(NamedTuple):
    done: jnp.ndarray
    action: jnp.ndarray
    value: jnp.ndarray
    reward: jnp.ndarray
    log_prob: jnp.ndarray
    obs: jnp.ndarray


@struct.dataclass
class EnvState:
    x: jnp.ndarray
    t: int


def env_reset(key):
    x = jax.random.uniform(key, (3,), minval=-1.0, maxval=1.0)
    return x, EnvState(x=x, t=jnp.array(0))


def env_step(key, state, action):
    push = jnp.where(action == 0, -0.1, 0.1)
    x = state.x * 0.95 + push + 0.01 * jax.random.normal(key, (3,))
    reward = -jnp.sum(x**2)
    done = state.t >= 7
    fresh, _ = env_reset(key)
    x = jnp.where(done, fresh, x)
    t = jnp.where(done, 0, state.t + 1)
    return x, EnvState(x=x, t=t), reward, done.astype(jnp.float32)


def log_prob(logits, action):
    return -optax.softmax_cross_entropy_with_integer_labels(logits, action)


def make_train(config):
    updates = config["TOTAL"] // config["STEPS"] // config["ENVS"]

    def rate(count):
        frac = 1.0 - (count // (config["MINIBATCHES"] * config["EPOCHS"])) / updates
        return config["LR"] * frac

    def train(rng, params=None):
        network = ActorCritic(2, activation=config["ACTIVATION"])
        rng, _rng = jax.random.split(rng)
        if params is None:
            params = network.init(_rng, jnp.zeros((3,)))
        tx = optax.chain(optax.clip_by_global_norm(config["MAX_NORM"]), optax.adam(learning_rate=rate, eps=1e-5))
        train_state = TrainState.create(apply_fn=network.apply, params=params, tx=tx)
        rng, _rng = jax.random.split(rng)
        obs, env_state = jax.vmap(env_reset)(jax.random.split(_rng, config["ENVS"]))

        def _update_step(runner, unused):
            def _env_step(runner, unused):
                train_state, env_state, last_obs, rng = runner
                rng, _rng = jax.random.split(rng)
                logits, value = network.apply(train_state.params, last_obs)
                action = jax.random.categorical(_rng, logits)
                rng, _rng = jax.random.split(rng)
                obs, env_state, reward, done = jax.vmap(env_step)(
                    jax.random.split(_rng, config["ENVS"]), env_state, action
                )
                transition = Transition(done, action, value, reward, log_prob(logits, action), last_obs)
                return (train_state, env_state, obs, rng), transition

            runner, traj = jax.lax.scan(_env_step, runner, None, config["STEPS"])
            train_state, env_state, last_obs, rng = runner
            _, last_val = network.apply(train_state.params, last_obs)

            def _gae(carry, tr):
                gae, nxt = carry
                delta = tr.reward + 0.99 * nxt * (1 - tr.done) - tr.value
                gae = delta + 0.99 * 0.95 * (1 - tr.done) * gae
                return (gae, tr.value), gae

            _, adv = jax.lax.scan(_gae, (jnp.zeros_like(last_val), last_val), traj, reverse=True, unroll=16)
            targets = adv + traj.value

            def _update_epoch(update_state, unused):
                def _update_minibatch(train_state, batch):
                    traj, adv, targets = batch

                    def _loss_fn(params, traj, gae, targets):
                        logits, value = network.apply(params, traj.obs)
                        lp = log_prob(logits, traj.action)
                        clipped = traj.value + (value - traj.value).clip(-config["EPS"], config["EPS"])
                        value_loss = (
                            0.5 * jnp.maximum(jnp.square(value - targets), jnp.square(clipped - targets)).mean()
                        )
                        ratio = jnp.exp(lp - traj.log_prob)
                        gae = (gae - gae.mean()) / (gae.std() + 1e-8)
                        actor = -jnp.minimum(
                            ratio * gae, jnp.clip(ratio, 1.0 - config["EPS"], 1.0 + config["EPS"]) * gae
                        ).mean()
                        p = jax.nn.softmax(logits)
                        entropy = -(p * jax.nn.log_softmax(logits)).sum(-1).mean()
                        return actor + 0.5 * value_loss - 0.01 * entropy, (value_loss, actor, entropy)

                    total, grads = jax.value_and_grad(_loss_fn, has_aux=True)(train_state.params, traj, adv, targets)
                    return train_state.apply_gradients(grads=grads), total

                train_state, traj, adv, targets, rng = update_state
                rng, _rng = jax.random.split(rng)
                size = config["STEPS"] * config["ENVS"]
                permutation = jax.random.permutation(_rng, size)
                batch = jax.tree_util.tree_map(lambda x: x.reshape((size,) + x.shape[2:]), (traj, adv, targets))
                shuffled = jax.tree_util.tree_map(lambda x: jnp.take(x, permutation, axis=0), batch)
                minibatches = jax.tree_util.tree_map(
                    lambda x: jnp.reshape(x, [config["MINIBATCHES"], -1] + list(x.shape[1:])), shuffled
                )
                train_state, total = jax.lax.scan(_update_minibatch, train_state, minibatches)
                return (train_state, traj, adv, targets, rng), total

            update_state, loss_info = jax.lax.scan(
                _update_epoch, (train_state, traj, adv, targets, rng), None, config["EPOCHS"]
            )
            runner = (update_state[0], env_state, last_obs, update_state[-1])
            return runner, (loss_info, traj.reward.mean())

        rng, _rng = jax.random.split(rng)
        runner, metrics = jax.lax.scan(_update_step, (train_state, env_state, obs, _rng), None, updates)
        return runner[0].params, metrics

    return train


CONFIG = {
    "LR": 5e-3,
    "ENVS": 4,
    "STEPS": 8,
    "TOTAL": 96,
    "EPOCHS": 2,
    "MINIBATCHES": 2,
    "EPS": 0.2,
    "MAX_NORM": 0.5,
    "ACTIVATION": "tanh",
}


def start():
    r = np.random.default_rng(0)
    shapes = {"Dense_0": (3, 16), "Dense_1": (16, 2), "Dense_2": (3, 16), "Dense_3": (16, 1)}
    return {
        "params": {
            k: {"kernel": jnp.asarray(r.standard_normal(s) * 0.3, jnp.float32), "bias": jnp.zeros(s[1])}
            for k, s in shapes.items()
        }
    }


def ppo():
    return jax.jit(make_train(CONFIG))(jax.random.PRNGKey(30), start())


CASES = ("ppo",)
