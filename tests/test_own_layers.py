"""Layers of flax that become PyTorch's own where nothing in the project can tell, and all that keeps the templates."""

from __future__ import annotations

import ast
import copy
import importlib
import inspect
import os
import re
import sys
from pathlib import Path

import numpy as np
import pytest
from click.testing import CliRunner

os.environ.setdefault("JAX_PLATFORMS", "cpu")
jax = pytest.importorskip("jax")
nnx = pytest.importorskip("flax.nnx")
torch = pytest.importorskip("torch")

import ivy  # noqa: E402
from ivy.cli import main  # noqa: E402
from ivy.s2s.api import source_to_source  # noqa: E402
from ivy.s2s.emit import helper_module  # noqa: E402
from ivy.s2s.own_layers import Difference  # noqa: E402
from ivy.s2s.pipeline import convert_text  # noqa: E402
from ivy.s2s.tables import load  # noqa: E402

SOURCE = (Path(__file__).resolve().parent.parent / "fixtures" / "nnx_encoder.py").read_text(encoding="utf-8")
TRAINING = """

import optax


@nnx.jit
def train_step(model: Encoder, optimizer: nnx.Optimizer, tokens, labels):
    def loss_fn(model):
        return optax.softmax_cross_entropy_with_integer_labels(model(tokens), labels).mean()

    loss, grads = nnx.value_and_grad(loss_fn)(model)
    optimizer.update(model, grads)
    return loss


def train(model: Encoder, tokens, labels, steps: int):
    '''Losses of some steps with AdamW.'''
    optimizer = nnx.Optimizer(model, optax.adamw(1e-2), wrt=nnx.Param)
    return [train_step(model, optimizer, tokens, labels) for _ in range(steps)]
"""
OWN = {"flax.Embedding", "flax.Linear"}
ENTRIES = [entry for entries in load()["torch"].own_layers.values() for entry in entries]
TEMPLATES = {"nnx.Dropout", "nnx.Embed", "nnx.LayerNorm", "nnx.Linear", "nnx.RMSNorm"}


def helpers(text: str) -> set[str]:
    """The templates that a text needs in PyTorch."""
    found = convert_text(text, "jax", "torch")
    assert not found.error and not found.sites.get("refused"), (found.error, found.diagnostics)
    return set(found.helpers)


@pytest.fixture(scope="module")
def both(tmp_path_factory):
    """The source and what it becomes, as modules."""
    folder = tmp_path_factory.mktemp("own_layers")
    (folder / "encoder_source.py").write_text(SOURCE + TRAINING)
    report = source_to_source(folder / "encoder_source.py", to="torch", out=folder / "encoder_torch.py")
    assert report.exit_code == 0
    return imported(folder, "encoder_source"), imported(folder, "encoder_torch")


def imported(folder: Path, name: str):
    """A module of a folder that may have helpers of its own."""
    sys.path.insert(0, str(folder))
    try:
        return importlib.import_module(name)
    finally:
        sys.path.remove(str(folder))
        sys.modules.pop("torch_helpers", None)


def test_the_layers_are_pytorchs(both):
    model = both[1].Encoder(11, 8, 2, 3)
    kinds = {name: type(module) for name, module in model.named_modules()}
    assert kinds["blocks.0.norm"] is torch.nn.LayerNorm and kinds["norm"] is torch.nn.RMSNorm
    assert kinds["blocks.1.dropout"] is torch.nn.Dropout
    assert issubclass(kinds["embed"], torch.nn.Embedding) and issubclass(kinds["blocks.0.mlp.0"], torch.nn.Linear)
    assert {name.rpartition(".")[2] for name in model.state_dict()} == {"weight", "bias"}
    assert model.blocks[0].norm.eps == 1e-6 and model.norm.eps == 1e-5 and model.head.bias is None


def test_the_helpers_are_short():
    found = convert_text(SOURCE, "jax", "torch")
    assert set(found.helpers) == OWN
    assert helper_module(found.helpers, load()["torch"], texts=[found.code]).count("\n") < 45


@pytest.mark.parametrize("kept", ["the model", "a dictionary"])
def test_weights_are_those_of_the_source(both, kept):
    source, converted = both
    theirs, ours = source.Encoder(11, 8, 2, 3, rngs=nnx.Rngs(0)), converted.Encoder(11, 8, 2, 3)
    theirs.eval()
    ours.eval()
    ivy.load_weights(ours, theirs if kept == "the model" else nnx.to_pure_dict(nnx.state(theirs, nnx.Param)))
    tokens = np.random.default_rng(0).integers(0, 11, (2, 5))
    np.testing.assert_allclose(ours(torch.tensor(tokens)).detach(), theirs(tokens), rtol=1e-4, atol=1e-5)
    back = source.Encoder(11, 8, 2, 3, rngs=nnx.Rngs(1))
    ivy.load_weights(back, ours)
    for (path, value), (_, wanted) in zip(*(nnx.to_flat_state(nnx.state(m, nnx.Param)) for m in (back, theirs))):
        np.testing.assert_array_equal(value[...], wanted[...], err_msg=str(path))


def test_training_follows_the_source(both):
    source, converted = both
    theirs, ours = source.Encoder(11, 8, 2, 3, rngs=nnx.Rngs(0)), converted.Encoder(11, 8, 2, 3)
    ivy.load_weights(ours, theirs)
    tokens = np.random.default_rng(0).integers(0, 11, (4, 5))
    labels = tokens % 3
    losses = source.train(theirs, jax.numpy.asarray(tokens), jax.numpy.asarray(labels), 5)
    found = converted.train(ours, torch.tensor(tokens), torch.tensor(labels), 5)
    assert losses[-1] < losses[0]
    np.testing.assert_allclose([float(loss) for loss in found], losses, rtol=1e-3)


@pytest.mark.slow
def test_the_commands_know_the_other_layout(tmp_path, monkeypatch):
    source, out = tmp_path / "encoder.py", tmp_path / "out" / "encoder.py"
    source.write_text(SOURCE)
    run = CliRunner()
    assert run.invoke(main, [str(source), "--to", "torch", "-o", str(out)]).exit_code == 0
    entry = ["--entry", "encoder:Encoder(11, 8, 1, 3)", "--inputs", "tokens=int64[2,5]<11", "--no-compile"]
    result = run.invoke(main, ["verify", str(out), "--against", str(source), *entry])
    assert result.exit_code == 0, result.output
    for check in ("forward", "gradients of parameters", "sgd step", "adam step"):
        assert re.search(rf"{check} +equal", result.output), result.output
    model = imported(tmp_path, "encoder").Encoder(11, 8, 1, 3, rngs=nnx.Rngs(0))
    state = {".".join(map(str, path)): np.asarray(v[...]) for path, v in nnx.to_flat_state(nnx.state(model, nnx.Param))}
    sys.modules.pop("encoder")
    np.savez(tmp_path / "encoder.npz", **state)
    monkeypatch.chdir(out.parent)
    made = ["--model", "encoder:Encoder", "--model-args", "[11, 8, 1, 3]"]
    target = str(tmp_path / "encoder.pt")
    result = run.invoke(main, ["weights", str(tmp_path / "encoder.npz"), "-o", target, "--from", "jax", "--to", "torch", *made])
    for name in ("encoder", "torch_helpers"):
        sys.modules.pop(name, None)
    assert result.exit_code == 0, result.output
    found = torch.load(target)
    np.testing.assert_array_equal(found["blocks.0.qkv.weight"], state["blocks.0.qkv.kernel"].T)
    np.testing.assert_array_equal(found["embed.weight"], state["embed.embedding"])
    assert found["norm.weight"].shape == state["norm.scale"].shape and len(found) == len(state)


def test_initial_values_are_distributed_as_the_sources(both):
    torch.manual_seed(0)
    cls = next(type(m) for m in both[1].Encoder(2, 8, 1, 3).modules() if isinstance(m, torch.nn.Linear))
    ours, theirs = cls(64, 4096), nnx.Linear(64, 4096, rngs=nnx.Rngs(0))
    alike(ours.weight.detach().numpy(), np.asarray(theirs.kernel[...]))
    assert not ours.bias.any() and not theirs.bias[...].any()
    cls = type(both[1].Encoder(2, 8, 1, 3).embed)
    alike(cls(4096, 64).weight.detach().numpy(), np.asarray(nnx.Embed(4096, 64, rngs=nnx.Rngs(0)).embedding[...]))


def test_initial_values_may_be_given(tmp_path):
    source = tmp_path / "given.py"
    source.write_text(GIVEN)
    source_to_source(source, to="torch", out=tmp_path / "out" / "given_torch.py")
    dense, plain, embed = imported(tmp_path / "out", "given_torch").layers(3, 4)
    assert isinstance(dense, torch.nn.Linear) and isinstance(embed, torch.nn.Embedding)
    rows = np.arange(3) * 10
    np.testing.assert_array_equal(dense.weight.detach(), np.arange(4)[:, None] + rows)  # kernel[i, o] is 10 i + o
    np.testing.assert_array_equal(dense.bias.detach(), np.full(4, 0.5))
    np.testing.assert_array_equal(embed.weight.detach(), rows[:, None] + np.arange(4))
    assert plain.bias is None and plain.weight.std() > 0 and dense.weight.requires_grad
    assert "nnx" not in (tmp_path / "out" / "given_torch.py").read_text()


TIED = """
from flax import nnx
import jax.numpy as jnp


class Tied(nnx.Module):
    def __init__(self, words, dim, rngs: nnx.Rngs):
        self.table = nnx.Embed(words, dim, rngs=rngs)
        self.norm = nnx.LayerNorm(dim, rngs=rngs)
        self.norm.scale.value = jnp.full((dim,), 2.0)
        self.table.embedding[...] = jnp.ones((words, dim))

    def __call__(self, tokens):
        x = self.norm(self.table(tokens)) * self.norm.scale.value
        return x @ self.table.embedding[...].T + x @ self.table.embedding.value.T, self.table.embedding.get_value()[0]
"""


def test_arrays_of_own_layers_have_their_names(tmp_path):
    (tmp_path / "tied.py").write_text(TIED)
    source_to_source(tmp_path / "tied.py", to="torch", out=tmp_path / "out" / "tied_torch.py")
    theirs, ours = imported(tmp_path, "tied").Tied(7, 4, nnx.Rngs(0)), imported(tmp_path / "out", "tied_torch").Tied(7, 4)
    assert set(ours.state_dict()) == {"table.weight", "norm.weight", "norm.bias"}
    assert bool((ours.norm.weight == 2).all()) and bool((ours.table.weight == 1).all())
    theirs.table.embedding[...] = jax.random.normal(jax.random.key(0), (7, 4))
    ivy.load_weights(ours, theirs)
    tokens = np.arange(7)
    for found, wanted in zip(ours(torch.tensor(tokens)), theirs(tokens), strict=True):
        np.testing.assert_allclose(found.detach(), wanted, rtol=1e-4, atol=1e-5)


def test_dropout_that_is_told_at_its_calls(tmp_path):
    (tmp_path / "drop.py").write_text(
        "from flax import nnx\n\n\nclass Net(nnx.Module):\n    def __init__(self, rngs):\n"
        "        self.drop = nnx.Dropout(0.4, rngs=rngs)\n\n"
        "    def __call__(self, x, off=None):\n        return self.drop(x, deterministic=off)\n"
    )
    source_to_source(tmp_path / "drop.py", to="torch", out=tmp_path / "out" / "drop_torch.py")
    theirs, ours = imported(tmp_path, "drop").Net(nnx.Rngs(0)), imported(tmp_path / "out", "drop_torch").Net()
    assert isinstance(ours.drop, torch.nn.Dropout)
    x = np.ones((100, 100), np.float32)
    for train, off in ((True, None), (False, None), (True, True), (True, False), (False, False), (False, True)):
        (theirs.train if train else theirs.eval)()
        ours.train(train)
        found, wanted = ours(torch.tensor(x), off).numpy(), np.asarray(theirs(x, off))
        assert set(np.round(np.unique(found), 4)) == set(np.round(np.unique(wanted), 4)), (train, off)
        assert abs(found.mean() - 1) < 0.05
    assert (tmp_path / "out" / "torch_helpers.py").read_text().count("\n") < 16


LINEN = """
import flax.linen as nn


class Tagger(nn.Module):
    hidden: int

    @nn.compact
    def __call__(self, tokens):
        x = nn.Embed(11, self.hidden, name="table")(tokens)
        for i in range(2):
            x = nn.relu(nn.Dense(2 * self.hidden, use_bias=i == 0, name=f"layer_{i}")(x))
        return nn.LayerNorm()(nn.Dense(3)(x))
"""


def test_layers_of_linen(tmp_path):
    (tmp_path / "tagger_source.py").write_text(LINEN)
    source_to_source(tmp_path / "tagger_source.py", to="torch", out=tmp_path / "tagger_torch.py")
    theirs, ours = imported(tmp_path, "tagger_source").Tagger(6), imported(tmp_path, "tagger_torch").Tagger(6)
    tokens = np.random.default_rng(0).integers(0, 11, (2, 5))
    variables = theirs.init(jax.random.key(0), tokens)
    with pytest.raises(ivy.WeightError):
        ivy.load_weights(ours, variables)  # its layers have no sizes yet
    first = copy.deepcopy(ours)(torch.tensor(tokens))
    assert torch.isfinite(first).all()
    ours(torch.tensor(tokens))
    ivy.load_weights(ours, variables)
    np.testing.assert_allclose(ours(torch.tensor(tokens)).detach(), theirs.apply(variables, tokens), rtol=1e-4, atol=1e-5)
    assert isinstance(ours.layer_1, torch.nn.Linear) and ours.layer_1.bias is None and ours.Dense_0.bias is not None
    assert set(ours.state_dict()) == {
        "table.weight", "layer_0.weight", "layer_0.bias", "layer_1.weight", "Dense_0.weight", "Dense_0.bias",
        "LayerNorm_0.scale", "LayerNorm_0.bias",
    }  # fmt: skip
    helper = (tmp_path / "torch_helpers.py").read_text()
    assert "class LazyLinear(nn.LazyLinear)" in helper and "class Dense(" not in helper


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("nn.Dense(3)(x)", "nn.Dense(3, kernel_init=nn.initializers.ones)(x)"),
        ("nn.Dense(3)(x)", "nn.Dense(3, dtype=x.dtype)(x)"),
        ("nn.LayerNorm()(", "nn.LayerNorm()(self.param('kernel', nn.initializers.ones, (3,)) * "),
        ("import flax.linen as nn", "import flax.linen as nn\n\ndef f(model, v, x):\n    return model.apply(v, x)\n"),
    ],
)
def test_what_tells_keeps_the_template_of_linen(old, new):
    assert any(name.endswith(".Dense") for name in helpers(LINEN.replace(old, new)))
    assert "flax.LazyLinear" in helpers(LINEN)


def test_lazy_layers_start_as_the_sources():
    torch.manual_seed(0)
    made = importlib.import_module("ivy.templates.torch.flax.layers").LazyLinear(4096)
    made(torch.zeros(1, 64))
    alike(made.weight.detach().numpy(), np.asarray(nnx.Linear(64, 4096, rngs=nnx.Rngs(0)).kernel[...]))
    assert type(made) is torch.nn.Linear and not made.bias.any()


FILLED = [
    ("normal(0.1)", "normal_(dense.weight, std=0.1)"),
    ("normal()", "normal_(dense.weight, std=0.01)"),
    ("uniform(scale=0.3)", "uniform_(dense.weight, b=0.3)"),
    ("uniform(1.0)", "uniform_(dense.weight, b=1.0)"),
    ("xavier_uniform()", "xavier_uniform_(dense.weight)"),
    ("orthogonal(2.0)", "orthogonal_(dense.weight, gain=2.0)"),
    ("constant(0.25)", "constant_(dense.weight, val=0.25)"),
    ("zeros", "zeros_(dense.weight)"),
    ("ones_init()", "ones_(dense.weight)"),
]


@pytest.mark.parametrize(("initializer", "wanted"), FILLED, ids=[name for name, _ in FILLED])
def test_initialisers_that_pytorch_has_too(initializer, wanted):
    text = (
        "from flax import nnx\n\n\ndef make(inputs, outputs, rngs):\n"
        f"    dense = nnx.Linear(inputs, outputs, kernel_init=nnx.initializers.{initializer}, rngs=rngs)\n"
        "    return dense\n"
    )
    found = convert_text(text, "jax", "torch")
    assert f"    dense = Linear(inputs, outputs)\n    nn.init.{wanted}\n" in found.code
    assert set(found.helpers) == {"flax.Linear"}
    source: dict = {}
    exec(text, source)  # noqa: S102
    torch.manual_seed(0)
    dense = torch.nn.Linear(64, 2048)
    eval(f"torch.nn.init.{wanted}")  # noqa: S307
    alike(dense.weight.detach().numpy(), np.asarray(source["make"](64, 2048, nnx.Rngs(0)).kernel[...]))


def alike(ours, theirs):
    """Two samples of a quarter of a million numbers have the same quantiles and about the same range."""
    shares = np.linspace(0.01, 0.99, 21)
    scale = np.abs(theirs).mean()
    np.testing.assert_allclose(np.quantile(ours, shares), np.quantile(theirs, shares), atol=0.03 * scale)
    assert abs(np.abs(ours).max() - np.abs(theirs).max()) <= 0.15 * np.abs(theirs).max()


GIVEN = """
import jax.numpy as jnp
from flax import nnx


def counted(key, shape, dtype=jnp.float32):
    return (10 * jnp.arange(shape[0])[:, None] + jnp.arange(shape[1])).astype(dtype)


def layers(inputs, outputs, rngs=None):
    dense = nnx.Linear(inputs, outputs, kernel_init=counted, bias_init=nnx.initializers.constant(0.5), rngs=rngs)
    plain = nnx.Linear(
        inputs,
        outputs,
        use_bias=False,
        kernel_init=nnx.initializers.normal(0.1),
        bias_init=nnx.initializers.ones,
        rngs=rngs,
    )
    return dense, plain, nnx.Embed(inputs, outputs, embedding_init=counted, rngs=rngs)
"""
HEAD = '''"""A scale and a kernel."""
import jax
import jax.numpy as jnp
import optax
from functools import partial
from flax import nnx


class Net(nnx.Module):
    def __init__(self, dim, config, *, rngs: nnx.Rngs):
        self.embed: nnx.Embed = nnx.Embed(11, dim, rngs=rngs)
        self.dense = nnx.Linear(dim, dim, use_bias=config.use_bias, rngs=rngs)
        self.norm = nnx.LayerNorm(dim, rngs=rngs) if config.epsilon else None
        self.last = nnx.RMSNorm(dim, rngs=rngs)
        self.drop = nnx.Dropout(rate=0.1, rngs=rngs)

    def __call__(self, x):
        return self.last(self.drop(self.norm(self.dense(self.embed(x)))))


'''
# What a project also holds, and the templates that it keeps because of that.
TOLD = {
    "class Other(nnx.Module):\n    def __init__(self, dim, embed, rngs):\n        self.embed = nnx.Embed(3, dim, rngs=rngs)\n"
    "        self.embed = embed\n\n    def __call__(self):\n        return self.embed.embedding[0]\n": {"nnx.Embed"},
    "class Other(nnx.Module):\n    def __init__(self, dim, rngs):\n        self.fc = nnx.Linear(3, dim, rngs=rngs)\n"
    "\n    def __call__(self):\n        return self.fc.kernel[0]\n": {"nnx.Linear"},
    "def f(model):\n    return model.dense.kernel\n": {"nnx.Linear"},
    "def f(layer):\n    return layer.embedding.shape\n": {"nnx.Embed"},
    "def f(model):\n    return getattr(model.dense, 'kernel')\n": {"nnx.Linear"},
    "def f(path):\n    return path[-1].key == 'scale'\n": {"nnx.LayerNorm", "nnx.RMSNorm"},
    "PATTERN = r'.*/kernel$'\n": {"nnx.Linear"},
    "def f(model):\n    model.drop.rate = 0.5\n": {"nnx.Dropout"},
    "def f(layer):\n    layer.epsilon = 0.5\n": {"nnx.LayerNorm", "nnx.RMSNorm"},
    "def f(model):\n    return model.norm.epsilon\n": {"nnx.LayerNorm"},
    "def f(model, x):\n    return model.drop(x, deterministic=True, rngs=3)\n": {"nnx.Dropout"},
    "def f(rngs):\n    return nnx.Dropout(0.5, deterministic=True, rngs=rngs)\n": {"nnx.Dropout"},
    "def f(model, x, **more):\n    return model.drop(x, **more)\n": {"nnx.Dropout"},
    "def f(model, x, y):\n    for layer in (model.norm, model.last):\n        x = layer(x, mask=y)\n    return x\n": {
        "nnx.LayerNorm", "nnx.RMSNorm",
    },
    "def f(x):\n    return x.astype(jnp.bfloat16)\n": {"nnx.LayerNorm", "nnx.RMSNorm"},
    "HALF = 'float16'\n": {"nnx.LayerNorm", "nnx.RMSNorm"},
    "class Wide(nnx.Linear):\n    pass\n": {"nnx.Linear"},
    "LAYERS = {'norm': nnx.LayerNorm}\n": {"nnx.LayerNorm"},
    "def f(rngs):\n    return nnx.LSTMCell(3, 4, rngs=rngs)\n": {"nnx.Linear"},  # which is made of the template
    "def f(rngs):\n    return partial(nnx.Linear, use_bias=False)(3, 4, rngs=rngs)\n": {"nnx.Linear"},
    "def f(rngs):\n    return nnx.Linear(3, 4, dtype=jnp.float32, rngs=rngs)\n": {"nnx.Linear"},
    "def f(rngs):\n    return nnx.RMSNorm(3, scale_init=nnx.initializers.zeros_init(), rngs=rngs)\n": {"nnx.RMSNorm"},
    "def f(rngs):\n    return nnx.LayerNorm(3, reduction_axes=(0, 1), rngs=rngs)\n": {"nnx.LayerNorm"},
    "def f(rngs):\n    return nnx.LayerNorm(3, use_scale=False, rngs=rngs)\n": {"nnx.LayerNorm"},
    "def f(sizes, rngs):\n    return nnx.Linear(*sizes, rngs=rngs)\n": {"nnx.Linear"},
    **{
        f"def f(loss, model, w):\n    return jax.tree.{call}\n": {"nnx.Linear"}
        for call in (
            "map(lambda g: g[0], nnx.grad(loss)(model))",
            "map(lambda g: g @ w, nnx.grad(loss)(model))",
            "map(lambda g: jnp.sum(g, 0), nnx.grad(loss)(model))",
            "map(lambda g: g.mean(axis=0), nnx.grad(loss)(model))",
            "map(lambda g: g.shape[0], nnx.grad(loss)(model))",
            "map(lambda g: jnp.sort(g), nnx.grad(loss)(model))",
            "map(jnp.ravel, nnx.grad(loss)(model))",
            "leaves(nnx.grad(loss)(model))",
        )
    },
}  # fmt: skip
# What tells nothing.
SILENT = [
    "",
    "class Other(nnx.Module):\n    def __init__(self, dim, rngs):\n        self.conv = nnx.Conv(3, dim, 3, rngs=rngs)\n"
    "        self.table = nnx.Embed(3, dim, rngs=rngs)\n\n    def __call__(self, x):\n"
    "        return self.conv.kernel[...].sum() + x @ self.table.embedding.value.T + self.table.embedding[0]\n",
    "def f(model, m):\n    return isinstance(m, (nnx.Linear, nnx.LayerNorm)) or model.dense.bias\n",
    "class Other(nnx.Module):\n    def __init__(self, dim):\n        self.kernel = nnx.Param(jnp.ones(dim))\n\n"
    "    def __call__(self, x):\n        return x * self.kernel\n",
    "def f(batch):\n    return jax.tree.map(jnp.asarray, batch), 'the kernel size'\n",
    "def f(loss, model, old, rate):\n    grads = nnx.grad(loss)(model)\n    mask = jax.tree.map(lambda p: p.ndim > 1, grads)\n"
    "    norms = jax.tree.map(lambda g: jnp.sqrt(jnp.sum(g**2)) + g.mean(), grads)\n"
    "    return jax.tree.map(lambda a, b: rate * a + (1 - rate) * b.astype(a.dtype), old, grads), mask, norms\n",
    "def f(blocks, x, mask):\n    for block in blocks:\n        x = block(x, mask=mask, deterministic=True)\n    return x\n",
    "def f(rngs):\n    return nnx.Linear(3, 4, True, rngs=rngs) if False else nnx.Linear(3, 4, dtype=None, rngs=rngs)\n",
]  # fmt: skip


# What PyTorch's convolutions and pooling say for Keras' defaults.
ALIKE = {"None": 0, "'valid'": 0, "(1, 1)": 1, "(1, 1, 1)": 1, "(2, 2)": 2}


def live_class(layer: str):
    """The class that is written for a layer: of the templates, or PyTorch's own."""
    module, _, name = layer.rpartition(".")
    if not layer.startswith("@"):
        return getattr(torch.nn, name)
    names = [path.stem for path in (Path(__file__).parent.parent / "templates/torch" / module[1:]).glob("[a-z]*.py")]
    modules = (importlib.import_module(f"ivy.templates.torch.{module[1:]}.{stem}") for stem in sorted(names))
    return next(getattr(place, name) for place in modules if hasattr(place, name))


@pytest.mark.parametrize("entry", ENTRIES, ids=lambda entry: entry.native)
def test_arguments_and_defaults_are_the_layers(entry):
    live = inspect.signature(live_class(entry.layer)).parameters
    op = load().hub[entry.op]
    by_position = [arg.native for arg in entry.args if not op.param(arg.canonical).keyword]
    by_position = [name for name in by_position if name in live]  # a form may be another class that takes more
    between = [name for name in live if name in by_position or name != "groups"]  # these are never given by position
    assert by_position == between[: len(by_position)]
    for arg in entry.args:
        wanted = entry.defaults.get(arg.canonical, op.param(arg.canonical).default)
        if arg.canonical in entry.computed or wanted is None or arg.native not in live:
            continue
        given = live[arg.native].default
        required = given is inspect.Parameter.empty and (wanted == "None" or wanted != op.param(arg.canonical).default)
        assert required or given in (ast.literal_eval(wanted), ALIKE.get(wanted, ast.literal_eval(wanted))), arg


@pytest.mark.parametrize("entry", ENTRIES, ids=lambda entry: entry.native)
def test_the_table_of_weights_has_both_layers(entry):
    difference = Difference(entry.op, entry, load().hub[entry.op], load()["torch"])
    names = {
        "BatchNormalization": {"beta", "gamma", "moving_mean", "moving_variance"},
        "Dense": {"kernel"},
        "Embed": {"embedding"},
        "Embedding": {"embeddings"},
        "LayerNorm": {"scale"},
        "LayerNormalization": {"beta", "gamma"},
        "Linear": {"kernel"},
        "RMSNorm": {"scale"},
    }
    name = entry.op.rpartition(".")[2]
    assert difference.state == ({"kernel"} if "Conv" in name else names.get(name, set()))
    assert difference.is_transposed == (difference.state == {"kernel"})


@pytest.mark.parametrize("text", TOLD)
def test_what_tells_keeps_the_template(text):
    found = helpers(HEAD + text)
    assert found & TEMPLATES == TOLD[text]
    kept = {"nnx.Linear": "flax.Linear", "nnx.Embed": "flax.Embedding"}
    assert found & OWN == OWN - {kept.get(name) for name in TOLD[text]}


@pytest.mark.parametrize("text", SILENT)
def test_what_tells_nothing_does_not(text):
    found = helpers(HEAD + text)
    assert not found & TEMPLATES and found >= OWN


def test_files_that_need_two_classes_of_a_name_are_not_mixed(tmp_path):
    (tmp_path / "first.py").write_text(HEAD)
    (tmp_path / "second.py").write_text(HEAD + "def f(model):\n    return model.dense.kernel\n")
    convert = [CliRunner().invoke(main, [str(tmp_path / f"{n}.py"), "--to", "torch", "-o", str(tmp_path / "out" / f"{n}.py")])
               for n in ("first", "second", "first")]  # fmt: skip
    assert [result.exit_code for result in convert] == [0, 2, 0]
    assert "files converted earlier use another Linear; convert all files together" in convert[1].output
    assert not (tmp_path / "out" / "second.py").exists()
    (tmp_path / "first.py").write_text((tmp_path / "second.py").read_text())
    again = CliRunner().invoke(main, [str(tmp_path / "first.py"), "--to", "torch", "-o", str(tmp_path / "out" / "first.py")])
    text = (tmp_path / "out" / "torch_helpers.py").read_text()
    assert again.exit_code == 0 and text.count("class Linear(") == text.count("class Linear(nn.Module)") == 1


def test_another_module_may_tell(tmp_path):
    source = tmp_path / "net"
    source.mkdir()
    (source / "model.py").write_text(HEAD)
    (source / "tools.py").write_text("def count(layer):\n    return layer.kernel.size\n")
    source_to_source(source, to="torch", out=tmp_path / "out")
    text = (tmp_path / "out" / "model.py").read_text()
    assert "self.dense = Linear(dim, dim, use_bias=config.use_bias)" in text
    assert "self.last = nn.RMSNorm(dim, eps=1e-06)" in text
    assert "class Linear(nn.Module):" in (tmp_path / "out" / "torch_helpers.py").read_text()


def test_live_models_keep_the_names_of_their_state():
    model = nnx.Sequential(nnx.Linear(3, 4, rngs=nnx.Rngs(0)), nnx.LayerNorm(4, rngs=nnx.Rngs(0)))
    converted = ivy.transpile(model, source="jax", target="torch")
    assert set(converted.state_dict()) == {"layers.0.kernel", "layers.0.bias", "layers.1.scale", "layers.1.bias"}
