"""flax's own LoRA layers."""
import jax.numpy as jnp
import optax
from flax import nnx


class Model(nnx.Module):
    def __init__(self, rngs):
        self.lora = nnx.LoRALinear(3, 4, lora_rank=2, rngs=rngs)
        self.adapter = nnx.LoRA(4, 2, 3, rngs=rngs)
        self.wrapped = nnx.LoRA(3, 2, 5, base_module=nnx.Linear(3, 5, rngs=rngs), rngs=rngs)

    def __call__(self, x):
        return self.wrapped(self.adapter(self.lora(x)))


def make():
    return Model(nnx.Rngs(0))


def run(model):
    x = jnp.linspace(-1, 1, 12).reshape(4, 3)
    optimizer = nnx.Optimizer(model, optax.sgd(1e-1), wrt=nnx.LoRAParam)
    out = model(x)
    for _ in range(3):
        grads = nnx.grad(lambda m: ((m(x) - 1.0) ** 2).mean(), argnums=nnx.DiffState(0, nnx.LoRAParam))(model)
        optimizer.update(model, grads)
    return out, model(x), model.lora.kernel
