"""Model, optimizer and metrics split together, and a functional step under jax.jit."""
import jax
import jax.numpy as jnp
import optax
from flax import nnx


class Net(nnx.Module):
    def __init__(self, rngs):
        self.fc = nnx.Linear(3, 4, rngs=rngs)
        self.bn = nnx.BatchNorm(4, rngs=rngs)
        self.out = nnx.Linear(4, 2, rngs=rngs)

    def __call__(self, x):
        return self.out(nnx.relu(self.bn(self.fc(x))))


def make():
    return Net(nnx.Rngs(0))


def run(model):
    x = jnp.sin(jnp.arange(12.0)).reshape(4, 3)
    y = jnp.array([0, 1, 0, 1])
    optimizer = nnx.Optimizer(model, optax.sgd(0.1, momentum=0.9), wrt=nnx.Param)
    metrics = nnx.MultiMetric(loss=nnx.metrics.Average("loss"))

    @jax.jit
    def train_step(graphdef, state, x, y):
        model, optimizer, metrics = nnx.merge(graphdef, state)

        def loss_fn(model):
            return optax.softmax_cross_entropy_with_integer_labels(model(x), y).mean()

        loss, grads = nnx.value_and_grad(loss_fn)(model)
        optimizer.update(model, grads)
        metrics.update(loss=loss)
        state = nnx.state((model, optimizer, metrics))
        return state, loss

    graphdef, state = nnx.split((model, optimizer, metrics))
    losses = []
    for _ in range(4):
        state, loss = train_step(graphdef, state, x, y)
        losses.append(loss)
    nnx.update((model, optimizer, metrics), state)
    return losses, metrics.compute(), model(x)
