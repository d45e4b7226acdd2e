"""Training steps of flax.nnx in the styles in which people write them."""

from functools import partial

import jax
import jax.numpy as jnp
import numpy as np
import optax
from flax import nnx


class MLP(nnx.Module):
    def __init__(self, din: int, dmid: int, dout: int, *, rngs: nnx.Rngs):
        self.l1 = nnx.Linear(din, dmid, rngs=rngs)
        self.bn = nnx.BatchNorm(dmid, rngs=rngs)
        self.dropout = nnx.Dropout(0.0, rngs=rngs)
        self.l2 = nnx.Linear(dmid, dout, rngs=rngs)
        self.unused = nnx.Linear(2, 2, rngs=rngs)
        self.scale = nnx.Param(jnp.ones(()))

    def __call__(self, x):
        x = nnx.gelu(self.dropout(self.bn(self.l1(x))))
        return self.l2(x) * self.scale


def fill(model):
    """Fixed weights."""
    for i, layer in enumerate([model.l1, model.l2, model.unused]):
        shape = layer.kernel.shape
        values = np.sin(np.arange(shape[0] * shape[1]) * (i + 1.3)).reshape(shape) * 0.5
        layer.kernel.value = jnp.asarray(values, dtype=jnp.float32)
    return model


def batches(n, seed=0):
    r = np.random.default_rng(seed)
    for _ in range(n):
        x = r.standard_normal((8, 4)).astype(np.float32)
        yield jnp.asarray(x), jnp.asarray((x[:, :3].argmax(-1)).astype(np.int32))


@nnx.jit
def train_step(model, optimizer, x, y):
    def loss_fn(model: MLP):
        y_pred = model(x)
        return optax.softmax_cross_entropy_with_integer_labels(y_pred, y).mean()

    loss, grads = nnx.value_and_grad(loss_fn)(model)
    optimizer.update(model, grads)
    return loss


def plain():
    model = fill(MLP(4, 8, 3, rngs=nnx.Rngs(0)))
    optimizer = nnx.Optimizer(model, optax.adamw(1e-2, weight_decay=0.1), wrt=nnx.Param)
    losses = [train_step(model, optimizer, x, y) for x, y in batches(20)]
    return losses, model.l1.kernel, model.unused.kernel, model.scale, model.bn.var


def loss_global(model, batch, reg):
    x, y = batch
    logits = model(x)
    loss = jnp.mean(optax.softmax_cross_entropy(logits, jax.nn.one_hot(y, 3)))
    return loss + reg * jnp.sum(model.l1.kernel**2), {"logits": logits, "acc": jnp.mean(logits.argmax(-1) == y), "n": 3}


@partial(nnx.jit, static_argnames=("reg",))
def step2(model: MLP, opt: nnx.Optimizer, metrics: nnx.MultiMetric, batch, reg=1e-3):
    (loss, aux), grads = nnx.value_and_grad(loss_global, argnums=0, has_aux=True)(model, batch, reg)
    metrics.update(loss=loss, logits=aux["logits"], labels=batch[1])
    opt.update(model, grads)
    return loss, optax.global_norm(grads)


@nnx.jit
def eval_step(model, metrics, batch):
    loss, aux = loss_global(model, batch, 0.0)
    metrics.update(loss=loss, logits=aux["logits"], labels=batch[1])


def metric_style():
    model = fill(MLP(4, 8, 3, rngs=nnx.Rngs(1)))
    schedule = optax.warmup_cosine_decay_schedule(0.0, 0.05, 3, 12)
    tx = optax.chain(optax.clip_by_global_norm(0.5), optax.sgd(schedule, momentum=0.9, nesterov=True))
    opt = nnx.Optimizer(model, tx, wrt=nnx.Param)
    metrics = nnx.MultiMetric(accuracy=nnx.metrics.Accuracy(), loss=nnx.metrics.Average("loss"))
    history = {"loss": [], "accuracy": []}
    norms = []
    for batch in batches(10, 1):
        model.train()
        _, norm = step2(model, opt, metrics, batch, reg=1e-2)
        norms.append(norm)
        for name, value in metrics.compute().items():
            history[name].append(value)
        metrics.reset()
        model.eval()
        eval_step(model, metrics, batch)
    for name, value in metrics.compute().items():
        history[name].append(value)
    return history, norms, model.l2.kernel


def grad_style():
    model = fill(MLP(4, 8, 3, rngs=nnx.Rngs(1)))
    opt = nnx.ModelAndOptimizer(model, optax.adam(1e-2), wrt=nnx.Param)

    def step(x, y):
        grads, (n,) = nnx.grad(
            lambda m: (((m(x) - 1.0) ** 2).mean(), (m.scale * 2,)), has_aux=True, argnums=nnx.DiffState(0, nnx.Param)
        )(model)
        opt.update(grads)
        return n

    out = [step(x, y) for x, y in batches(5, 2)]
    return out, model.l1.kernel


class Critic(nnx.Module):
    def __init__(self, rngs):
        self.l = nnx.Linear(4, 6, rngs=rngs)
        self.o = nnx.Linear(6, 1, rngs=rngs)

    def __call__(self, x):
        return self.o(jnp.tanh(self.l(x)))


def penalty():
    """Gradient penalty: a gradient of a gradient; two models."""
    c = Critic(nnx.Rngs(0))
    for layer in (c.l, c.o):
        layer.kernel.value = jnp.asarray(
            np.cos(np.arange(layer.kernel.shape[0] * layer.kernel.shape[1])).reshape(layer.kernel.shape), jnp.float32
        )
    opt = nnx.Optimizer(c, optax.rmsprop(1e-3), wrt=nnx.Param)

    def critic_loss(critic, x):
        g = jax.grad(lambda v: critic(v).sum())(x)
        return ((jnp.sqrt((g**2).sum(-1) + 1e-6) - 1) ** 2).mean() + critic(x).mean()

    out = []
    for x, _ in batches(5, 3):
        loss, g = nnx.value_and_grad(critic_loss)(c, x)
        opt.update(c, g)
        out.append(loss)
    return out, c.l.kernel, c.o.kernel


def two_args():
    a, b = fill(MLP(4, 8, 3, rngs=nnx.Rngs(1))), fill(MLP(4, 8, 3, rngs=nnx.Rngs(1)))
    oa, ob = nnx.Optimizer(a, optax.sgd(0.1), wrt=nnx.Param), nnx.Optimizer(b, optax.lion(0.01), wrt=nnx.Param)
    out = []
    for x, _ in batches(4, 4):
        loss, (ga, gb) = nnx.value_and_grad(lambda m, n, x: ((m(x) - n(x)) ** 2 + m(x) ** 2).mean(), argnums=(0, 1))(
            a, b, x
        )
        ga = jax.tree.map(lambda t: t * 0.5, ga)
        oa.update(a, ga)
        ob.update(b, gb)
        out.append(loss)
    return out, a.l1.kernel, b.l1.kernel


class Plain(nnx.Module):
    def __init__(self, rngs: nnx.Rngs):
        self.w = nnx.Param(jnp.ones((3, 2)))
        self.b = nnx.Param(jnp.zeros((2,)))

    def __call__(self, x):
        w = self.w.value
        return x @ w + self.b.value


def penalised(model: Plain, x):
    reg = model.w.value
    return ((model(x) - 1.0) ** 2).mean() + 0.01 * (reg**2).sum()


def track():
    """Values that are kept are those of their time."""
    model = Plain(nnx.Rngs(0))
    target = Plain(nnx.Rngs(0))
    opt = nnx.Optimizer(model, optax.sgd(0.1), wrt=nnx.Param)
    x = jnp.linspace(0, 1, 12).reshape(4, 3)
    before = model.w.value
    host = np.asarray(model.b.value)
    kept, arrays = [], []
    first = model.w[...]
    for i in range(3):
        grads = nnx.grad(penalised)(model, x)
        opt.update(model, grads)
        kept.append(model.b.value)
        arrays.append(np.array(model.w.value))
        if i == 1:
            target.w.value = model.w.value
            target.b[...] = model.b[...]
    return before, host, kept, arrays, first, target.w, target.b, model.w


CASES = ("plain", "metric_style", "grad_style", "penalty", "two_args", "track")
