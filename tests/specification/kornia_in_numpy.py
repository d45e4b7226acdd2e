"""A whole library from torch to numpy. The image is drawn here instead of fetched."""

import ivy
import kornia
import numpy as np
from PIL import Image

np_kornia = ivy.transpile(kornia, source="torch", to="numpy")

raw_img = Image.fromarray(np.random.default_rng(0).integers(0, 256, (96, 128, 3), dtype=np.uint8))

# a batch of one, channels first, values from 0 to 1
img = np.transpose(np.array(raw_img), (2, 0, 1))
img = np.expand_dims(img, 0) / 255

out = np_kornia.enhance.sharpness(img, 5)
