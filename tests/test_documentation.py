"""What is written about the API holds: the quickstart runs, the reference and the stubs name everything."""

import ast
import contextlib
import io
import json
import linecache
import re
import sys
from pathlib import Path

import ivy
import pytest
from ivy import exceptions
from ivy.s2s.places import ROOT
from ivy.s2s.stubs import stub_text

DOCS = Path(ROOT) / "docs"


def cells():
    """The code cells of the quickstart."""
    notebook = json.loads((DOCS / "quickstart.ipynb").read_text(encoding="utf-8"))
    assert (notebook["nbformat"], notebook["nbformat_minor"]) == (4, 5)
    assert all(not cell["outputs"] for cell in notebook["cells"] if cell["cell_type"] == "code")
    return ["".join(cell["source"]) for cell in notebook["cells"] if cell["cell_type"] == "code"]


def run_cell(text, number, scope):
    """Run a cell as a notebook does: its text is kept for tracebacks, the value of its last line is returned."""
    name = f"<cell-{number}>"
    linecache.cache[name] = (len(text), None, text.splitlines(keepends=True), name)
    tree = ast.parse(text)
    last = ast.Expression(tree.body.pop().value) if isinstance(tree.body[-1], ast.Expr) else None
    exec(compile(tree, name, "exec"), scope)
    return eval(compile(last, name, "eval"), scope) if last is not None else None


def test_quickstart():
    for package in ("torch", "jax"):
        pytest.importorskip(package)
    scope, printed = {"__name__": "__main__"}, io.StringIO()
    with contextlib.redirect_stdout(printed):
        values = [run_cell(text, number, scope) for number, text in enumerate(cells())]
    np, jnp = scope["np"], scope["jnp"]
    assert isinstance(values[1], jnp.ndarray) and isinstance(values[3], jnp.ndarray)
    np.testing.assert_allclose([values[1], values[3]], 2.1602469, rtol=1e-6)
    assert values[4] < 1e-6
    assert [type(v).__module__.split(".")[0] for v in values[5]] == ["torch", "jaxlib", "numpy"]
    np.testing.assert_allclose(np.asarray([float(v) for v in values[5]]), 2.1602469, rtol=1e-6)
    assert float(values[6]) == 10
    assert "jnp.sqrt(jnp.mean((predictions - targets) ** 2))" in printed.getvalue()
    assert "no Python source" in printed.getvalue()


def test_reference_lists_every_public_name():
    listed = re.findall(r"^::: ivy\.(\w+)$", (DOCS / "api.md").read_text(encoding="utf-8"), re.M)
    assert sorted(listed) == sorted(ivy.__all__)
    for name in ivy.__all__:
        assert getattr(ivy, name).__doc__, name
    for name, error in vars(exceptions).items():
        if isinstance(error, type):
            assert issubclass(error, exceptions.IvyError) and error.__doc__, name


@pytest.mark.parametrize("name", ["transpile", "source_to_source", "load_weights", "set_backend"])
def test_docstrings_say_what_is_raised(name):
    assert re.search(r"[Rr]aises?\b|Error\b", getattr(ivy, name).__doc__), name


def test_stubs_are_those_of_the_tables():
    text = (Path(ROOT) / "__init__.pyi").read_text(encoding="utf-8")
    assert text == stub_text(), "run python -m ivy.s2s.stubs"
    tree = ast.parse(text)
    assert set(ivy.__all__) <= {alias.name for node in tree.body if isinstance(node, ast.ImportFrom) for alias in node.names}
    names = {getattr(node, "name", "") for node in tree.body}
    assert {"std", "add", "reshape", "matmul"} <= names
    assert {n for n in names if n} <= set(dir(ivy))


def test_backends_raise_the_classes_of_the_api():
    with pytest.raises(exceptions.UnknownFramework, match="choose one of"):
        ivy.set_backend("paddle")
    found = sys.modules.get("jax")
    sys.modules["jax"] = None
    try:
        with pytest.raises(exceptions.FrameworkNotInstalled, match="pip install"):
            ivy.use_backend("jax")
    finally:
        del sys.modules["jax"]
        if found is not None:
            sys.modules["jax"] = found
