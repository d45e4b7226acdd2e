"""What libraries of JAX are made of gives the source's numbers in every target, or a refusal."""

from __future__ import annotations

import functools
import inspect
import sys
import types
from pathlib import Path

import numpy as np
import pytest

jax = pytest.importorskip("jax")
pytest.importorskip("chex")

from ivy.s2s.api import source_to_source  # noqa: E402
from ivy.s2s.emit import helper_module  # noqa: E402
from ivy.s2s.pipeline import convert_text  # noqa: E402
from ivy.s2s.tables import load  # noqa: E402

from . import jax_library_cases as cases  # noqa: E402
from . import sampling  # noqa: E402
from .test_jax_source import leaves  # noqa: E402

TARGETS = ("torch", "tensorflow", "numpy")
X = np.array([[0.3, -0.7, 1.2], [0.5, 0.0, -1.5], [-0.2, 0.8, 0.6]], np.float32)
NAMES = [n for n, f in vars(cases).items() if inspect.isfunction(f) and list(inspect.signature(f).parameters)[0] == "x"]
NAMES = [n for n in NAMES if (getattr(cases, n).__doc__ or "").strip()]
# Loops and branches of which each call takes its own are PyTorch's alone: TensorFlow's and NumPy's run them one by one.
DERIVATIVES = ("derivatives_of_objects", "ruled_derivatives", "stopped_trees")
# Values of unknown kind, whose dtypes TensorFlow does not promote.
PROMOTED = ("comparisons_as_numbers",)


@functools.cache
def converted(target: str) -> types.ModuleType:
    """The cases in a target; nothing of them may be refused but derivatives in NumPy."""
    text = Path(cases.__file__).read_text(encoding="utf-8")
    result = convert_text(text, "jax", target, "cases")
    assert not result.error, result.error
    refused = [d for d in result.diagnostics if d.grade == "refused"]
    assert [d for d in refused if target != "numpy" or "derivatives" not in d.message] == []
    helpers, module = types.ModuleType(f"{target}_helpers"), types.ModuleType(f"jax_library_cases_{target}")
    made = {helpers.__name__: helpers, module.__name__: module}
    sys.modules.update(made)
    try:
        exec(helper_module(result.helpers, load()[target]), helpers.__dict__)  # noqa: S102
        exec(result.code, module.__dict__)  # noqa: S102
    finally:
        for name in made:
            del sys.modules[name]
    return module


@pytest.mark.parametrize("target", TARGETS)
@pytest.mark.parametrize("name", NAMES)
def test_cases_agree_with_the_source(name, target):
    pytest.importorskip(target)
    given = sampling.to_framework(X.copy(), target)
    if target == "numpy" and name in DERIVATIVES:
        with pytest.raises(NotImplementedError, match="derivatives"):
            getattr(converted(target), name)(given)
        return
    if target == "tensorflow" and name in PROMOTED:
        with pytest.raises(Exception, match="bool|EagerTensor"):
            getattr(converted(target), name)(given)
        return
    expected = leaves(getattr(cases, name)(jax.numpy.asarray(X)))
    found = leaves(getattr(converted(target), name)(given))
    assert len(found) == len(expected)
    for position, (a, b) in enumerate(zip(found, expected)):
        assert a.shape == b.shape, f"result {position}"
        if b.dtype.kind in "US":
            assert a.tolist() == b.tolist()
        else:
            np.testing.assert_allclose(a, b, rtol=1e-5, atol=1e-5, err_msg=f"result {position}")
    np.testing.assert_array_equal(np.asarray(given), X, "the argument was changed")


def test_assertions_of_chex_fail_as_they_do_there():
    pytest.importorskip("torch")
    import torch

    checked = converted("torch").checked
    for wrong in (torch.ones(2, 2, 2), torch.ones(3, dtype=torch.int64)):
        with pytest.raises(AssertionError):
            checked(wrong)


def test_tracers_are_tensors_of_torch_func():
    torch = pytest.importorskip("torch")
    text = "import jax\n\n\ndef traced(x):\n    return isinstance(x, jax.core.Tracer)\n"
    result = convert_text(text, "jax", "torch", "cases")
    helpers = types.ModuleType("torch_helpers")
    exec(helper_module(result.helpers, load()["torch"], result.tested), helpers.__dict__)  # noqa: S102
    assert not isinstance(torch.ones(2), helpers.Tracer)
    seen = []
    torch.func.vmap(lambda x: seen.append(isinstance(x, helpers.Tracer)) or x)(torch.ones(2))
    assert seen == [True]


def test_reductions_of_numpy_take_tensors():
    torch = pytest.importorskip("torch")
    text = "import jax.numpy as jnp\nimport numpy as np\n\n\ndef f(x):\n    return np.all(x > 0), np.sum(x, axis=0), jnp.sum(x)\n"
    result = convert_text(text, "jax", "torch", "cases")
    module = types.ModuleType("made")
    exec(result.code, module.__dict__)  # noqa: S102
    every, sums, total = module.f(torch.tensor([[1.0, 2.0], [3.0, -4.0]]))
    assert (bool(every), sums.tolist(), float(total)) == (False, [4.0, -2.0], 2.0)


def test_code_on_tfp_for_jax_is_code_of_jax(tmp_path):
    text = (
        "import jax.numpy as jnp\nfrom tensorflow_probability.substrates import jax as tfp\n\n"
        "tfd = tfp.distributions\n\n\ndef f(x):\n    return jnp.sum(x)\n"
    )
    (tmp_path / "both.py").write_text(text, encoding="utf-8")
    source_to_source(tmp_path / "both.py", to="torch", out=tmp_path / "made.py")
    made = (tmp_path / "made.py").read_text(encoding="utf-8")
    assert "import jax" not in made and "torch.sum(x)" in made


def test_names_of_types_of_other_modules_are_what_they_stand_for(tmp_path):
    folder = tmp_path / "given"
    folder.mkdir()
    (folder / "shared_types.py").write_text(
        "from typing import Union\n\nimport jax\nfrom jax.typing import ArrayLike\n\nArrays = Union[jax.Array, float]\n",
        encoding="utf-8",
    )
    (folder / "spread.py").write_text(
        "import jax.numpy as jnp\nfrom shared_types import Arrays, ArrayLike\n\n\n"
        "def spread(x: Arrays, y: ArrayLike):\n    return x.std(axis=0), jnp.cos(x), y.max(axis=1)\n",
        encoding="utf-8",
    )
    source_to_source(folder, to="torch", out=tmp_path / "made", jobs=1)
    made = (tmp_path / "made" / "spread.py").read_text(encoding="utf-8")
    wanted = "torch.std(x, dim=0, correction=0), torch.cos(torch.as_tensor(x)), y.amax(dim=1)"
    assert wanted in " ".join(made.split())


def test_a_module_of_the_project_named_math_is_not_the_standard_one(tmp_path):
    folder = tmp_path / "given"
    folder.mkdir()
    (folder / "__init__.py").write_text("", encoding="utf-8")
    (folder / "math.py").write_text("import jax.numpy as jnp\n\n\ndef log(x):\n    return jnp.exp(x)\n", encoding="utf-8")
    (folder / "use.py").write_text(
        "import jax.numpy as jnp\nfrom given import math\n\n\ndef f(x):\n    return math.log(x) * jnp.log(2.0)\n",
        encoding="utf-8",
    )
    source_to_source(folder, to="torch", out=tmp_path / "made", jobs=1)
    made = (tmp_path / "made" / "use.py").read_text(encoding="utf-8")
    assert "import math as _math" in made and "math.log(x) * _math.log(2.0)" in made
