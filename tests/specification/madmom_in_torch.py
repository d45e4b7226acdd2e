"""A whole library from numpy to torch."""

import ivy
import torch
import madmom

torch_madmom = ivy.transpile(madmom, source="numpy", to="torch")

# in Hz
freqs = torch.arange(20) * 10

out = torch_madmom.audio.filters.hz2midi(freqs)
