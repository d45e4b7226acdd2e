"""A function of two arrays from tensorflow to jax."""

import ivy
import tensorflow as tf
import jax.numpy as jnp

def loss(predictions, targets):
    return tf.sqrt(tf.reduce_mean(tf.square(predictions - targets)))

# nothing is converted yet
jax_loss = ivy.transpile(loss, source="tensorflow", to="jax")

p = jnp.array([3.0, 2.0, 1.0])
t = jnp.array([0.0, 0.0, 0.0])

# the first call converts
out = jax_loss(p, t)
