"""``--layout native``: models take images with channels last and give PyTorch's numbers; what cannot be proven stays."""

import importlib
import json
import os
import pathlib
import subprocess
import sys

import numpy as np
import pytest
from click.testing import CliRunner

torch = pytest.importorskip("torch")

from ivy.cli import main  # noqa: E402
from ivy.s2s.api import source_to_source  # noqa: E402

from . import layout_parts  # noqa: E402

HERE = pathlib.Path(__file__).parent
SOURCE = HERE / "layout_source.py"
RUN = """
import importlib, sys
import numpy as np
sys.path.insert(0, sys.argv[1])
import ivy
made = importlib.import_module(sys.argv[4])
target, file = sys.argv[2:4]
data = np.load(file)
wrong = []
for name in sys.argv[5].split(","):
    model = getattr(made, name)()
    state = {key.split("|")[2]: data[key] for key in data.files if key.startswith(name + "|state|")}
    ivy.load_weights(model, state)
    x, wanted = data[name + "|x"], data[name + "|y"]
    if target == "jax":
        import jax
        from flax import nnx
        model.eval()
        found = np.asarray(nnx.jit(lambda m, x: m(x))(model, jax.numpy.asarray(x)))
    else:
        import tensorflow as tf
        found = tf.function(lambda x: model(x, training=False))(tf.constant(x)).numpy()
    if found.shape != wanted.shape or not abs(found - wanted).max() < 1e-4 * max(1, abs(wanted).max()):
        wrong.append(f"{name} {found.shape} {wanted.shape}")
sys.exit("\\n".join(wrong) or 0)
"""


TRANSPOSES = {
    "MobileNet": 0,
    "ConvNeXt": 0,
    "UNet": 0,
    "ShuffleNet": 5,  # two for each shuffle, one to flatten, one for each parameter of the shape of channels
    "SmallViT": 0,
    "SuperResolution": 1,
    "Waves": 0,
}


# Layers and expressions that are not proven: shapes of images as a whole, axes turned around, einsum, Flatten first.
LEFT = ["Expression67", "Expression84", *(f"Expression{i}" for i in (94, 95, 96, 97, 98)), "Layer34"]


def channels_last(x):
    """An image (N, C, ...) as (N, ..., C); other arrays as they are."""
    return np.moveaxis(x, 1, -1).copy() if x.ndim > 2 else x


def references(source, path):
    """Weights, inputs and outputs of PyTorch's models; images have channels last."""
    sys.path.insert(0, str(source.parent))
    module = importlib.import_module(source.stem)
    sys.path.remove(str(source.parent))
    found = {}
    for name, (shape, gives_image) in module.MODELS.items():
        torch.manual_seed(0)
        model = getattr(module, name)().eval()
        for key, value in model.state_dict().items():
            if value.is_floating_point() and value.ndim == 1:
                value.copy_(torch.rand(value.shape) + 0.5)
            found[f"{name}|state|{key}"] = value.numpy()
        x = torch.randn(shape)
        with torch.no_grad():
            y = model(x).numpy()
        found[f"{name}|x"] = channels_last(x.numpy())
        found[f"{name}|y"] = channels_last(y) if gives_image else y
    np.savez(path, **found)


def compared(source, target, folder, names):
    """Run converted models on the stored inputs; what differs from PyTorch fails."""
    environment = {**os.environ, "TF_CPP_MIN_LOG_LEVEL": "3", "JAX_PLATFORMS": "cpu"}
    values = [str(folder), target, str(folder / "references.npz"), source.stem, ",".join(names)]
    done = subprocess.run(
        [sys.executable, "-c", RUN, *values], capture_output=True, text=True, env=environment, timeout=900
    )
    assert done.returncode == 0, done.stderr[-3000:] + done.stdout


@pytest.mark.parametrize("target", ["jax", "tensorflow"])
def test_models_take_images_with_channels_last(target, tmp_path):
    pytest.importorskip(target)
    report = source_to_source(SOURCE, to=target, out=tmp_path / "layout_source.py", layout="native")
    assert not report.errors and not report.sites["refused"]
    assert {o.model.partition(".")[2]: o.transposes for o in report.layouts if o.native} == TRANSPOSES
    references(SOURCE, tmp_path / "references.npz")
    compared(SOURCE, target, tmp_path, TRANSPOSES)


@pytest.mark.long
@pytest.mark.parametrize("target", ["jax", "tensorflow"])
def test_layers_and_expressions(target, tmp_path):
    """Each twin and each rule for expressions; what gives no image gives the source's order."""
    pytest.importorskip(target)
    source = tmp_path / "source" / f"layout_parts_{target}.py"
    source.parent.mkdir()
    source.write_text(layout_parts.module_text())
    report = source_to_source(source, to=target, out=tmp_path / source.name, layout="native")
    assert not report.errors
    assert sorted(o.model.partition(".")[2] for o in report.layouts if not o.native) == LEFT
    references(source, tmp_path / "references.npz")
    compared(source, target, tmp_path, [o.model.partition(".")[2] for o in report.layouts if o.native])


HEAD = "import torch\nimport torch.nn.functional as F\nfrom torch import nn\n\n\n"
REFUSED = {
    "a layer that only the caller names": (
        """
class Model(nn.Module):
    def __init__(self, norm):
        super().__init__()
        self.conv = nn.Conv2d(3, 8, 3)
        self.norm = norm(8)

    def forward(self, x):
        return self.norm(self.conv(x))
""",
        "model.py:13:16: model.Model keeps its layout: a layer or function that the project does not name gets an image",
    ),
    "one function for images and other arrays": (
        """
def smooth(x):
    return x.mean(dim=1, keepdim=True) + x


class Model(nn.Module):
    def __init__(self):
        super().__init__()
        self.conv = nn.Conv2d(3, 8, 3)
        self.fc = nn.Linear(8, 2)

    def forward(self, x):
        x = smooth(self.conv(x))
        return smooth(self.fc(x.mean((2, 3))))
""",
        "model.py:7:23: model.Model keeps its layout: the same code gets images and other arrays",
    ),
    "axes that are turned around": (
        """
class Model(nn.Module):
    def __init__(self):
        super().__init__()
        self.conv = nn.Conv2d(3, 8, 3)

    def forward(self, x):
        return self.conv(x).T
""",
        "model.py:12:16: model.Model keeps its layout: the axes of an image are reversed",
    ),
    "another method with the same layers": (
        """
class Model(nn.Module):
    def __init__(self):
        super().__init__()
        self.conv = nn.Conv2d(3, 8, 3)

    def forward(self, x):
        return self.conv(x)

    def response(self, x):
        return self.conv(x)[:, 0]
""",
        "model.py:15:16: model.Model keeps its layout: response() uses layers for images, but forward() does not call it",
    ),
    "an axis that is only known later": (
        """
class Model(nn.Module):
    def __init__(self, dim=1):
        super().__init__()
        self.conv = nn.Conv2d(3, 8, 3)
        self.dim = dim

    def forward(self, x):
        x = self.conv(x)
        return torch.cat([x, x], self.dim)
""",
        "model.py:14:16: model.Model keeps its layout: along which axis images are concatenated is not known",
    ),
}


@pytest.mark.parametrize("case", REFUSED)
def test_what_is_not_proven_keeps_the_layout_of_the_source(case, tmp_path):
    text, wanted = REFUSED[case]
    (tmp_path / "model.py").write_text(HEAD + text.lstrip())
    native = source_to_source(tmp_path / "model.py", to="jax", out=tmp_path / "native.py", layout="native")
    assert [str(outcome) for outcome in native.layouts] == [wanted]
    source_to_source(tmp_path / "model.py", to="jax", out=tmp_path / "plain.py")
    assert (tmp_path / "native.py").read_text() == (tmp_path / "plain.py").read_text().replace("plain", "native")


SHARED = """
class Block(nn.Module):
    def __init__(self, width):
        super().__init__()
        self.conv = nn.Conv2d(width, width, 1)

    def forward(self, x):
        return self.conv(x)


class Good(nn.Module):
    def __init__(self):
        super().__init__()
        self.block = Block(3)

    def forward(self, x):
        return self.block(x)


class Bad(nn.Module):
    def __init__(self):
        super().__init__()
        self.block = Block(3)

    def forward(self, x):
        return self.block(x).T


class Words(nn.Module):
    def __init__(self):
        super().__init__()
        self.fc = nn.Linear(4, 4)

    def forward(self, x):
        return self.fc(x)
"""


def test_models_that_share_code_with_one_that_stays_stay(tmp_path):
    (tmp_path / "model.py").write_text(HEAD + SHARED.lstrip())
    report = source_to_source(tmp_path / "model.py", to="tensorflow", out=tmp_path / "out.py", layout="native")
    assert [str(outcome) for outcome in report.layouts] == [
        "model.py:9:21: model.Good keeps its layout: this code is also used by model.Bad, which is left as it is",
        "model.py:30:16: model.Bad keeps its layout: the axes of an image are reversed",
    ]


def test_command_line_and_settings(tmp_path):
    project = tmp_path / "project"
    project.mkdir()
    (project / "pyproject.toml").write_text('[tool.ivy-s2s]\nlayout = "native"\n')
    (project / "model.py").write_text(HEAD + SHARED.lstrip().replace(".T", "") + "\n")
    report = tmp_path / "report.json"
    place = [str(project), "-o", str(tmp_path / "out"), "--report", str(report)]
    done = CliRunner().invoke(main, [*place, "--to", "jax"])
    assert done.exit_code == 0, done.output
    assert "model.Good: channels last, 0 transposes\n" in done.output
    assert [o["native"] for o in json.loads(report.read_text())["layouts"]] == [True, True]
    assert "ChannelsLastConv2d" in (tmp_path / "out" / "model.py").read_text()
    done = CliRunner().invoke(main, [*place, "--to", "jax", "--layout", "source", "--diff"])
    assert "ChannelsLast" not in done.output and "Conv2d" in done.output
    done = CliRunner().invoke(main, [*place, "--to", "numpy"])
    assert done.exit_code == 2
    assert "--layout native is for jax and tensorflow" in done.output


OTHER_RANK = """
from torch import nn


class Net(nn.Module):
    def __init__(self, places=False):
        super().__init__()
        self.conv = nn.Conv2d(3, 4, 3)
        self.places = places

    def forward(self, x):
        x = self.conv(x).mean((2, 3))
        if self.places:
            x = x.transpose(1, 3)
        return x
"""


def test_axes_that_an_array_has_not_on_a_way_that_is_not_taken(tmp_path):
    (tmp_path / "net.py").write_text(OTHER_RANK)
    report = source_to_source(tmp_path / "net.py", to="jax", layout="native", out=tmp_path / "made" / "net.py")
    assert [outcome.native for outcome in report.layouts] == [True]


MADE = """
def sizes(value, times):
    if isinstance(value, tuple):
        return [sizes(part, times) for part in value]
    return times * (value - 1) // 2


class Block(nn.Module):
    def __init__(self, width, size=3, act=nn.ReLU):
        super().__init__()
        self.conv = nn.Conv2d(width, width, size, padding=sizes(size, 1))
        self.act = act()

    def forward(self, x):
        return self.act(self.conv(x)) + x


class Net(nn.Module):
    def __init__(self, block, depth=2, size=3):
        super().__init__()
        self.blocks = nn.Sequential(*[block(3, size) for _ in range(depth)])

    def forward(self, x):
        return self.blocks(x){turned}


class Wide(Net):
    def forward(self, x):
        return self.blocks(x).relu()


def made(cls, *args):
    return cls(*args)


def build(model_cls, *args):
    return made(model_cls, *args)


def small(**kwargs):
    return build(Net, Block, 2)


def wide(**kwargs):
    return build(Wide, Block, 3)
"""


@pytest.mark.parametrize("turned", ["", ".T"])
def test_models_that_functions_make_of_a_class_they_are_given(turned, tmp_path):
    """A model is not a part of others because it is passed on: functions call it, and a class is derived from it."""
    (tmp_path / "model.py").write_text(HEAD + MADE.lstrip().format(turned=turned))
    report = source_to_source(tmp_path / "model.py", to="jax", out=tmp_path / "out.py", layout="native")
    shared = "model.py:15:21: model.Wide keeps its layout: this code is also used by model.Net, which is left as it is"
    left = ["model.py:28:16: model.Net keeps its layout: the axes of an image are reversed", shared]
    proven = [f"model.{name}: channels last, 0 transposes" for name in ("Net", "Wide")]
    assert sorted(map(str, report.layouts)) == sorted(left if turned else proven)


DEEP = """
def fitted(sizes, depth):
    if depth == 0:
        return sizes
    return fitted([fitted(s, depth - 1) for s in sizes], depth - 1)


class Net(nn.Module):
    def __init__(self, sizes=(3, 3), stages=4):
        super().__init__()
        for stage in range(stages):
            self.kept = fitted(sizes, stage)
        self.conv = nn.Conv2d(3, 3, fitted(sizes, stages))
        setattr(self, "block%d" % stages, nn.Conv2d(3, 3, 1))

    def forward(self, x):
        return self.conv(x)
"""


def test_a_constructor_that_is_not_followed_is_told(tmp_path):
    """The model takes images by what it names, though nothing of its forward method is known."""
    (tmp_path / "model.py").write_text(HEAD + DEEP.lstrip())
    report = source_to_source(tmp_path / "model.py", to="jax", out=tmp_path / "out.py", layout="native")
    reason = "a layer gets a name that is only known when the model is built"
    assert [str(outcome) for outcome in report.layouts] == [f"model.py:18:9: model.Net keeps its layout: {reason}"]


GIVEN = """
class Net(nn.Module):
    def __init__(self, block, pooled=True):
        super().__init__()
        self.conv = block(3, 3, 3)
        self.pooled = pooled

    def forward(self, x):
        x = self.conv(x)
        return x.mean((2, 3)) if self.pooled else x{other}


def small(**kwargs):
    options = dict(block=nn.Conv2d, **kwargs)
    return Net(**options)
"""


@pytest.mark.parametrize("other", [".softmax(1)", ".T"])
def test_keywords_that_only_callers_give(other, tmp_path):
    """`small(pooled=False)` takes the other way."""
    (tmp_path / "model.py").write_text(HEAD + GIVEN.lstrip().format(other=other))
    report = source_to_source(tmp_path / "model.py", to="jax", out=tmp_path / "out.py", layout="native")
    place = "model.py:14:51: model.Net keeps its layout: the axes of an image are reversed"
    assert [str(o) for o in report.layouts] == [place if other == ".T" else "model.Net: channels last, 0 transposes"]
    assert ("softmax(x, -1)" in (tmp_path / "out.py").read_text()) is (other == ".softmax(1)")
