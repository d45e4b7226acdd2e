"""Source text converted to a target and executed, with its helper module."""

from __future__ import annotations

import sys
import types

from ivy.s2s.emit import helper_module
from ivy.s2s.pipeline import convert_text
from ivy.s2s.tables import load


def converted(text: str, source: str, target: str) -> types.ModuleType:
    """The module that a text becomes; nothing of it may be refused."""
    result = convert_text(text, source, target, "converted")
    assert not result.error and not result.diagnostics, result.error or result.diagnostics
    helpers = types.ModuleType(f"{target}_helpers")
    exec(helper_module(result.helpers, load()[target], result.tested), helpers.__dict__)  # noqa: S102
    sys.modules[helpers.__name__] = helpers
    module = types.ModuleType(f"converted_to_{target}")
    try:
        exec(result.code, module.__dict__)  # noqa: S102
    finally:
        del sys.modules[helpers.__name__]
    return module
