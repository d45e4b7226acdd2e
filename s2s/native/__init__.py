"""``layout="native"``: models whose images are (N, C, ...) rewritten to (N, ..., C), before anything is converted.

A model is built and run on paper (``machine.py``): every value of its constructors and of its forward method is
followed, and each place that has to change is noted (``edits.py``). What cannot be followed blocks the model.
"""

from .plan import Layout, rewrite

__all__ = ["Layout", "rewrite"]
