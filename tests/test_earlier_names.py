"""Names and arguments that earlier versions of the frameworks had: they are converted as what they are called now."""

import ivy
import pytest

NUMPY = """
import numpy as np


def earlier(x: np.ndarray):
    return np.reshape(x, newshape=(2, -1)), np.quantile(x, 0.3, interpolation="lower"), np.product(x), np.trapz(x), np.bool8


def now(x: np.ndarray):
    return np.reshape(x, (2, -1)), np.quantile(x, 0.3, method="lower"), np.prod(x), np.trapezoid(x), np.bool_
"""
JAX = """
import jax
import jax.numpy as jnp


def earlier(x: jax.Array) -> jnp.DeviceArray:
    return jnp.reshape(x, newshape=(2, -1)), jnp.product(x), jnp.trapz(x), jnp.row_stack([x, x]), jnp.alltrue(x > 0)


def now(x: jax.Array) -> jax.Array:
    return jnp.reshape(x, (2, -1)), jnp.prod(x), jnp.trapezoid(x), jnp.vstack([x, x]), jnp.all(x > 0)
"""


@pytest.mark.parametrize("target", ["torch", "tensorflow"])
@pytest.mark.parametrize("source, text", [("numpy", NUMPY), ("jax", JAX)])
def test_earlier_names_are_converted_as_those_of_now(source, text, target, tmp_path):
    (tmp_path / "names.py").write_text(text)
    report = ivy.source_to_source(tmp_path / "names.py", source=source, to=target, out=tmp_path / "made.py")
    assert not report.sites["refused"] and not report.errors
    earlier, now = (tmp_path / "made.py").read_text().split("def earlier")[1].split("def now")
    assert earlier.split(":", 1)[1].split() == now.split(":", 1)[1].split()
