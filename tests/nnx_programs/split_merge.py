"""The functional API: models are split into definitions and states and put together in pure functions."""
import jax
import jax.numpy as jnp
import optax
from flax import nnx


class MLP(nnx.Module):
    def __init__(self, din, dmid, dout, *, rngs):
        self.linear1 = nnx.Linear(din, dmid, rngs=rngs)
        self.bn = nnx.BatchNorm(dmid, rngs=rngs)
        self.linear2 = nnx.Linear(dmid, dout, rngs=rngs)

    def __call__(self, x):
        return self.linear2(nnx.relu(self.bn(self.linear1(x))))


def make():
    return MLP(3, 8, 2, rngs=nnx.Rngs(0))


def run(model):
    x = jnp.linspace(-1, 1, 12).reshape(4, 3)
    y = jnp.ones((4, 2))
    graphdef, params, batch_stats = nnx.split(model, nnx.Param, nnx.BatchStat)
    tx = optax.sgd(1e-1)
    opt_state = tx.init(params)

    @jax.jit
    def train_step(params, batch_stats, opt_state, x, y):
        def loss_fn(params):
            model = nnx.merge(graphdef, params, batch_stats, copy=True)
            loss = jnp.mean((model(x) - y) ** 2)
            _, _, new_stats = nnx.split(model, nnx.Param, nnx.BatchStat)
            return loss, new_stats

        (loss, batch_stats), grads = jax.value_and_grad(loss_fn, has_aux=True)(params)
        updates, opt_state = tx.update(grads, opt_state, params)
        params = optax.apply_updates(params, updates)
        return params, batch_stats, opt_state, loss

    losses = []
    for _ in range(5):
        params, batch_stats, opt_state, loss = train_step(params, batch_stats, opt_state, x, y)
        losses.append(loss)
    before = model(x)
    nnx.update(model, params, batch_stats)
    model.eval()
    after = model(x)
    trained = nnx.merge(graphdef, params, batch_stats, copy=True)
    trained.eval()
    return losses, before, after, trained(x)
