"""Views of a model for training and evaluation."""
import jax.numpy as jnp
import optax
from flax import nnx


class Net(nnx.Module):
    def __init__(self, rngs):
        self.fc = nnx.Linear(3, 4, rngs=rngs)
        self.bn = nnx.BatchNorm(4, rngs=rngs)
        self.drop = nnx.Dropout(0.0, rngs=rngs)
        self.seen = nnx.Variable(jnp.zeros((), jnp.int32))

    def __call__(self, x):
        self.seen.value += x.shape[0]
        return self.drop(self.bn(self.fc(x)))


def make():
    return Net(nnx.Rngs(0))


def run(model):
    x = jnp.sin(jnp.arange(12.0)).reshape(4, 3)
    train_model = nnx.view(model, deterministic=False, use_running_average=False)
    eval_model = nnx.view(model, deterministic=True, use_running_average=True)
    a = train_model(x)
    b = eval_model(x)
    optimizer = nnx.Optimizer(train_model, optax.sgd(0.1), wrt=nnx.Param)
    grads = nnx.grad(lambda m: (m(x) ** 3).mean())(train_model)
    optimizer.update(train_model, grads)
    return a, b, eval_model(x), model.bn.mean.value, model.seen.value
