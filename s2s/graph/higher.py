"""Ops that take functions (vmap, grad, scan, cond): not recorded yet."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any


def handler(op: str) -> Callable[..., Any] | None:
    """What records a call of such an op; None when it takes no function."""
    return None
