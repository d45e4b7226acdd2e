"""What a rule is: a function from an original node to its rewritten form, or None to pass."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

RuleFunction = Callable[[Any, Any], Any]


def rule(*nodes: type) -> Callable[[RuleFunction], RuleFunction]:
    """Mark a function as a rule for these node classes."""

    def mark(function: RuleFunction) -> RuleFunction:
        function.nodes = nodes  # type: ignore[attr-defined]
        return function

    return mark
