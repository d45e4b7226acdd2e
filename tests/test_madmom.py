"""madmom's filters from their published source: scales and filter banks in every framework, equal to the original's.

``MADMOM_SOURCE`` names the unpacked source distribution of madmom 0.16.1; without it the tests are skipped.
"""

import os
import sys
import types
from pathlib import Path

import numpy as np
import pytest
from ivy.s2s.emit import helper_module
from ivy.s2s.pipeline import convert_text
from ivy.s2s.tables import load

SOURCE = Path(os.environ.get("MADMOM_SOURCE", "")) / "madmom" / "audio" / "filters.py"
pytestmark = pytest.mark.skipif(not SOURCE.is_file(), reason="MADMOM_SOURCE is not set")

HZ = np.arange(20) * 10
BINS = np.fft.rfftfreq(2048, 1 / 44100)
SCALES = ("hz2midi", "midi2hz", "hz2mel", "mel2hz", "hz2erb", "erb2hz")
BANKS = {
    "MelFilterbank": (BINS,),
    "LogarithmicFilterbank": (BINS,),
    "RectangularFilterbank": (BINS, np.array([100.0, 1000.0, 5000.0])),
}


def loaded(text, name):
    """A module text as a module, with a stand-in for the rest of the package."""
    package = types.ModuleType("madmom_stand_in")
    package.__path__ = []
    processors = types.ModuleType("madmom_stand_in.processors")
    processors.Processor = type("Processor", (), {})
    audio = types.ModuleType("madmom_stand_in.audio")
    audio.__path__ = []
    for module in (package, processors, audio):
        sys.modules[module.__name__] = module
    module = types.ModuleType(f"madmom_stand_in.audio.{name}")
    module.__package__ = "madmom_stand_in.audio"
    exec(compile(text, name, "exec"), module.__dict__)
    return module


@pytest.fixture(scope="module")
def original():
    """The original functions, with the names that NumPy 2 removed."""
    text = SOURCE.read_text(encoding="utf-8").replace("np.float)", "float)").replace("np.float ", "float ")
    return loaded(text, "filters")


@pytest.fixture(scope="module", params=("torch", "jax", "tensorflow"))
def converted(request):
    """The converted module, the name of the framework and what makes its arrays."""
    target = request.param
    make = {"torch": ("torch", "as_tensor"), "jax": ("jax.numpy", "asarray"), "tensorflow": ("tensorflow", "constant")}
    library = pytest.importorskip(make[target][0])
    result = convert_text(SOURCE.read_text(encoding="utf-8"), "numpy", target, "filters")
    assert result.sites.get("refused", 0) == 0
    assert "import numpy" not in result.code
    helpers = types.ModuleType(f"{target}_helpers")
    sys.modules[helpers.__name__] = helpers
    exec(compile(helper_module(result.helpers, load()[target]), helpers.__name__, "exec"), helpers.__dict__)
    return loaded(result.code, "filters"), target, getattr(library, make[target][1])


def same(found, wanted, target, exact=1e-12):
    """Compare an array of a framework with NumPy's; JAX computes in 32 bits."""
    values = np.asarray(found.array if hasattr(found, "array") else found)
    tolerance = 2e-5 if target == "jax" else exact
    np.testing.assert_allclose(values, np.asarray(wanted), rtol=tolerance, atol=tolerance)
    assert target == "jax" or values.dtype == np.asarray(wanted).dtype


@pytest.mark.parametrize("name", SCALES)
def test_scales(original, converted, name):
    module, target, make = converted
    with np.errstate(divide="ignore"):
        wanted = getattr(original, name)(HZ)
    for argument in (make(HZ), HZ, HZ.tolist()):
        same(getattr(module, name)(argument), wanted, target)
    same(getattr(module, name)(440.0), getattr(original, name)(440.0), target)


def test_midi_numbers(converted):
    module, target, make = converted
    found = np.asarray(module.hz2midi(make(np.arange(20) * 10)))
    assert found[0] == -np.inf
    np.testing.assert_allclose(found[[1, 2, 3, 19]], [3.48682058, 15.48682058, 22.50637059, 54.46195074], rtol=2e-5 if target == "jax" else 1e-8)


@pytest.mark.parametrize("function, args", [
    ("mel_frequencies", (40, 20.0, 17000.0)),
    ("log_frequencies", (12, 30.0, 17000.0)),
    ("semitone_frequencies", (30.0, 17000.0)),
])  # fmt: skip
def test_frequencies(original, converted, function, args):
    module, target, _ = converted
    same(getattr(module, function)(*args), getattr(original, function)(*args), target)


@pytest.mark.parametrize("unique", (False, True))
def test_bins(original, converted, unique):
    module, target, make = converted
    frequencies = original.mel_frequencies(40, 20.0, 17000.0)
    wanted = original.frequencies2bins(frequencies, BINS, unique_bins=unique)
    same(module.frequencies2bins(make(frequencies), make(BINS), unique_bins=unique), wanted, target)


@pytest.mark.parametrize("name", BANKS)
def test_filter_banks(original, converted, name):
    module, target, make = converted
    args = BANKS[name]
    wanted = getattr(original, name)(*args)
    found = getattr(module, name)(*map(make, args))
    same(found, wanted, target, exact=1e-6)
    assert type(found).__name__ == name and found.num_bands == wanted.num_bands and found.num_bins == wanted.num_bins
    for attribute in ("bin_frequencies", "corner_frequencies", "center_frequencies", "fmin", "fmax"):
        same(getattr(found, attribute), getattr(wanted, attribute), target, exact=1e-9)
    assert isinstance(found, module.Filterbank)
