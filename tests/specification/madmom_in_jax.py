"""A whole library from numpy to jax."""

import ivy
import madmom
import jax.numpy as jnp

jax_madmom = ivy.transpile(madmom, source="numpy", to="jax")

# in Hz
freqs = jnp.arange(20) * 10

out = jax_madmom.audio.filters.hz2midi(freqs)
