"""There and back: converted code that is converted again gives the numbers of the original."""

import copy
import importlib.util
import inspect
import pathlib
import subprocess
import sys
import types
import warnings

import numpy as np
import pytest
from ivy.s2s.api import source_to_source
from ivy.s2s.emit import helper_module
from ivy.s2s.pipeline import convert_text
from ivy.s2s.tables import load

from . import numpy_cases, round_trip_cases
from .test_kornia import environment, evaluate
from .test_numpy_source import leaves

MODELS = ("resnet18", "vit_tiny_patch16_224", "convnext_atto", "efficientnet_b0", "ghostnet_100", "poolformer_s12")


def there_and_back(library, through, folder):
    """The folder with a PyTorch library that was converted to a framework and back."""
    found = importlib.util.find_spec(library)
    if found is None:
        pytest.skip(f"{library} is not installed")
    there, back = folder / through, folder / "torch"
    for place, source, target in ((there, "torch", through), (back, through, "torch")):
        origin = pathlib.Path(found.origin).parent if source == "torch" else there / library
        report = source_to_source(origin, source=source, to=target, out=place / library)
        assert not report.errors
    return back


@pytest.mark.slow
@pytest.mark.parametrize("through", ["jax", "tensorflow"])
def test_models(through, tmp_path):
    folder = there_and_back("timm", through, tmp_path)
    command = [sys.executable, "-W", "ignore", round_trip_cases.__file__, str(folder), *MODELS]
    done = subprocess.run(command, env=environment(), timeout=600, capture_output=True)
    assert done.returncode == 0, done.stderr.decode()[-2000:]
    rows = [line.split() for line in done.stdout.decode().splitlines()]
    assert {name: float(value) < 1e-4 for name, value in rows} == dict.fromkeys(MODELS, True)


@pytest.mark.slow
def test_library_functions(tmp_path):
    folder = there_and_back("kornia", "jax", tmp_path)
    wanted, _ = evaluate("torch", "", tmp_path / "original")
    found, errors = evaluate("torch", folder, tmp_path / "returned")
    assert not errors
    assert len(found.files) > 150
    different = [n for n in wanted.files if not np.allclose(wanted[n], found[n], rtol=1e-5, atol=1e-5, equal_nan=True)]
    assert not different


def returned(text, through):
    """NumPy code that went through another framework as a namespace; None when a part was refused on the way."""
    there = convert_text(text, "numpy", through)
    back = convert_text(there.code or text, through, "numpy")
    assert not there.error and not back.error
    if there.sites.get("refused") or back.sites.get("refused"):
        return None
    helpers = types.ModuleType("numpy_helpers")
    exec(helper_module(back.helpers, load()["numpy"]), helpers.__dict__)
    kept = sys.modules.get("numpy_helpers")
    sys.modules["numpy_helpers"] = helpers
    try:
        space: dict = {}
        exec(back.code or there.code, space)
    finally:
        sys.modules.pop("numpy_helpers")
        if kept is not None:
            sys.modules["numpy_helpers"] = kept
    return space


@pytest.mark.slow
@pytest.mark.parametrize("through", ["tensorflow", "jax"])
def test_numpy_snippets(through):
    jobs = [(text, numpy_cases.expression_source(text), "case") for text in numpy_cases.EXPRESSIONS]
    jobs += [(name, text, name) for name, text in numpy_cases.function_sources().items()]
    samples, equal, wrong, raised = numpy_cases.samples(), 0, [], []
    for label, text, name in jobs:
        original = numpy_cases.execute(text)[name]
        arguments = {p: samples[p] for p in inspect.signature(original).parameters if p in samples}
        space = returned(text, through)
        if space is None:
            continue
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            wanted = leaves(original(**copy.deepcopy(arguments)))
            try:
                found = leaves(space[name](**copy.deepcopy(arguments)))
            except Exception:
                raised.append(label)
                continue
        if len(found) == len(wanted) and all(map(same, found, wanted)):
            equal += 1
        else:
            wrong.append(label)
    assert not wrong
    assert len(raised) <= 5, raised
    assert equal > 400


def same(found, wanted):
    """Whether two results hold the same numbers; what is no number is not compared."""
    if wanted is None or isinstance(wanted, (str, slice, type, np.dtype)):
        return True
    left, right = np.asarray(found), np.asarray(wanted)
    return left.shape == right.shape and np.allclose(left, right, rtol=1e-5, atol=1e-6, equal_nan=True)
