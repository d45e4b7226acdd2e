"""``ivy-s2s verify``: equal code is shown to be equal, planted faults are found where they are, inputs are found or asked for."""

import importlib.util
import json
import re
import shutil
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from click.testing import CliRunner
from ivy.cli import main
from ivy.s2s.discover import InputError
from ivy.s2s.verify.command import verify
from ivy.s2s.verify.comparing import errors
from ivy.s2s.verify.finding import entries_of, framework_of_files
from ivy.s2s.verify.specs import parsed

pytest.importorskip("torch")
pytest.importorskip("flax")

HERE = Path(__file__).resolve().parent
SOURCE = HERE / "verify_parts.py"


def converted(folder, source, target):
    """A source converted through the command line."""
    out = folder / f"converted_{target}" / source.name
    result = CliRunner().invoke(main, [str(source), "--to", target, "-o", str(out), "--no-cache"])
    assert result.exit_code == 0, result.output
    return out


@pytest.fixture(scope="module")
def project(tmp_path_factory):
    """The parts and their conversion to JAX."""
    folder = tmp_path_factory.mktemp("verify")
    source = folder / "parts.py"
    shutil.copy(SOURCE, source)
    return source, converted(folder, source, "jax")


def rows_of(found):
    return {(row.entry.partition(":")[2], row.check): row for row in found.rows}


def test_everything_is_equal_and_found(project, tmp_path):
    source, out = project
    report = tmp_path / "report.json"
    names = [option for name in ("Stem", "Reader", "s*") for option in ("--entry", name)]
    result = CliRunner().invoke(main, ["verify", str(out), "--against", str(source), "--json", str(report), *names])
    assert result.exit_code == 0, result.output
    facts = json.loads(report.read_text())
    assert (facts["source"], facts["target"], facts["exit_code"]) == ("torch", "jax", 0)
    statuses = {}
    for row in facts["checks"]:
        statuses.setdefault(row["entry"].partition(":")[2], {})[row["check"]] = row["status"]
    assert statuses.pop("shape_name") == {"source": "needs --inputs"}
    everything = [
        "forward",
        "small inputs",
        "training",
        "gradients of parameters",
        "gradients of inputs",
        "sgd step",
        "adam step",
        "compiled",
    ]
    assert statuses == {
        "Reader": dict.fromkeys((name for name in everything if name != "gradients of inputs"), "equal"),
        "Stem": dict.fromkeys([*everything, "statistics"], "equal"),
        "scaled": dict.fromkeys(("forward", "small inputs", "training", "gradients of inputs", "compiled"), "equal"),
        "small_stem": dict.fromkeys([*everything, "statistics"], "equal"),
    }
    assert "4 of 5 entries compared, torch against jax" in result.output


FAULTS = [
    ("parts.py", "eps=1e-3", "eps=1e-5"),
    ("jax_helpers.py", "i, f, g, o = jnp.split(", "i, g, f, o = jnp.split("),
    ("parts.py", "self.tokens(x.swapaxes(-1, -2))", "self.tokens(x)"),
    ("jax_helpers.py", "var * (count / (count - 1))", "var"),
    ("parts.py", "pad(x, (2, 0))", "pad(x, (0, 2))"),
]


def test_planted_faults_are_found_where_they_are(project, tmp_path):
    source, out = project
    broken = tmp_path / "broken"
    shutil.copytree(out.parent, broken)
    for name, text, fault in FAULTS:
        before = (broken / name).read_text()
        assert before.count(text) == 1, (name, text)
        (broken / name).write_text(before.replace(text, fault))
    entries = ("Gated", "Reader", "Mixer", "Stem", "Causal", "scaled")
    found = verify(broken / "parts.py", source, entries, compiled=False)
    assert found.exit_code == 1
    rows = rows_of(found)
    first = {name: rows[name, "forward"] for name in entries}
    assert {name: row.status for name, row in first.items()} == {
        "Gated": "differs", "Reader": "differs", "Mixer": "differs", "Stem": "equal", "Causal": "differs", "scaled": "equal",
    }  # fmt: skip
    where = {name: row.detail.partition(":")[0] for name, row in first.items() if row.status == "differs"}
    assert where == {
        "Gated": "first in norm",
        "Reader": "first in lstm",
        "Mixer": "first in tokens",
        "Causal": "first in conv",
    }
    assert rows["Stem", "statistics"].status == "differs" and rows["Stem", "statistics"].detail == "bn.running_var"
    assert rows["Gated", "gradients of parameters"].status == "differs"
    assert rows["scaled", "gradients of inputs"].status == "equal"
    assert ("scaled", "compiled") not in rows


KERAS = '''
import keras
import tensorflow as tf


class Net(keras.Model):
    """Images of shape (B, H, W, C)."""

    def __init__(self, classes=5):
        super().__init__()
        self.conv = keras.layers.Conv2D(4, 3, padding="same", use_bias=False)
        self.bn = keras.layers.BatchNormalization()
        self.drop = keras.layers.Dropout(0.3)
        self.head = keras.layers.Dense(classes)

    def call(self, x, training=False):
        x = tf.nn.relu(self.bn(self.conv(x), training=training))
        return self.head(self.drop(tf.reduce_mean(x, axis=(1, 2)), training=training))


def smooth(labels, amount=0.1):
    return labels * (1 - amount) + amount / tf.cast(tf.shape(labels)[-1], labels.dtype)
'''


@pytest.mark.slow
def test_keras_against_torch(tmp_path):
    pytest.importorskip("tensorflow")
    source = tmp_path / "net.py"
    source.write_text(KERAS)
    out = converted(tmp_path, source, "torch")
    helpers = out.parent / "torch_helpers.py"
    found = verify(out, source, ("Net", "smooth"))
    assert found.exit_code == 0, found.rows
    rows = rows_of(found)
    assert rows["Net", "statistics"].status == "equal" and rows["Net", "compiled"].status == "equal"
    assert rows["smooth", "gradients of inputs"].status == "equal"
    before = helpers.read_text()
    assert before.count("eps=1e-3") >= 1
    helpers.write_text(before.replace("eps=1e-3", "eps=1e-5"))
    found = verify(out, source, ("Net",), compiled=False)
    assert found.exit_code == 1
    assert rows_of(found)["Net", "forward"].detail.startswith("first in bn: error")


def test_converted_code_runs_without_the_source_framework(project, tmp_path):
    source, out = project
    broken = tmp_path / "broken"
    shutil.copytree(out.parent, broken)
    (broken / "parts.py").write_text("import torch\n" + (broken / "parts.py").read_text())
    found = verify(broken / "parts.py", source, ("scaled",), target="jax", compiled=False)
    assert found.exit_code == 1
    assert "import of torch halted" in rows_of(found)["scaled", "converted"].detail


def test_numpy_has_results_alone(tmp_path):
    source = tmp_path / "parts.py"
    source.write_text('import torch\n\n\ndef double(x):\n    """x of shape (B, C)."""\n    return torch.relu(x) * 2\n')
    found = verify(converted(tmp_path, source, "numpy"), source)
    rows = rows_of(found)
    assert found.exit_code == 0 and rows["double", "forward"].status == "equal"
    assert (rows["double", "training"].status, rows["double", "training"].detail) == (
        "skipped",
        "NumPy has no gradients",
    )


def test_inputs_are_written_down(tmp_path):
    call = parsed("x=float32[2,3],mask=bool[4],ids=int64[2,5]<7,n=3")
    given = call.named
    assert list(given) == ["x", "mask", "ids", "n"] and given["n"] == 3 and call.args == ()
    assert [(a.shape, a.dtype.name) for a in (given["x"], given["mask"], given["ids"])] == [
        ((2, 3), "float32"), ((4,), "bool"), ((2, 5), "int64"),
    ]  # fmt: skip
    assert given["ids"].max() < 7 and (parsed("float32[2,3]").args[0] == given["x"]).all()
    (tmp_path / "inputs.json").write_text('["float32[2,2]", 0.5]')
    assert parsed(str(tmp_path / "inputs.json")).args[1] == 0.5
    (tmp_path / "inputs.py").write_text("import numpy as np\n\n\ndef inputs():\n    return {'x': np.ones(3)}\n")
    assert parsed(str(tmp_path / "inputs.py")).named["x"].shape == (3,)
    with pytest.raises(InputError, match="write inputs as"):
        parsed("x=float32[2,3],???")


def test_entries_and_examples_are_read_without_running(tmp_path):
    entries = {entry.name: entry for entry in entries_of(SOURCE, (), "")}
    assert sorted(example.args for example in entries["verify_parts:Stem"].made) == [("2",), ("3", "width")]
    assert entries["verify_parts:Stem"].calls[0].args == ("torch.rand(2, 2, 9, 9)",)
    assert entries["verify_parts:Gated"].shapes == ((2, 5, 8),) and framework_of_files([SOURCE]) == "torch"
    (chosen,) = entries_of(SOURCE, ("verify_parts:Stem(3, width=8)",), "")
    assert chosen.chosen and chosen.made[0].args == ("3",) and chosen.made[0].kwargs == {"width": "8"}
    with pytest.raises(InputError, match="not found"):
        entries_of(SOURCE, ("Absent",), "")


def test_errors_are_relative_to_the_array():
    one = {"a": np.array([1000.0, 1.0]), "b": np.array([1e-9])}
    two = {"a": np.array([1000.1, 1.0]), "b": np.array([2e-9])}
    assert errors(one, two) == {"a": pytest.approx(1e-4, rel=1e-3), "b": pytest.approx(1.0)}
    assert errors(one, two, noise=1e-3)["b"] < 1e-8
    assert errors({"a": np.array([np.nan, np.inf])}, {"a": np.array([np.nan, np.inf])}) == {"a": 0}
    assert errors({"a": np.array([np.nan])}, {"a": np.array([1.0])}) == {"a": np.inf}


def test_usage_errors(tmp_path):
    result = CliRunner().invoke(main, ["verify", str(tmp_path / "absent"), "--against", str(SOURCE)])
    assert result.exit_code == 2 and "no such file" in result.output
    result = CliRunner().invoke(main, ["verify", str(SOURCE), "--against", str(SOURCE), "--entry", "Absent"])
    assert result.exit_code == 2 and "Absent: not found" in result.output


STUBBORN = '''
import os
import random
import time

import numpy as np


def doubled(x):
    """x of shape (B, C)."""
    return np.add(x, x)


def hangs(x):
    """x of shape (B, C)."""
    while True:
        time.sleep(1)


def dies(x):
    """x of shape (B, C)."""
    os._exit(7)


def lucky(x):
    """x of shape (B, C); often the same."""
    return x * 2 if random.random() < 0.3 else x
'''


@pytest.mark.long
def test_an_entry_that_hangs_or_dies_costs_itself_alone(tmp_path):
    source = tmp_path / "stubborn.py"
    source.write_text(STUBBORN)
    out = converted(tmp_path, source, "torch")
    found = verify(out, source, timeout=8)
    rows = rows_of(found)
    assert found.exit_code == 3 and not found.stopped
    assert rows["hangs", "source"].status == "timeout"
    assert rows["dies", "source"].status == "skipped" and "ended with 7" in rows["dies", "source"].detail
    assert rows["lucky", "source"].status == "skipped" and "random" in rows["lucky", "source"].detail
    assert rows["doubled", "forward"].status == "equal"
    found = verify(out, source, ("doubled", "hangs"), timeout=60, budget=1)
    assert found.exit_code == 3 and found.stopped == "budget"
    assert {row.status for row in found.rows} == {"not reached"}


@pytest.mark.slow
def test_an_interrupted_run_tells_what_is_known(tmp_path):
    source = tmp_path / "stubborn.py"
    source.write_text(STUBBORN)
    out, report = converted(tmp_path, source, "torch"), tmp_path / "report.json"
    names = ["--entry", "doubled", "--entry", "hangs", "--json", str(report)]
    command = [sys.executable, "-m", "ivy", "verify", str(out), "--against", str(source), "--timeout", "100", *names]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as running:
        with pytest.raises(subprocess.TimeoutExpired):
            running.wait(timeout=40)
        running.terminate()
        shown = running.communicate(timeout=30)[0]
    assert running.returncode == 130 and "stopped by the user, 1 entries not reached" in shown
    assert json.loads(report.read_text())["stopped"] == "interrupted"


LINEN = '''
from flax import linen as nn


class Net(nn.Module):
    """Images of shape (B, H, W, C)."""

    width: int = 4

    @nn.compact
    def __call__(self, x, train: bool = False):
        x = nn.Conv(self.width, (3, 3))(x)
        x = nn.relu(nn.BatchNorm(use_running_average=not train)(x))
        x = nn.Dropout(0.5, deterministic=not train)(x)
        return nn.Dense(3)(x.mean((1, 2)))
'''
HAIKU = '''
import haiku as hk
import jax


class Net(hk.Module):
    """Images of shape (B, H, W, C)."""

    def __call__(self, x, is_training):
        x = hk.BatchNorm(True, True, 0.9)(hk.Conv2D(4, 3)(x), is_training)
        return hk.Linear(3)(jax.nn.relu(x).mean((1, 2)))
'''


@pytest.mark.long
@pytest.mark.parametrize("text, target", [(LINEN, "torch"), (HAIKU, "torch"), (HAIKU, "tensorflow")])
def test_models_whose_parameters_live_outside(text, target, tmp_path):
    pytest.importorskip("haiku")
    pytest.importorskip(target)
    source = tmp_path / "apart.py"
    source.write_text(text)
    out = converted(tmp_path, source, target)
    found = verify(out, source, compiled=False)
    rows = rows_of(found)
    assert found.exit_code == 0, found.rows
    for check in ("forward", "training", "statistics", "gradients of parameters", "sgd step"):
        assert rows["Net", check].status == "equal", rows["Net", check]
    helpers = out.parent / f"{target}_helpers.py"
    before = helpers.read_text()
    faulty = re.sub(r"\b(eps|epsilon)(: float = |=)1e-0?5", r"\1\g<2>1e-2", before)
    assert faulty != before
    helpers.write_text(faulty)
    assert rows_of(verify(out, source, compiled=False))["Net", "forward"].status == "differs"


TORCHVISION = """
import torch

kept = torch.library.Library("torchvision", "DEF")
for op in ("nms", "qnms"):
    kept.define(f"{op}(Tensor dets, Tensor scores, float iou_threshold) -> Tensor")
torch.kept_library = kept
"""
MIXER = "timm.models.mlp_mixer:MlpMixer(num_classes=7, img_size=32, patch_size=8, num_blocks=2, embed_dim=24)"


def verified(source, folder, target, *options):
    """What the command line prints for a whole package, converted and verified."""
    out, command = folder / target / source.name, [sys.executable, "-m", "ivy"]
    subprocess.run([*command, str(source), "--to", target, "-o", str(out)], capture_output=True)
    done = subprocess.run(
        [*command, "verify", str(out), "--against", str(source), *options], capture_output=True, text=True
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


@pytest.mark.long
@pytest.mark.parametrize("target", ["jax", "tensorflow"])
def test_a_whole_package(target, tmp_path):
    pytest.importorskip(target)
    source = HERE.parent / "fixtures" / "tinyvit"
    shown = verified(source, tmp_path, target, "--entry", "tinyvit_*")
    assert "2 of 2 entries compared" in shown and "adam step                equal" in shown


@pytest.mark.long
def test_a_model_of_timm(tmp_path):
    found = importlib.util.find_spec("timm")  # it is not imported here: without torchvision's operators it cannot be
    if found is None:
        pytest.skip("timm is not installed")
    (tmp_path / "first.py").write_text(TORCHVISION)
    options = ("--setup", str(tmp_path / "first.py"), "--entry", MIXER, "--inputs", "float32[2,3,32,32]")
    shown = verified(Path(found.origin).parent, tmp_path, "jax", *options)
    assert "1 of 1 entries compared, torch against jax: 8 equal" in shown
