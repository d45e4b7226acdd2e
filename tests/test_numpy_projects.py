"""Projects of NumPy of several files: kinds go from file to file, and changes of arrays reach all that hold them."""

import importlib
import sys

import numpy as np
import pytest
from ivy.s2s.api import source_to_source

from .numpy_projects_source import ALTERED, FILES, NAMES
from .programs import forget_helpers, loaded


def _cases(folder):
    """The module of cases in a folder, with the modules beside it."""
    _unload()
    sys.path.insert(0, str(folder))
    try:
        return importlib.import_module("cases")
    finally:
        sys.path.remove(str(folder))
        _unload()


def _unload():
    """Forget the modules of a project and its helpers."""
    forget_helpers()
    for file in FILES:
        sys.modules.pop(file.removesuffix(".py"), None)


def _written(folder):
    for name, text in FILES.items():
        (folder / name).write_text(text, encoding="utf-8")
    return folder


@pytest.fixture(scope="module")
def original(tmp_path_factory):
    return _cases(_written(tmp_path_factory.mktemp("source")))


@pytest.fixture(scope="module", params=["torch", "jax", "tensorflow"])
def program(request, tmp_path_factory):
    out = tmp_path_factory.mktemp(request.param) / "out"
    report = source_to_source(_written(tmp_path_factory.mktemp("project")), to=request.param, out=out)
    assert not report.sites["refused"], report.diagnostics
    return _cases(out)


def _same(found, wanted):
    if isinstance(wanted, dict):
        assert found.keys() == wanted.keys()
        for key in wanted:
            _same(found[key], wanted[key])
    elif isinstance(wanted, (list, tuple)):
        assert len(found) == len(wanted)
        for one, other in zip(found, wanted):
            _same(one, other)
    else:
        assert np.shape(found) == np.shape(wanted)
        np.testing.assert_allclose(np.asarray(found), np.asarray(wanted), rtol=1e-5, atol=1e-6)


@pytest.mark.parametrize("name", NAMES)
def test_same_numbers(program, original, name):
    _same(getattr(program, name)(), getattr(original, name)())


@pytest.mark.parametrize("target", ["jax", "tensorflow"])
def test_altered_arguments(target, tmp_path):
    (tmp_path / "program.py").write_text(ALTERED, encoding="utf-8")
    report = source_to_source(tmp_path / "program.py", to=target, out=tmp_path / "out")
    refused = [(item.line, item.message) for item in report.diagnostics if item.grade == "refused"]
    assert refused == [
        (11, "it changes 'x' for its caller, and arrays are immutable"),
        (23, "'b' may share memory with 'a' and is used afterwards"),
    ]
    path = tmp_path / "out"
    module = loaded(path if path.is_file() else path / "program.py", f"altered_{target}")
    _same(module.own(), (np.full(3, 1.0), np.full(2, 4.0)))
    with pytest.raises(NotImplementedError):
        module.caller()
