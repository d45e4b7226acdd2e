"""Training code around optimizers: agents, haiku with state, ensembles, accumulation, settings that change."""

import functools
from dataclasses import dataclass

import haiku as hk
import jax
import jax.numpy as jnp
import numpy as np
import optax


@dataclass
class Config:
    lr: float = 1e-2
    steps: int = 5
    momentum: float = 0.9


class Agent:
    """An object with jitted methods."""

    def __init__(self, config: Config, seed: int = 0):
        self.config = config
        self._opt = optax.chain(
            optax.scale_by_adam(eps=1e-5),
            optax.scale(-config.lr),
        )
        key = jax.random.PRNGKey(seed)
        self.params = {"w": jax.random.normal(key, (3, 2)), "b": jnp.zeros(2)}
        self.target = self.params
        self.opt_state = self._opt.init(self.params)
        self._step = jax.jit(self._update)

    def q(self, params, s):
        return s @ params["w"] + params["b"]

    def td_loss(self, params, target, batch):
        s, a, r, s2 = batch
        q = jnp.take_along_axis(self.q(params, s), a[:, None], axis=-1)[:, 0]
        nxt = jnp.max(self.q(target, s2), axis=-1)
        tgt = jax.lax.stop_gradient(r + 0.9 * nxt)
        return jnp.mean(optax.huber_loss(q, tgt))

    def _update(self, params, target, opt_state, batch):
        loss, grads = jax.value_and_grad(self.td_loss)(params, target, batch)
        updates, opt_state = self._opt.update(grads, opt_state)
        params = optax.apply_updates(params, updates)
        return params, opt_state, loss

    def learn(self, batch, i):
        self.params, self.opt_state, loss = self._step(self.params, self.target, self.opt_state, batch)
        self.target = optax.periodic_update(self.params, self.target, i, 3)
        return loss


def agent():
    a = Agent(Config())
    r = np.random.default_rng(0)
    out = []
    for i in range(6):
        batch = (
            jnp.asarray(r.standard_normal((8, 3)), jnp.float32),
            jnp.asarray(r.integers(0, 2, 8), jnp.int32),
            jnp.asarray(r.standard_normal(8), jnp.float32),
            jnp.asarray(r.standard_normal((8, 3)), jnp.float32),
        )
        out.append(a.learn(batch, i))
    return out, a.params, a.target


def net(x, is_training):
    x = hk.Linear(8, name="first")(x)
    x = hk.BatchNorm(True, True, 0.9)(x, is_training)
    x = jax.nn.relu(x)
    return hk.Linear(3)(x)


def stateful():
    f = hk.transform_with_state(net)
    x = jnp.linspace(-1, 1, 24).reshape(6, 4)
    y = jnp.array([0, 1, 2, 0, 1, 2])
    params, state = f.init(jax.random.PRNGKey(1), x, is_training=True)
    opt = optax.sgd(0.1, momentum=0.9)
    opt_state = opt.init(params)

    @jax.jit
    def step(params, state, opt_state, x, y):
        def loss(params, state):
            logits, state = f.apply(params, state, None, x, is_training=True)
            return jnp.mean(optax.softmax_cross_entropy_with_integer_labels(logits, y)), state

        (value, state), g = jax.value_and_grad(loss, has_aux=True)(params, state)
        u, opt_state = opt.update(g, opt_state, params)
        return optax.apply_updates(params, u), state, opt_state, value

    out = []
    for _ in range(4):
        params, state, opt_state, value = step(params, state, opt_state, x, y)
        out.append(value)
    logits, _ = f.apply(params, state, None, x, is_training=False)
    return out, logits


def vmapped_ensemble():
    def init(key):
        return {"w": jax.random.normal(key, (3,)), "b": jnp.zeros(())}

    keys = jax.random.split(jax.random.PRNGKey(0), 4)
    params = jax.vmap(init)(keys)
    opt = optax.adam(0.1)
    state = jax.vmap(opt.init)(params)
    x = jnp.linspace(0, 1, 15).reshape(5, 3)
    y = x.sum(-1)

    def step(p, s):
        def loss(p):
            return jnp.mean((x @ p["w"] + p["b"] - y) ** 2)

        value, g = jax.value_and_grad(loss)(p)
        u, s = opt.update(g, s, p)
        return optax.apply_updates(p, u), s, value

    out = []
    for _ in range(3):
        params, state, value = jax.vmap(step)(params, state)
        out.append(value)
    return out, params


def accumulate():
    params = {"w": jnp.ones(3)}
    tx = optax.MultiSteps(optax.adam(0.1), every_k_schedule=2)
    s = tx.init(params)
    out = []
    for i in range(5):
        g = jax.tree.map(lambda p, scale=0.1 * (i + 1): p * scale, params)
        u, s = tx.update(g, s, params)
        params = optax.apply_updates(params, u)
        out.append(params["w"])
    return out


def injected():
    params = {"w": jnp.ones(3)}
    tx = optax.inject_hyperparams(optax.adam)(learning_rate=0.1, b1=0.8)
    s = tx.init(params)
    out = []
    for _ in range(4):
        s.hyperparams["learning_rate"] = s.hyperparams["learning_rate"] * 0.5
        u, s = tx.update({"w": params["w"] * 0.3}, s, params)
        params = optax.apply_updates(params, u)
        out.append(s.hyperparams["learning_rate"])
    tx = optax.inject_hyperparams(optax.sgd)(learning_rate=optax.exponential_decay(0.1, 2, 0.5), momentum=0.9)
    s = tx.init(params)
    for _ in range(4):
        u, s = tx.update({"w": params["w"] * 0.3}, s, params)
        params = optax.apply_updates(params, u)
        out.append(s.hyperparams["learning_rate"])
    return out, params


def custom():
    """A transformation of one's own."""

    def scale_by_signed_log() -> optax.GradientTransformation:
        def init_fn(params):
            del params
            return optax.EmptyState()

        def update_fn(updates, state, params=None):
            del params
            return jax.tree_util.tree_map(lambda g: jnp.sign(g) * jnp.log1p(jnp.abs(g)), updates), state

        return optax.GradientTransformation(init_fn, update_fn)

    tx = optax.chain(
        scale_by_signed_log(), optax.scale_by_schedule(lambda count: 1.0 / (1.0 + count)), optax.scale(-0.1)
    )
    p = {"a": jnp.arange(3.0), "b": [jnp.ones(2)]}
    s = tx.init(p)
    for _ in range(3):
        g = jax.grad(lambda q: jnp.sum(q["a"] ** 2) + jnp.sum(q["b"][0] ** 3))(p)
        u, s = tx.update(g, s, p)
        p = optax.apply_updates(p, u)
    return p


def logs():
    sched = optax.cosine_decay_schedule(init_value=1e-3, decay_steps=10)
    out = [float(sched(i)) for i in range(3)]
    text = f"lr {sched(5):.6f} {float(optax.global_norm({'a': jnp.ones(4)})):.3f}"
    clip = optax.clip_by_global_norm(0.1)
    g, _ = clip.update({"a": jnp.ones(4)}, clip.init(None))
    u, _ = optax.clip(0.05).update(g, optax.EmptyState())
    return out, g, u, len(text), jnp.clip(jnp.arange(3.0), 0.5, jnp.array(1.5))


def decorated():
    @functools.partial(jax.value_and_grad, has_aux=True)
    def f(p, x):
        return jnp.sum(p * x), x * 2

    @jax.grad
    def g(p):
        return jnp.sum(p**3)

    (v, aux), d = f(jnp.arange(3.0), jnp.ones(3))
    lg = jax.jit(jax.value_and_grad(lambda p: (p**2).sum()))
    return v, aux, d, g(jnp.arange(3.0)), lg(jnp.ones(2))


CASES = ("agent", "stateful", "vmapped_ensemble", "accumulate", "injected", "custom", "logs", "decorated")
