"""Modules and functions of flax.nnx, with what they share with those of other targets."""

from pathlib import Path

__path__.append(str(Path(__file__).parents[2] / "shared" / "nnx"))
