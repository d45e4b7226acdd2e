"""A whole library from torch to tensorflow. The image is drawn here instead of fetched."""

import ivy
import kornia
import numpy as np
import tensorflow as tf
from PIL import Image

tf_kornia = ivy.transpile(kornia, source="torch", to="tensorflow")

raw_img = Image.fromarray(np.random.default_rng(0).integers(0, 256, (96, 128, 3), dtype=np.uint8))

# a batch of one, channels first, values from 0 to 1
img = np.array(raw_img)
img = tf.transpose(tf.constant(img), (2, 0, 1))
img = tf.expand_dims(img, 0) / 255

out = tf_kornia.enhance.sharpness(img, 5)
