"""Converting and running code of Keras in tests, and comparing what it gives."""

from __future__ import annotations

import sys
import types

import numpy as np
from ivy.s2s.emit import helper_module
from ivy.s2s.pipeline import convert_text
from ivy.s2s.tables import load


def run_code(code: str, target: str, refuses: bool = False) -> types.ModuleType:
    """A module of Keras in a target, which may refuse something."""
    result = convert_text(code, "tensorflow", target, "cases")
    assert not result.error, result.error
    assert refuses or not {d.api for d in result.diagnostics if d.grade == "refused"}
    helpers = types.ModuleType(f"{target}_helpers")
    exec(helper_module(result.helpers, load()[target]), helpers.__dict__)  # noqa: S102
    sys.modules[helpers.__name__] = helpers
    module = types.ModuleType("converted_cases")
    try:
        exec(result.code, module.__dict__)  # noqa: S102
    finally:
        del sys.modules[helpers.__name__]
    return module


def assert_same(found, wanted, tolerance: float = 2e-4) -> None:
    """Nested results are equal, with the same names."""
    if isinstance(wanted, dict):
        assert found.keys() == wanted.keys()
        for key in wanted:
            assert_same(found[key], wanted[key], tolerance)
    elif isinstance(wanted, str) or wanted is None:
        assert found == wanted
    elif isinstance(wanted, (list, tuple)):
        assert len(found) == len(wanted)
        for ours, theirs in zip(found, wanted):
            assert_same(ours, theirs, tolerance)
    else:
        found = found.detach() if hasattr(found, "detach") else found
        np.testing.assert_allclose(np.asarray(found), np.asarray(wanted), rtol=tolerance, atol=tolerance / 10)
