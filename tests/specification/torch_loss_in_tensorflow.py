"""A function of two arrays from torch to tensorflow."""

import ivy
import torch
import tensorflow as tf

def loss(predictions, targets):
    return torch.sqrt(torch.mean((predictions - targets) ** 2))

# nothing is converted yet
tf_loss = ivy.transpile(loss, source="torch", to="tensorflow")

p = tf.constant([3.0, 2.0, 1.0])
t = tf.constant([0.0, 0.0, 0.0])

# the first call converts
out = tf_loss(p, t)
