"""A whole library from torch to jax. The image is drawn here instead of fetched."""

import ivy
import kornia
import jax
import numpy as np
import jax.numpy as jnp
from PIL import Image
jax.config.update("jax_enable_x64", True)

jax_kornia = ivy.transpile(kornia, source="torch", to="jax")

raw_img = Image.fromarray(np.random.default_rng(0).integers(0, 256, (96, 128, 3), dtype=np.uint8))

# a batch of one, channels first, values from 0 to 1
img = jnp.transpose(jnp.array(raw_img), (2, 0, 1))
img = jnp.expand_dims(img, 0) / 255

out = jax_kornia.enhance.sharpness(img, 5)
