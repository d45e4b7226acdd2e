"""An autoencoder whose loss is partly a variable of the model, read."""
import jax
import jax.numpy as jnp
import optax
from flax import nnx


class Loss(nnx.Variable):
    pass


class Encoder(nnx.Module):
    def __init__(self, din, dmid, dout, *, rngs: nnx.Rngs):
        self.linear1 = nnx.Linear(din, dmid, rngs=rngs)
        self.linear_mean = nnx.Linear(dmid, dout, rngs=rngs)
        self.linear_std = nnx.Linear(dmid, dout, rngs=rngs)
        self.kl_loss = Loss(jnp.array(0.0))

    def __call__(self, x):
        x = jax.nn.relu(self.linear1(x.reshape((x.shape[0], -1))))
        mean = self.linear_mean(x)
        std = jnp.exp(self.linear_std(x))
        self.kl_loss.value = (jnp.mean(0.5 * jnp.mean(-jnp.log(std**2) - 1.0 + std**2 + mean**2, axis=-1)))
        return mean + std * 0.1


class Decoder(nnx.Module):
    def __init__(self, din, dmid, dout, *, rngs):
        self.linear1 = nnx.Linear(din, dmid, rngs=rngs)
        self.linear2 = nnx.Linear(dmid, dout, rngs=rngs)

    def __call__(self, z):
        return self.linear2(nnx.relu(self.linear1(z)))


class VAE(nnx.Module):
    def __init__(self, din, dhidden, dlatent, shape, *, rngs):
        self.output_shape = shape
        self.encoder = Encoder(din, dhidden, dlatent, rngs=rngs)
        self.decoder = Decoder(dlatent, dhidden, din, rngs=rngs)

    def __call__(self, x):
        return jnp.reshape(self.decoder(self.encoder(x)), (-1, *self.output_shape))

    def generate(self, z):
        return nnx.sigmoid(self.decoder(z))


@nnx.jit
def train_step(model: VAE, optimizer: nnx.Optimizer, x):
    def loss_fn(model):
        logits = model(x)
        kl = model.encoder.kl_loss.value
        rec = jnp.mean(optax.sigmoid_binary_cross_entropy(logits, x))
        return rec + 0.1 * kl

    loss, grads = nnx.value_and_grad(loss_fn)(model)
    optimizer.update(model, grads)
    return loss


def make():
    return VAE(6, 8, 3, (6,), rngs=nnx.Rngs(0, noise=1))


def run(model):
    x = (jnp.sin(jnp.arange(24.0)).reshape(4, 6) > 0).astype(jnp.float32)
    optimizer = nnx.Optimizer(model, optax.adam(1e-3), wrt=nnx.Param)
    return [train_step(model, optimizer, x) for _ in range(4)], model.generate(jnp.ones((2, 3)))
