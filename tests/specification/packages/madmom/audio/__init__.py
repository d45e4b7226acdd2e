"""What concerns sound."""

from . import filters
from .filters import Scale

__all__ = ["Scale", "filters"]
