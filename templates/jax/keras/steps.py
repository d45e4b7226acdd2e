"""What training in Keras' way asks of JAX."""

import contextlib

import jax
import jax.numpy as jnp
import numpy as np
from flax import nnx

from ..module import Buffer
from ..random import draw_key, drawing_from, manual_seed
from .masks import mask_of, set_mask
from .structures import array_leaves


def batch_tensors(value):
    """A structure of arrays as those of JAX; floats have 32 bits. None and what is no array stay."""
    return jax.tree.map(lambda array: jnp.asarray(array) if hasattr(array, "shape") else array, value)


def as_elements(array, dtype=None):
    """An array of NumPy, in its dtype unless another one is given."""
    return jnp.asarray(array, dtype)


def as_arrays(value):
    """A structure of arrays as those of NumPy."""
    return jax.tree.map(lambda array: np.asarray(array) if hasattr(array, "shape") else array, value)


def new_order(count):
    """The indices from 0 in a random order."""
    return np.asarray(jax.random.permutation(draw_key(), count))


def without_gradients():
    """Where nothing is kept for gradients, as always in JAX."""
    return contextlib.nullcontext()


@nnx.jit
def loss_and_gradients(model, key, x, y, weights):
    """The loss of a model, its outputs with their masks, and the gradients; the key is for what is drawn."""

    def loss_fn(model):
        mask = None
        with drawing_from(nnx.Rngs(key)):
            y_pred = model.outputs_of(x, True)
            # [full
            mask = mask_of(y_pred)
            # full]
            return model.loss_of(x, y, y_pred, weights, True), (y_pred, mask)

    return nnx.value_and_grad(loss_fn, has_aux=True)(model)


def new_variable(value, dtype):
    """What metrics change in place."""
    return Buffer(jnp.asarray(value, dtype))


def set_regularizer(variable, regularizer):
    """Give a variable a penalty."""
    variable.set_metadata("regularizer", regularizer)


def seed_framework(seed):
    """Seed the process-wide generator."""
    manual_seed(seed)


def absolute(x):
    """Absolute values whose derivative at 0 is 0, which that of ``jnp.abs`` is not."""
    return x * jnp.sign(x)


def take_step(model, x, y, weights):
    """Change a model's weights along the gradient of its loss; gives the loss and the outputs."""
    optimizer = model.optimizer
    if not optimizer.iterations:
        model.outputs_of(x, False)  # weights are made outside of transformations
        model._track_all()
        optimizer.trained = [weight for _, weight in nnx.to_flat_state(nnx.state(model, nnx.Param))]
    (loss, (y_pred, mask)), grads = loss_and_gradients(model, draw_key(), x, y, weights)
    # [full
    for output, found in zip(array_leaves(y_pred), array_leaves(mask)):
        if found is not None:
            set_mask(output, found)
    # full]
    changed = zip(nnx.to_flat_state(grads), optimizer.trained, strict=True)
    optimizer.apply_gradients([(gradient[...], weight) for (_, gradient), weight in changed])
    return loss, y_pred
