"""Checkpoints as training programs and libraries write them, and hostile ones."""

import io
import json
import pickle
import sys
import zipfile

import ivy
import numpy as np
import pytest
from click.testing import CliRunner
from ivy.cli import main

torch = pytest.importorskip("torch")
keras = pytest.importorskip("keras")
pytest.importorskip("flax")
import tensorflow as tf  # noqa: E402
from flax import linen, nnx, serialization  # noqa: E402


class Net(torch.nn.Module):
    def __init__(self):
        super().__init__()
        self.conv = torch.nn.Conv1d(3, 4, 2)
        self.bn = torch.nn.BatchNorm1d(4)
        self.rnn = torch.nn.LSTM(4, 5, batch_first=True, bidirectional=True)
        self.head = torch.nn.Linear(10, 2)

    def forward(self, x):
        return self.head(self.rnn(self.bn(self.conv(x.movedim(-1, 1))).movedim(1, -1))[0])


def trained(seed=0):
    torch.manual_seed(seed)
    net = Net()
    for _ in range(3):
        net(torch.randn(4, 6, 3))
    return net.eval()


def native_keras():
    layers = keras.layers

    class Same(keras.Model):
        def __init__(self):
            super().__init__()
            self.conv = layers.Conv1D(4, 2)
            self.bn = layers.BatchNormalization(epsilon=1e-5)
            self.rnn = layers.Bidirectional(layers.LSTM(5, return_sequences=True), name="rnn")
            self.head = layers.Dense(2)

        def call(self, x):
            return self.head(self.rnn(self.bn(self.conv(x))))

    model = Same()
    model(inputs())
    return model


def inputs():
    return np.random.default_rng(0).random((2, 6, 3), dtype=np.float32)


def result(model):
    with torch.no_grad():
        return np.asarray(model(torch.from_numpy(inputs()) if isinstance(model, torch.nn.Module) else inputs()))


def equal(one, two):
    np.testing.assert_allclose(result(one), result(two), rtol=1e-5, atol=1e-6)


def test_checkpoints_of_training_programs(tmp_path):
    net, model = trained(), native_keras()
    optimizer = torch.optim.Adam(net.parameters())
    net(torch.randn(4, 6, 3)).sum().backward()
    optimizer.step()
    state = {f"module._orig_mod.{name}": value for name, value in net.state_dict().items()}
    torch.save({"model": state, "optimizer": optimizer.state_dict(), "epoch": 3}, tmp_path / "a.pth")
    report = ivy.load_weights(model, tmp_path / "a.pth")
    equal(net, model)
    assert report.ignored == ("optimizer (42 arrays)", "epoch") and "ignored: optimizer (42 arrays), epoch" in str(
        report
    )
    averaged = torch.optim.swa_utils.AveragedModel(net)
    torch.save(averaged.state_dict(), tmp_path / "b.pt")
    assert ivy.load_weights(native_keras(), tmp_path / "b.pt").ignored == ("n_averaged",)


def test_shards_beside_an_index(tmp_path):
    from safetensors.torch import save_file

    net, names = trained(), sorted(trained().state_dict())
    state = {name: value.to(torch.bfloat16) if value.is_floating_point() else value for name, value in net.state_dict().items()}  # fmt: skip
    shards = {"one.safetensors": names[:5], "two.safetensors": names[5:]}
    for file, held in shards.items():
        save_file({name: state[name].contiguous() for name in held}, tmp_path / file)
    index = {"weight_map": {name: file for file, held in shards.items() for name in held}}
    (tmp_path / "model.safetensors.index.json").write_text(json.dumps(index))
    for place in (tmp_path, tmp_path / "model.safetensors.index.json"):
        model = native_keras()
        ivy.load_weights(model, place)
        np.testing.assert_allclose(result(model), result(net), rtol=0.05, atol=0.05)
    index["weight_map"]["head.bias"] = "../elsewhere.safetensors"
    (tmp_path / "model.safetensors.index.json").write_text(json.dumps(index))
    with pytest.raises(ivy.WeightError, match="is not a file of arrays beside it"):
        ivy.load_weights(native_keras(), tmp_path)


@pytest.mark.parametrize("name", ["a.weights.h5", "a.keras", "checkpoint"])
def test_files_of_keras_into_a_native_torch_model(name, tmp_path):
    model = native_keras()
    ivy.load_weights(model, trained())
    model.compile("adam", "mse")
    model.optimizer.build(model.trainable_variables)
    place = tmp_path / name
    if name == "checkpoint":
        tf.train.Checkpoint(net=model).write(str(tmp_path / "ckpt"))
        place = tmp_path / "ckpt.index"  # TensorFlow keeps the recurrent arrays under the name of the optimizer's list
    else:
        (model.save_weights if name.endswith("h5") else model.save)(place)
    net = trained(1)
    report = ivy.load_weights(net, place)
    equal(net, model)
    assert report.ignored == ("optimizer",)


def test_arrays_known_by_their_position_alone(tmp_path):
    """Without gamma, or without beta: the file does not say which one is there."""
    model = keras.Sequential([keras.Input((4,)), keras.layers.BatchNormalization(scale=False, name="bn")])
    model.save_weights(tmp_path / "a.weights.h5")
    net = torch.nn.Sequential()
    net.add_module("bn", torch.nn.BatchNorm1d(4))
    with pytest.raises(ivy.WeightError, match="missing from the state: bn.weight"):
        ivy.load_weights(net, tmp_path / "a.weights.h5")
    ivy.load_weights(net, model)
    assert (net.bn.weight == 1).all()


def test_dictionaries_of_parameters_as_targets(tmp_path):
    class Small(linen.Module):
        @linen.compact
        def __call__(self, x):
            return linen.Dense(2)(linen.relu(linen.Dense(5)(x)))

    import jax

    net = torch.nn.Sequential()
    net.add_module("one", torch.nn.Linear(3, 5))
    net.add_module("relu", torch.nn.ReLU())
    net.add_module("two", torch.nn.Linear(5, 2))
    variables = Small().init(jax.random.key(0), inputs())
    ivy.load_weights(variables, net, names={"Dense_1": "one", "Dense_0": "two"})
    np.testing.assert_allclose(np.asarray(Small().apply(variables, inputs())), result(net), rtol=1e-5, atol=1e-6)
    training = {"params": variables["params"], "opt_state": {"0": {"mu": variables["params"]}}, "step": 7}
    (tmp_path / "a.msgpack").write_bytes(serialization.msgpack_serialize(training))
    again = torch.nn.Sequential(torch.nn.Linear(3, 5), torch.nn.ReLU(), torch.nn.Linear(5, 2))
    report = ivy.load_weights(again, tmp_path / "a.msgpack", names={"0": "Dense_1", "2": "Dense_0"}, source="linen")
    np.testing.assert_allclose(result(again), result(net), rtol=1e-6)
    assert report.ignored == ("opt_state (4 arrays)", "step")


def transposed(**options):
    net = torch.nn.Module()
    net.add_module("up", torch.nn.ConvTranspose2d(4, 4, 3))
    variables = {
        "params": {"up": {"kernel": np.random.default_rng(0).random((3, 3, 4, 4)), "bias": np.ones(4, np.float32)}}
    }
    return ivy.load_weights(net, variables, **options)


def test_what_a_state_does_not_show_is_asked_for():
    with pytest.raises(ivy.WeightError, match="transpose_kernel"):
        transposed(source="linen")
    (kernel, _) = transposed(source="linen", assume={"transpose_kernel": False}).loaded
    assert kernel.change == "~*window in out -> in out *window"
    with pytest.raises(ivy.WeightError, match="say which with source="):
        transposed()


def test_grus_that_are_another_function():
    net = torch.nn.Module()
    net.add_module("gru", torch.nn.GRU(3, 5))
    haiku = {"gru": {"w_i": np.ones((3, 15)), "w_h": np.ones((5, 15)), "b": np.ones(15)}}
    with pytest.raises(ivy.WeightError, match="gru .gru.: one resets the state before it is multiplied"):
        ivy.load_weights(net, haiku, source="haiku")
    with pytest.raises(ivy.WeightError, match="one resets the state before it is multiplied"):
        ivy.load_weights(haiku, net)

    class Cell(nnx.Module):
        def __init__(self):
            self.gru = nnx.GRUCell(3, 5, rngs=nnx.Rngs(0))

    with pytest.raises(ivy.WeightError, match="recurrent_bias is not 0, and the model's layer is without it"):
        ivy.load_weights(Cell(), net)
    with torch.no_grad():
        net.gru.bias_hh_l0[10:] = 0
    assert len(ivy.load_weights(Cell(), net).loaded) == 3
    arrays = {"gru.cell.kernel": np.ones((3, 15)), "gru.cell.recurrent_kernel": np.ones((5, 15))}
    bare = torch.nn.Module()
    bare.add_module("gru", torch.nn.GRU(3, 5, bias=False))
    with pytest.raises(ivy.WeightError, match="reset_after"):
        ivy.load_weights(bare, arrays, source="keras")
    ivy.load_weights(bare, arrays, source="keras", assume={"reset_after": True})


def test_heads_and_tied_arrays():
    net = torch.nn.Module()
    net.add_module("mha", torch.nn.MultiheadAttention(6, 2, kdim=4, vdim=5))
    attention = keras.layers.MultiHeadAttention(3, 2)
    attention(np.ones((1, 2, 6)), np.ones((1, 2, 5)), np.ones((1, 2, 4)))

    class Holder(keras.Model):
        def __init__(self):
            super().__init__()
            self.mha = attention

    with pytest.raises(ivy.WeightError, match="heads"):
        ivy.load_weights(Holder(), net)
    net.mha.num_heads = 3
    assert len(ivy.load_weights(Holder(), net).loaded) == 8
    tied = torch.nn.Module()
    tied.add_module("embed", torch.nn.Embedding(5, 3))
    tied.add_module("head", torch.nn.Linear(3, 5, bias=False))
    tied.head.weight = tied.embed.weight
    one = keras.Sequential([keras.layers.Embedding(5, 3, name="embed")])
    one(np.zeros((1, 2)))
    assert [w.source for w in ivy.load_weights(one, tied).loaded] == ["embed.weight"]
    tied.head.weight = torch.nn.Parameter(tied.embed.weight.detach().clone())
    with pytest.raises(ivy.WeightError, match="not in the model: head.weight"):
        ivy.load_weights(one, tied)


class Trap:
    def __reduce__(self):
        return (open, ("trapped", "w"))


def hostile(folder):
    """Files that would run something, or read another file, when they were loaded carelessly."""
    import h5py

    torch.save({"state_dict": {"a": torch.ones(2)}, "args": Trap()}, folder / "a.pt")
    (folder / "b.bin").write_bytes(pickle.dumps(Trap()))
    data = io.BytesIO()
    np.savez(data, a=np.array([Trap()], dtype=object))
    (folder / "c.npz").write_bytes(data.getvalue())
    (folder / "d.msgpack").write_bytes(pickle.dumps(Trap()))
    with h5py.File(folder / "other.h5", "w") as stored:
        stored["secret"] = np.ones(2)
    with h5py.File(folder / "e.h5", "w") as stored:
        stored["layers/dense/vars/0"] = h5py.ExternalLink("other.h5", "secret")
    (folder / "f.index.json").write_text('{"weight_map": {"a": "/etc/passwd"}}')
    return ("a.pt", "b.bin", "c.npz", "d.msgpack", "e.h5", "f.index.json")


def test_hostile_files_execute_nothing(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    for name in hostile(tmp_path):
        with pytest.raises(ivy.WeightError, match=name):
            ivy.load_weights(torch.nn.Linear(2, 2), tmp_path / name)
    assert not (tmp_path / "trapped").exists()


def test_code_in_a_keras_file_is_not_run(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    call = keras.layers.Lambda(lambda x: open("trapped", "w").write("") or x, output_shape=(3,))
    model = keras.Sequential([keras.Input((3,)), call, keras.layers.Dense(2, name="head")])
    (tmp_path / "trapped").unlink(missing_ok=True)
    model.save(tmp_path / "a.keras")
    assert "__lambda__" in zipfile.ZipFile(tmp_path / "a.keras").read("config.json").decode()
    net = torch.nn.Module()
    net.add_module("head", torch.nn.Linear(3, 2))
    ivy.load_weights(net, tmp_path / "a.keras")
    np.testing.assert_array_equal(net.head.weight.detach().numpy().T, np.asarray(model.layers[-1].kernel))
    assert not (tmp_path / "trapped").exists()


HAIKU = """
import haiku as hk


class Net(hk.Module):
    def __init__(self, size, name=None):
        super().__init__(name)
        self.size = size

    def __call__(self, x):
        x = hk.Conv2DTranspose(self.size, 3, padding="VALID", name="up")(x)
        return hk.BatchNorm(True, True, 0.9, name="bn")(x, is_training=True)
"""


def test_a_checkpoint_for_a_module_of_haiku(tmp_path, monkeypatch):
    """Its classes say that the kernel is one of a transposed convolution; names and sizes leave that open."""
    pytest.importorskip("haiku")
    monkeypatch.chdir(tmp_path)
    monkeypatch.delitem(sys.modules, "weights_haiku_net", raising=False)
    (tmp_path / "weights_haiku_net.py").write_text(HAIKU)
    net = torch.nn.Module()
    net.add_module("up", torch.nn.ConvTranspose2d(4, 4, 3))
    net.add_module("bn", torch.nn.BatchNorm2d(4))
    torch.save(net.state_dict(), "net.pt")
    told = ["--from", "torch", "--to", "haiku", "--model", "weights_haiku_net:Net", "--model-args", "[4]"]
    made = CliRunner().invoke(main, ["weights", "net.pt", "-o", "net.npz", *told, "--inputs", "float32[1,8,8,4]"])
    assert made.exit_code == 0, made.output
    assert "in out *window -> ~*window out in" in made.output and "1048576" in made.output
    with np.load("net.npz") as stored:
        kernel = stored["params.net/~/up.w"] if "params.net/~/up.w" in stored else stored["params.net/up.w"]
        np.testing.assert_array_equal(kernel, net.up.weight.detach().numpy().transpose(2, 3, 1, 0)[::-1, ::-1])
