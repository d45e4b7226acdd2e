"""A whole library from numpy to tensorflow."""

import ivy
import madmom
import tensorflow as tf

tf_madmom = ivy.transpile(madmom, source="numpy", to="tensorflow")

# in Hz
freqs = tf.range(20) * 10

out = tf_madmom.audio.filters.hz2midi(freqs)
