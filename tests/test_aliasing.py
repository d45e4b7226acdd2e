"""Code that changes arrays in place gives torch's numbers, or is refused, or raises; it is never silently wrong."""

import importlib
import inspect
import sys
from pathlib import Path

import numpy as np
import pytest
from ivy.s2s.emit import helper_module
from ivy.s2s.pipeline import convert_text
from ivy.s2s.tables import load

from . import aliasing_source

NAMES = [name for name, value in vars(aliasing_source).items() if inspect.isfunction(value) and not name.startswith("_")]
ALWAYS_CONVERTED = set(
    """clone_is_free rebound chain repeated_index nested_item int_beside_array returned_in_place selected_by_mask
    diagonal_added_to narrowed_and_filled narrowed_along function_in_place function_in_place_and_used
    function_in_place_rebound layer_in_place_and_used larger_and_swapped""".split()
)


@pytest.fixture(scope="module", params=("jax", "tensorflow", "numpy"))
def converted(request, tmp_path_factory):
    """The converted module and a function that makes an array of its framework."""
    target = request.param
    make = {"jax": ("jax.numpy", "asarray"), "tensorflow": ("tensorflow", "constant"), "numpy": ("numpy", "array")}[target]
    module = pytest.importorskip(make[0])
    result = convert_text(Path(aliasing_source.__file__).read_text(), "torch", target)
    folder = tmp_path_factory.mktemp(target)
    (folder / f"{target}_helpers.py").write_text(helper_module(result.helpers, load()[target]))
    (folder / f"aliasing_{target}.py").write_text(result.code)
    with pytest.MonkeyPatch.context() as patch:
        patch.syspath_prepend(str(folder))
        patch.delitem(sys.modules, f"{target}_helpers", raising=False)
        yield importlib.import_module(f"aliasing_{target}"), getattr(module, make[1]), target


def leaves(value):
    """All arrays of a result as NumPy arrays."""
    if isinstance(value, (list, tuple)):
        return [leaf for item in value for leaf in leaves(item)]
    return [] if value is None else [np.asarray(value)]


@pytest.mark.parametrize("name", NAMES)
def test_in_place(converted, name):
    torch = pytest.importorskip("torch")
    module, make, target = converted
    data = np.random.default_rng(0).standard_normal((4, 4)).astype(np.float32)
    source_argument = torch.from_numpy(data.copy())
    wanted = leaves(getattr(aliasing_source, name)(source_argument))
    argument = make(data.copy())
    try:
        found = leaves(getattr(module, name)(argument))
    except (NotImplementedError, TypeError):
        assert name not in ALWAYS_CONVERTED and target != "numpy"
        return
    assert len(found) == len(wanted)
    for a, b in zip(found, wanted):
        np.testing.assert_allclose(a, b, rtol=1e-6)
    changed = not np.array_equal(source_argument.numpy(), data)
    if target == "numpy" or not changed:
        np.testing.assert_allclose(np.asarray(argument), source_argument.numpy(), rtol=1e-6)
    else:
        assert wanted, "a function that only changes its argument must not pass in silence"
