"""A function of two arrays from tensorflow to numpy."""

import ivy
import tensorflow as tf
import numpy as np

def loss(predictions, targets):
    return tf.sqrt(tf.reduce_mean(tf.square(predictions - targets)))

# nothing is converted yet
np_loss = ivy.transpile(loss, source="tensorflow", to="numpy")

p = np.array([3.0, 2.0, 1.0])
t = np.array([0.0, 0.0, 0.0])

# the first call converts
out = np_loss(p, t)
