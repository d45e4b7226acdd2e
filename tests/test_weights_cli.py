"""Checkpoints of every framework into models of every other one, by the API and by ``ivy-s2s weights``."""

import io
import itertools
import json
import math
import pickle
import sys

import ivy
import numpy as np
import pytest
from click.testing import CliRunner
from ivy.cli import main
from ivy.s2s.weight_layouts import LayoutError, rewritten
from ivy.s2s.weight_table import layers, letters

torch = pytest.importorskip("torch")


class Whole(torch.nn.Module):
    """One of each layer that is stored differently elsewhere."""

    def __init__(self):
        super().__init__()
        self.conv = torch.nn.Conv2d(3, 8, 3)
        self.bn = torch.nn.BatchNorm2d(8)
        self.fc = torch.nn.Linear(8, 6)
        self.ln = torch.nn.LayerNorm(6)
        self.attn = torch.nn.MultiheadAttention(6, 2, batch_first=True)
        self.lstm = torch.nn.LSTM(6, 5, batch_first=True)
        self.gru = torch.nn.GRU(5, 4, batch_first=True)
        with torch.no_grad():
            for parameter in self.parameters():
                parameter.add_(torch.randn_like(parameter) * 0.3)
            self.bn.running_mean.normal_()
            self.bn.running_var.uniform_(0.5, 2)

    def forward(self, x):
        x = self.ln(self.fc(self.bn(self.conv(x)).flatten(2).transpose(1, 2)))
        return self.gru(self.lstm(x + self.attn(x, x, x)[0])[0])[0]


def native_keras():
    """The same computation with Keras' own layers."""
    keras = pytest.importorskip("keras")
    layers = keras.layers

    class Same(keras.Model):
        def __init__(self):
            super().__init__()
            self.conv = layers.Conv2D(8, 3)
            self.bn = layers.BatchNormalization(epsilon=1e-5)
            self.fc = layers.Dense(6)
            self.ln = layers.LayerNormalization(epsilon=1e-5)
            self.attn = layers.MultiHeadAttention(2, 3)
            self.lstm = layers.LSTM(5, return_sequences=True)
            self.gru = layers.GRU(4, return_sequences=True)

        def call(self, x):
            x = self.ln(self.fc(keras.ops.reshape(self.bn(self.conv(x)), (2, -1, 8))))
            return self.gru(self.lstm(x + self.attn(x, x)))

    return Same()


def images(seed=0):
    return np.random.default_rng(seed).random((2, 3, 6, 6), dtype=np.float32)


def test_layers_of_torch_and_keras_both_ways(tmp_path):
    source, model, x = Whole().eval(), native_keras(), images()
    last = x.transpose(0, 2, 3, 1)
    model(last)
    report = ivy.load_weights(model, source)
    wanted = source(torch.from_numpy(x)).detach().numpy()
    np.testing.assert_allclose(np.asarray(model(last)), wanted, rtol=1e-4, atol=1e-5)
    by_target = {weight.target.split(".")[0] + weight.target.split(".")[-1]: weight for weight in report.loaded}
    assert by_target["lstmbias"].change == "sum" and by_target["lstmbias"].source == "lstm.bias_ih_l0 + lstm.bias_hh_l0"
    assert by_target["gru" + "kernel"].change == "(gate=rzn out) in -> in (gate=zrn out)"
    assert by_target["gru" + "kernel"].derived == "layer table: gru"
    again = Whole().eval()
    ivy.load_weights(again, model)
    np.testing.assert_allclose(again(torch.from_numpy(x)).detach().numpy(), wanted, rtol=1e-4, atol=1e-5)
    assert not again.lstm.bias_hh_l0.any()


def test_haiku_adds_one_to_the_forget_gate():
    hk, jax = pytest.importorskip("haiku"), pytest.importorskip("jax")

    def unrolled(x):
        core = hk.LSTM(5, name="lstm")
        return hk.Linear(3, name="fc")(hk.dynamic_unroll(core, x, core.initial_state(2), time_major=False)[0])

    forward = hk.without_apply_rng(hk.transform(unrolled))
    x = images()[:, 0]
    params = forward.init(jax.random.PRNGKey(1), x)
    params = jax.tree.map(lambda a: a + 0.1, params)

    class Same(torch.nn.Module):
        def __init__(self):
            super().__init__()
            self.lstm = torch.nn.LSTM(6, 5, batch_first=True)
            self.fc = torch.nn.Linear(5, 3)

        def forward(self, x):
            return self.fc(self.lstm(x)[0])

    model = Same()
    report = ivy.load_weights(model, params)
    np.testing.assert_allclose(
        model(torch.from_numpy(x)).detach().numpy(), np.asarray(forward.apply(params, x)), rtol=1e-4, atol=1e-5
    )
    assert any("+1 on gate f" in weight.change for weight in report.loaded)


def test_layers_of_nnx_and_dictionaries_as_models(tmp_path):
    nnx = pytest.importorskip("flax.nnx")
    source = torch.nn.Sequential()
    source.add_module("fc", torch.nn.Linear(4, 3))
    source.add_module("bn", torch.nn.BatchNorm1d(3))
    source(torch.randn(8, 4))
    source.eval()

    class Same(nnx.Module):
        def __init__(self, rngs):
            self.fc = nnx.Linear(4, 3, rngs=rngs)
            self.bn = nnx.BatchNorm(3, rngs=rngs)

        def __call__(self, x):
            return self.bn(self.fc(x))

    model = Same(nnx.Rngs(0))
    model.eval()
    ivy.load_weights(model, source)
    x = images()[0, 0, :, :4]
    wanted = source(torch.from_numpy(x)).detach().numpy()
    np.testing.assert_allclose(np.asarray(model(x)), wanted, rtol=1e-5, atol=1e-6)
    params = {"params": {"fc": {"kernel": np.zeros((4, 3)), "bias": np.zeros(3)}}}
    own = {"params": {"fc": {"kernel": np.ones((4, 3)), "bias": np.ones(3)}}}
    ivy.load_weights(params, own)
    assert params["params"]["fc"]["kernel"].all()
    checkpoint = pytest.importorskip("orbax.checkpoint")
    checkpoint.PyTreeCheckpointer().save(tmp_path / "state", nnx.state(model).to_pure_dict())
    fresh = Same(nnx.Rngs(1))
    fresh.eval()
    ivy.load_weights(fresh, tmp_path / "state")
    np.testing.assert_allclose(np.asarray(fresh(x)), wanted, rtol=1e-5, atol=1e-6)


def test_shared_arrays_need_one_name():
    class Tied(torch.nn.Module):
        def __init__(self):
            super().__init__()
            self.embed = torch.nn.Embedding(5, 3)
            self.head = torch.nn.Linear(3, 5, bias=False)
            self.head.weight = self.embed.weight

    source = Tied()
    state = {"embed.weight": source.embed.weight.detach().numpy()}
    model = Tied()
    ivy.load_weights(model, state)
    assert torch.equal(model.head.weight, source.embed.weight)
    with pytest.raises(ivy.WeightError, match="head.weight: is embed.weight in the model"):
        ivy.load_weights(model, {**state, "head.weight": state["embed.weight"] + 1})


def test_every_layout_can_be_read_back():
    """Canonical and back is the identity for every pair of layouts of a layer, with sizes that are all different."""
    rng = np.random.default_rng(0)
    sizes = dict.fromkeys(("in", "multiplier", "heads"), 3) | dict.fromkeys(("embed", "kembed", "vembed", "oembed"), 6)
    sizes |= {"out": 5, "hidden": 5, "dim": 4, "vdim": 4, "channels": 8, "entries": 9, "*axes": 5, "features": 8}

    def shape(piece):
        found = []
        for axes in piece.axes:
            if axes == ("*window",):
                found += [3, 2]
            elif axes != ("*ones",):
                found.append(math.prod(len(letters(axis)) or sizes.get(axis, 1) for axis in axes))
        return tuple(found)

    def arrays_of(layout):
        whole = {n: np.concatenate([rng.standard_normal(shape(p)) for p in ps]) for n, ps in layout.arrays.items()}
        return {n: a.reshape(2, -1) if n in layout.flat else a for n, a in whole.items()}

    count = 0
    for layer in layers().values():
        for first, second in itertools.product(layer.layouts, repeat=2):
            arrays = arrays_of(first)
            own = {name: array.shape for name, array in arrays.items()}
            shapes = {name: array.shape for name, array in arrays_of(second).items()}
            if set(second.without) - set(first.without):
                with pytest.raises(LayoutError, match="another function"):
                    rewritten(layer, first, arrays, second, shapes)
                continue
            made = rewritten(layer, first, arrays, second, shapes)
            assert {name: w.array.shape for name, w in made.items()} == shapes
            back = rewritten(layer, second, {n: w.array for n, w in made.items()}, first, own)
            terms = [n for n, ps in first.arrays.items() if any(piece.term for piece in ps)]
            for name in own.keys() - set(terms):
                np.testing.assert_allclose(back[name].array, arrays[name], err_msg=f"{first} {second}")
            again = rewritten(layer, first, {n: w.array for n, w in back.items()}, second, shapes)
            for name, written in made.items():  # sums are kept, whichever term has them
                np.testing.assert_allclose(again[name].array, written.array, err_msg=f"{first} {second}")
            count += 1
    assert count > 200


SOURCE = """
import torch
from torch import nn


class Net(nn.Module):
    def __init__(self, inputs=4, hidden=6):
        super().__init__()
        self.body = nn.Sequential(nn.Linear(inputs, hidden), nn.BatchNorm1d(hidden), nn.ReLU())
        self.head = nn.Linear(hidden, 2)

    def forward(self, x):
        return self.head(self.body(x))
"""


@pytest.fixture
def project(tmp_path, monkeypatch):
    """A model, its state in a file, and a folder in which its conversions are imported."""
    (tmp_path / "net.py").write_text(SOURCE)
    scope = {}
    exec(SOURCE, scope)
    model = scope["Net"](hidden=5)
    model(torch.randn(16, 4))
    torch.save({"state_dict": model.state_dict(), "epoch": 3}, tmp_path / "net.pt")
    monkeypatch.chdir(tmp_path)
    for framework in ("jax", "tensorflow", "numpy"):
        for name in (f"{framework}_helpers", f"net_{framework}"):
            monkeypatch.delitem(sys.modules, name, raising=False)
    return tmp_path, model.eval()


def run(*arguments):
    return CliRunner().invoke(main, ["weights", *map(str, arguments)])


@pytest.mark.parametrize(
    "target, names",
    [
        ("jax", ("a.npz", "a.msgpack", "a.safetensors")),
        ("tensorflow", ("a.weights.h5", "a.npz")),
        ("numpy", ("a.npz",)),
    ],
)
def test_checkpoints_are_converted(project, target, names):
    pytest.importorskip(target)
    folder, model = project
    made = f"net_{target}"
    CliRunner().invoke(main, ["net.py", "--to", target, "-o", f"{made}.py", "--no-cache"])
    for name in names:
        result = run("net.pt", "-o", name, "--from", "torch", "--to", target, "--model", f"{made}:Net", "--model-args", '{"hidden": 5}', "--map", "map.json")  # fmt: skip
        assert result.exit_code == 0, result.output
        assert "body.0.weight" in result.output and "arrays written to" in result.output
        weights = json.loads((folder / "map.json").read_text())["weights"]
        assert len(weights) == len(model.state_dict()) and {w["change"] for w in weights} == {""}
        from importlib import import_module

        net = import_module(made).Net(hidden=5)
        if name.endswith(".weights.h5"):
            net.load_weights(name)
        else:
            ivy.load_weights(net, folder / name)
        if target == "jax":
            net.eval()
        x = images()[0, 0, :, :4]
        np.testing.assert_allclose(
            np.asarray(net(x)), model(torch.from_numpy(x)).detach().numpy(), rtol=1e-5, atol=1e-6
        )


def test_what_does_not_fit_is_said_at_once_and_nothing_is_written(project):
    folder, model = project
    state = model.state_dict()
    state["extra"] = torch.zeros(2)
    state["head.weight"] = torch.zeros(3, 3)
    del state["head.bias"]
    torch.save(state, "bad.pt")
    arguments = ("--from", "torch", "--to", "torch", "--model", "net:Net", "--model-args", "[4, 5]")
    result = run("bad.pt", "-o", "out.npz", *arguments)
    assert result.exit_code == 2 and result.output == (
        "ivy-s2s: bad.pt: 1 missing from the state: head.bias; 1 not in the model: extra; 1 of the wrong shape: "
        "head.weight: the state has (3, 3), the model (2, 5)\n"
    )
    assert sorted(path.name for path in folder.iterdir() if path.suffix != ".py" and path.name != "__pycache__") == [
        "bad.pt",
        "net.pt",
    ]
    result = run("net.pt", "-o", "out.h5", *arguments)
    assert result.exit_code == 2 and "is written as one of .pt, .pth, .safetensors, .npz" in result.output
    result = run("net.pt", "-o", "out.npz", *arguments[:-1], "{")
    assert result.exit_code == 2 and "write a JSON list" in result.output
    result = run("net.pt", "-o", "out.npz", "--from", "torch", "--to", "jax", "--model", "net:Net")
    assert result.exit_code == 2 and "is a model of torch, not of jax" in result.output


class Trap:
    def __reduce__(self):
        return (open, ("trapped", "w"))


def test_untrusted_checkpoints_execute_nothing(project):
    folder, model = project
    torch.save({"state_dict": Trap()}, "trap.pt")
    data = io.BytesIO()
    np.savez(data, a=np.array([Trap()], dtype=object))
    (folder / "trap.npz").write_bytes(data.getvalue())
    (folder / "trap.msgpack").write_bytes(pickle.dumps(Trap()))
    for name in ("trap.pt", "trap.npz", "trap.msgpack"):
        result = run(name, "-o", "out.npz", "--from", "torch", "--to", "torch", "--model", "net:Net")
        assert result.exit_code == 2 and f"{name}: cannot be read" in result.output, result.output
    assert not (folder / "trapped").exists() and not (folder / "out.npz").exists()
    result = run("trap.pt", "-o", "out.npz", "--from", "torch", "--to", "torch", "--model", "net:Net")
    assert "it holds more than arrays, and loading that could run code" in result.output
