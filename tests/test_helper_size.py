"""Helper modules hold what the converted code uses, and little else."""

import importlib.util
import subprocess
import sys
from pathlib import Path

import pytest
from ivy.s2s.api import source_to_source
from ivy.s2s.emit import helper_module
from ivy.s2s.tables import load

EDITING = ("__delitem__", "append", "extend", "insert")


def methods(text, name):
    """The names of the methods of a class in a helper module."""
    head = text.split(f"class {name}(", 1)[1].split("\n\n\n", 1)[0]
    return {line.split("(")[0].removeprefix("    def ") for line in head.split("\n") if line.startswith("    def ")}


@pytest.mark.parametrize("target", ("jax", "tensorflow", "numpy"))
def test_methods_that_are_never_named_are_left_out(target):
    table = load()[target]
    for texts, wanted in (
        ([""], set()),
        (["layers.append(x)"], {"append"}),
        (["f(layers)", "getattr(layers, 'extend')"], {"append", "extend"}),
        (["del layers[0]"], {"__delitem__"}),
        (None, set(EDITING)),
    ):
        text = helper_module(["Sequential"], table, texts=texts)
        assert "only if used" not in text
        assert methods(text, "Sequential") & set(EDITING) >= wanted
        assert wanted or not methods(text, "Sequential") & set(EDITING)


@pytest.mark.parametrize("target", ("jax", "numpy"))
def test_mixer_needs_few_helpers(target, tmp_path):
    found = importlib.util.find_spec("timm")
    if found is None:
        pytest.skip("timm is not installed")
    source = tmp_path / "mixer"
    source.mkdir()
    original = (Path(found.origin).parent / "models" / "mlp_mixer.py").read_text()
    (source / "mlp_mixer.py").write_text(original)
    source_to_source(source, to=target, out=tmp_path / "out")
    helpers = (tmp_path / "out" / f"{target}_helpers.py").read_text()
    converted = (tmp_path / "out" / "mlp_mixer.py").read_text()
    assert helpers.count("\n") <= 310
    assert converted.count("\n") <= 1.15 * original.count("\n")


def test_a_file_that_is_converted_again_keeps_its_helpers(tmp_path):
    source = tmp_path / "model.py"
    source.write_text(
        "from torch import nn\n\n\ndef build(model):\n    model = nn.Sequential(nn.Linear(2, 2), model)\n"
        "    return [m for m in model if not isinstance(m, (nn.Conv2d, nn.GroupNorm))]\n"
    )
    out = tmp_path / "out" / "model.py"
    texts = []
    for _ in range(2):
        command = [sys.executable, "-m", "ivy", str(source), "--to", "numpy", "-o", str(out)]
        subprocess.run(command, check=True, capture_output=True)
        texts.append((out.parent / "numpy_helpers.py").read_text())
    assert texts[0] == texts[1]
    assert "Conv2d = GroupNorm = Absent" in texts[0] and "def insert" not in texts[0]
    source.write_text(source.read_text() + "\n\nlayers = nn.Conv2d(1, 2, 3)\n")
    subprocess.run(command, check=True, capture_output=True)
    text = (out.parent / "numpy_helpers.py").read_text()
    assert "class Conv2d(" in text and "GroupNorm = Absent" in text
