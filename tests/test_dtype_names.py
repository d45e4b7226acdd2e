"""Dtypes by their names: as arguments, in comparisons and as texts, each framework with its own."""

import importlib

import ivy
import numpy as np
import pytest

from .programs import loaded

pytest.importorskip("torch")
pytest.importorskip("jax")
pytest.importorskip("tensorflow")

NUMPY = """
import numpy as np


def asked(x: np.ndarray, y, name="float32", other: str = "int16"):
    made = np.zeros(2, dtype=name)
    return [
        x.dtype == name, x.dtype == "float64", x.dtype == "float32", x.dtype in ("int32", "float64"), x.dtype == float,
        x.dtype != bool, str(x.dtype) == "float64", str(x.dtype) in ("float32", "int8"), x.dtype.name == "float64",
        y.dtype == "uint8", y.dtype == float, y.dtype != "uint8", str(y.dtype), str(x.dtype).upper(),
        str(made.dtype), str(x.astype(other).dtype), made.dtype == "float32", x.astype(name).dtype == "float32",
    ]
"""
CLASSES = """
import numbers

import numpy as np


def asked(x: np.ndarray, y):
    total, count, first, text = x.sum(), np.arange(3).sum(), x[0] > 1, "x"
    return [
        type(x) == np.ndarray, type(x) is np.ndarray, type(x) != np.ndarray, type(x) in (list, np.ndarray), type(text) == np.ndarray,
        isinstance(total, numbers.Number), isinstance(total, numbers.Real), isinstance(count, numbers.Integral),
        isinstance(total, numbers.Integral), isinstance(x, numbers.Number), isinstance(first, numbers.Number), isinstance(2, numbers.Real),
        np.isscalar(total), np.isscalar(2), np.isscalar(x), hasattr(total, "__len__"), hasattr(x, "__len__"), hasattr(y, "__iter__"),
        hasattr(text, "__len__"), isinstance(count, (int, np.integer)),
    ]
"""
JAX = """
import jax
import jax.numpy as jnp


class Cast:
    def __init__(self, dtype="float16", other: str = "bfloat16"):
        self.dtype = dtype
        self.other = other

    def __call__(self, x: jax.Array):
        return x.astype(self.dtype), x.dtype == self.dtype, jnp.ones(2, self.other), x.dtype == float


def asked(x: jax.Array, y, name="float32"):
    cast, same, ones, wide = Cast()(x)
    return [
        str(cast.dtype), same, str(ones.dtype), wide, x.dtype == name, x.dtype == "float32", str(x.dtype) == "float32",
        str(x.dtype) != "int8", cast.dtype in ("float16", "float32"), jnp.zeros(2, dtype=name).dtype == "float32",
    ]
"""
TENSORFLOW = """
import keras
import tensorflow as tf


def asked(x: tf.Tensor, y, name="float32"):
    return [
        x.dtype == "float32", x.dtype == name, x.dtype != "int32", x.dtype in ("float16", "float32"), x.dtype == float, x.dtype == bool,
        keras.backend.standardize_dtype(x.dtype) == "float32", x.dtype.name == "float32", x.dtype is tf.float32,
        x.shape == [2], x.get_shape() == [2], x.shape != [3], x.shape == (2,), x.shape.as_list() == [2],
    ]
"""
TORCH = """
import torch


def asked(x: torch.Tensor, y):
    return [
        str(x.dtype) == "torch.float32", str(x.dtype) in ("torch.float16", "torch.int64"), str(x.dtype) != "torch.float64",
        str(x.dtype).replace("torch.", ""), str(x.dtype).split(".")[-1],
    ]
"""
CASES = [
    *(("numpy", NUMPY, target) for target in ("torch", "jax", "tensorflow")),
    *(("numpy", CLASSES, target) for target in ("torch", "jax", "tensorflow")),
    *(("jax", JAX, target) for target in ("torch", "tensorflow", "numpy")),
    *(("tensorflow", TENSORFLOW, target) for target in ("torch", "jax", "numpy")),
    *(("torch", TORCH, target) for target in ("jax", "tensorflow", "numpy")),
]
MAKERS = {"numpy": ("numpy", "asarray"), "torch": ("torch", "as_tensor"), "jax": ("jax.numpy", "asarray")}
MAKERS["tensorflow"] = ("tensorflow", "constant")


def _answers(path, framework, wide):
    module, maker = MAKERS[framework]
    array = getattr(importlib.import_module(module), maker)
    x = np.array([1.0, 2.5], np.float64 if wide else np.float32)
    return [getattr(answer, "item", lambda answer=answer: answer)() for answer in loaded(path, path.stem).asked(
        array(x), array(np.array([1, 2], np.uint8)))]  # fmt: skip


@pytest.mark.parametrize("source, text, target", CASES)
def test_dtypes_by_name(source, text, target, tmp_path):
    before, after = tmp_path / f"asked_{source}.py", tmp_path / f"made_{source}_{target}.py"
    before.write_text(text)
    report = ivy.source_to_source(before, source=source, to=target, out=after)
    assert not report.sites["refused"] and not report.errors
    wide = source == "numpy" and target != "jax"
    assert _answers(after, target, wide) == _answers(before, source, wide)


def test_what_may_be_an_array_of_numpy_is_asked_as_one(tmp_path):
    text = "import numpy as np\n\n\ndef scaled(sample):\n    image = sample['image']\n    is_bytes = image.dtype == 'uint8'\n"
    (tmp_path / "host.py").write_text(text + "    return np.sum(image) / 255 if is_bytes else np.sum(image)\n")
    ivy.source_to_source(tmp_path / "host.py", source="numpy", to="torch", out=tmp_path / "made_host.py")
    import torch

    scaled = loaded(tmp_path / "made_host.py", "made_host").scaled
    values = np.array([255, 0], np.uint8)
    assert float(scaled({"image": torch.from_numpy(values)})) == 1.0
    assert "as_host_dtype(image.dtype) == 'uint8'" in (tmp_path / "made_host.py").read_text()
