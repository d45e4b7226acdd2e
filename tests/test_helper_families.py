"""A package with code of PyTorch and of Keras: classes of one name, and each file has its own."""

import importlib
import sys

import numpy as np
import pytest

torch = pytest.importorskip("torch")
pytest.importorskip("flax")

from ivy.s2s.api import source_to_source  # noqa: E402

FILES = {
    "__init__.py": "",
    "first.py": """
import torch.nn as nn


def flat(x):
    return nn.Sequential(nn.Flatten(2), nn.ReLU())(x)
""",
    "second.py": """
import keras


def flat(x):
    return keras.Sequential([keras.layers.Flatten(), keras.layers.ReLU(max_value=1.0)])(x)
""",
}


def test_each_framework_has_its_own_layers(tmp_path, monkeypatch):
    (tmp_path / "both").mkdir()
    for name, text in FILES.items():
        (tmp_path / "both" / name).write_text(text)
    report = source_to_source(tmp_path / "both", to="jax", out=tmp_path / "out" / "both")
    assert report.exit_code == 0, [str(d) for d in report.diagnostics] + list(report.errors)
    monkeypatch.syspath_prepend(str(tmp_path / "out"))
    x = np.arange(-3, 9, dtype=np.float32).reshape(1, 2, 2, 3)
    found = [importlib.import_module(f"both.{name}").flat(x) for name in ("first", "second")]
    for name in [name for name in sys.modules if name.partition(".")[0] == "both"]:
        monkeypatch.delitem(sys.modules, name)
    np.testing.assert_array_equal(found[0], np.maximum(x, 0).reshape(1, 2, 6))
    np.testing.assert_array_equal(found[1], np.clip(x, 0, 1).reshape(1, 12))
