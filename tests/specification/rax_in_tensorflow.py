"""A whole library from jax to tensorflow."""

import ivy
import rax
import tensorflow as tf

tf_rax = ivy.transpile(rax, source="jax", to="tensorflow")

# three items, the first is relevant
scores = tf.constant([2.2, 1.3, 5.4])
labels = tf.constant([1.0, 0.0, 0.0])

out = tf_rax.poly1_softmax_loss(scores, labels)
