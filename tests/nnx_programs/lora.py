"""Low-rank adapters, of which alone gradients are taken."""
import jax
import jax.numpy as jnp
import optax
from flax import nnx


class LoRAParam(nnx.Param):
    """A weight of an adapter."""


class LoRALinear(nnx.Module):
    def __init__(self, din, dout, rank, *, rngs):
        self.base = nnx.Linear(din, dout, rngs=rngs)
        self.a = LoRAParam(nnx.initializers.normal(0.1)(rngs.params(), (din, rank)))
        self.b = LoRAParam(jnp.ones((rank, dout)) * 0.1)

    def __call__(self, x):
        return self.base(x) + x @ self.a @ self.b


class Model(nnx.Module):
    def __init__(self, rngs):
        self.l1 = LoRALinear(3, 8, 2, rngs=rngs)
        self.l2 = LoRALinear(8, 1, 2, rngs=rngs)

    def __call__(self, x):
        return self.l2(nnx.relu(self.l1(x)))


def make():
    return Model(nnx.Rngs(0))


def run(model):
    x = jnp.linspace(-1, 1, 12).reshape(4, 3)
    optimizer = nnx.Optimizer(model, optax.adam(1e-2), wrt=LoRAParam)

    @nnx.jit
    def step(model, optimizer, x):
        def loss_fn(model):
            return ((model(x) - 1.0) ** 2).mean()
        loss, grads = nnx.value_and_grad(loss_fn, argnums=nnx.DiffState(0, LoRAParam))(model)
        optimizer.update(model, grads)
        return loss

    losses = [step(model, optimizer, x) for _ in range(4)]
    lora = nnx.state(model, LoRAParam)
    return losses, model.l1.base.kernel, model.l1.a, len(jax.tree.leaves(lora))
