"""Stacked layers in an MLP, scanned with decorators on methods, as the guides do."""
import jax.numpy as jnp
import optax
from flax import nnx


class Block(nnx.Module):
    def __init__(self, dim: int, *, rngs: nnx.Rngs):
        self.linear = nnx.Linear(dim, dim, rngs=rngs)
        self.dropout = nnx.Dropout(0.0, rngs=rngs)

    def __call__(self, x):
        return nnx.gelu(self.dropout(self.linear(x)))


class MLP(nnx.Module):
    def __init__(self, dim: int, *, n_layers: int, rngs: nnx.Rngs):
        self.n_layers = n_layers

        @nnx.split_rngs(splits=n_layers)
        @nnx.vmap(axis_size=n_layers)
        def create(rngs):
            return Block(dim, rngs=rngs)

        self.layers = create(rngs)

    def __call__(self, x):
        @nnx.scan(length=self.n_layers, in_axes=(nnx.Carry, 0))
        def scan_fn(x, block):
            return block(x), None

        x, _ = scan_fn(x, self.layers)
        return x


class Decoder(nnx.Module):
    def __init__(self, dim, depth, rngs):
        @nnx.vmap(in_axes=0, out_axes=0)
        def make(rngs):
            return Block(dim, rngs=rngs)

        self.stack = make(rngs.fork(split=depth))

    def __call__(self, x):
        @nnx.scan(in_axes=(0, nnx.Carry), out_axes=(nnx.Carry, 0))
        def forward(layer, x):
            x = layer(x) + x
            return x, x.mean()

        return forward(self.stack, x)


class Both(nnx.Module):
    def __init__(self, rngs):
        self.mlp = MLP(4, n_layers=3, rngs=rngs)
        self.decoder = Decoder(4, 2, rngs)

    def __call__(self, x):
        x = self.mlp(x)
        return self.decoder(x)


def make():
    return Both(nnx.Rngs(0))


def run(model):
    x = jnp.linspace(-1, 1, 8).reshape(2, 4)
    grads = nnx.grad(lambda m: m(x)[0].sum())(model)
    return model(x), optax.global_norm(grads)
