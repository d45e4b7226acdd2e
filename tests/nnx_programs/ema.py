"""An exponential moving average of the parameters beside the training."""
import jax
import jax.numpy as jnp
import optax
from flax import nnx


class Net(nnx.Module):
    def __init__(self, rngs: nnx.Rngs):
        self.fc1 = nnx.Linear(3, 8, rngs=rngs)
        self.fc2 = nnx.Linear(8, 1, rngs=rngs)

    def __call__(self, x):
        return self.fc2(jnp.tanh(self.fc1(x)))


class EMA:
    def __init__(self, model: nnx.Module, decay: float):
        self.decay = decay
        self.params = nnx.state(model, nnx.Param)

    def update(self, model):
        params = nnx.state(model, nnx.Param)
        self.params = jax.tree.map(lambda e, p: self.decay * e + (1 - self.decay) * p, self.params, params)


@nnx.jit
def train_step(model, optimizer, x, y):
    loss, grads = nnx.value_and_grad(lambda m: ((m(x) - y) ** 2).mean())(model)
    optimizer.update(model, grads)
    return loss


def make():
    return Net(nnx.Rngs(0))


def run(model):
    x = jnp.linspace(-1, 1, 12).reshape(4, 3)
    y = jnp.ones((4, 1))
    optimizer = nnx.Optimizer(model, optax.sgd(0.1), wrt=nnx.Param)
    ema = EMA(model, 0.9)
    losses = []
    for _ in range(5):
        losses.append(train_step(model, optimizer, x, y))
        ema.update(model)
    averaged = nnx.clone(model)
    nnx.update(averaged, ema.params)
    count = sum(p.size for p in jax.tree.leaves(nnx.state(model, nnx.Param)))
    norm = optax.global_norm(ema.params)
    return losses, model(x), averaged(x), count, norm
