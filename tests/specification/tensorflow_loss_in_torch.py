"""A function of two arrays from tensorflow to torch."""

import ivy
import tensorflow as tf
import torch

def loss(predictions, targets):
    return tf.sqrt(tf.reduce_mean(tf.square(predictions - targets)))

# nothing is converted yet
torch_loss = ivy.transpile(loss, source="tensorflow", to="torch")

p = torch.tensor([3.0, 2.0, 1.0])
t = torch.tensor([0.0, 0.0, 0.0])

# the first call converts
out = torch_loss(p, t)
