"""Stands for the library of this name where that cannot be imported: scales of frequencies, written as it writes them."""

from . import audio

__all__ = ["audio"]
