"""Classes of PyTorch in Haiku: layers, state, modes, keys, first values, weights."""

import importlib.util
import sys
from pathlib import Path

import ivy
import numpy as np
import pytest
from ivy.s2s.emit import helper_module
from ivy.s2s.tables import load

hk = pytest.importorskip("haiku")
jax = pytest.importorskip("jax")
torch = pytest.importorskip("torch")

from . import nn_cases, training_source  # noqa: E402
from .test_templates_jax import assert_same, case_ids, to_jax, to_torch  # noqa: E402


def loaded(text, name, folder):
    """A module with this text, from a file, so that its source can be inspected."""
    path = folder / f"{name}.py"
    path.write_text(text, encoding="utf-8")
    spec = importlib.util.spec_from_file_location(name, path)
    module = sys.modules[name] = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.fixture(scope="module")
def helpers(tmp_path_factory):
    """All helpers of Haiku in one module."""
    table = load()["haiku"]
    return loaded(helper_module(table.templates, table), "every_haiku_helper", tmp_path_factory.mktemp("helpers"))


@pytest.fixture
def converted(tmp_path, monkeypatch):
    """A function that converts the text of a PyTorch module and gives it and the converted one."""
    from ivy.s2s.api import source_to_source

    count = iter(range(100))

    def convert(text):
        folder = tmp_path / str(next(count))
        (folder / "source").mkdir(parents=True)
        source = loaded(text, "net_in_torch", folder / "source")
        report = source_to_source(folder / "source" / "net_in_torch.py", to="haiku", out=folder / "net.py", jobs=1)
        assert report.exit_code == 0, [str(d) for d in report.diagnostics] + list(report.errors)
        monkeypatch.syspath_prepend(str(folder))
        sys.modules.pop("haiku_helpers", None)
        return source, loaded((folder / "net.py").read_text(), "net_in_haiku", folder)

    return convert


def transformed(make):
    """The pure functions of calling a new module."""

    def call(*args, is_training=False):
        return make()(*args, is_training=is_training)

    return hk.transform_with_state(call)


def flat(*trees):
    """Name in PyTorch -> array, without the outermost module."""
    found = {}
    for tree in trees:
        for path, arrays in tree.items():
            for name, array in arrays.items():
                found[".".join([*path.split("/")[1:], name])] = np.asarray(array)
    return found


@pytest.mark.slow
@pytest.mark.parametrize("case", nn_cases.LAYERS, ids=case_ids(nn_cases.LAYERS))
def test_layer(case, helpers):
    name, args, kwargs, inputs = case
    theirs = getattr(torch.nn, name)(*map(to_torch, args), **{k: to_torch(v) for k, v in kwargs.items()})
    for value in theirs.state_dict().values():
        if value.is_floating_point():
            value.copy_(torch.rand_like(value) * 0.5 + 0.1)
    own = [to_jax(arg) for arg in args], {key: to_jax(value) for key, value in kwargs.items()}
    net = transformed(lambda: getattr(helpers, name)(*own[0], **own[1]))
    given = [to_jax(x) for x in inputs]
    params, state = net.init(jax.random.key(0), *given)
    assert sorted(flat(params, state)) == sorted(theirs.state_dict())
    if theirs.state_dict():
        ivy.load_weights((params, state), theirs)
    for training in (True, True, False):
        theirs.train(training)
        want = theirs(*[torch.clone(x) if torch.is_tensor(x) else x for x in map(to_torch, inputs)])
        got, state = net.apply(params, state, None, *given, is_training=training)
        assert_same(got, want)
    for key, value in flat(params, state).items():
        assert_same(value, theirs.state_dict()[key])


@pytest.mark.parametrize("name", ("SmallCNN", "SmallTransformer"))
def test_training_step(name, converted):
    """Outputs, statistics and gradients of a step in training, under jit; the output in inference."""
    source, net = converted(Path(training_source.__file__).read_text())
    torch.manual_seed(0)
    theirs = getattr(source, name)().train()
    rng = np.random.default_rng(0)
    x = rng.standard_normal((4, 3, 8, 8)).astype(np.float32) if name == "SmallCNN" else rng.integers(0, 11, (4, 7))
    pair = transformed(getattr(net, name))
    params, state = jax.jit(pair.init)(jax.random.key(0), x)
    ivy.load_weights((params, state), theirs)

    @jax.jit
    def loss(params, state):
        out, state = pair.apply(params, state, None, x, is_training=True)
        return (out**2).mean(), (out, state)

    grads, (out, new_state) = jax.grad(loss, has_aux=True)(params, state)
    want = theirs(torch.from_numpy(x))
    (want**2).mean().backward()
    assert_same(out, want)
    for key, value in flat(grads).items():
        np.testing.assert_allclose(value, theirs.get_parameter(key).grad, atol=2e-5)
    for key, value in flat(new_state).items():
        assert_same(value, theirs.state_dict()[key])
    out, same_state = jax.jit(pair.apply)(params, new_state, None, x)
    assert_same(out, theirs.eval()(torch.from_numpy(x)))
    assert jax.tree.all(jax.tree.map(np.array_equal, new_state, same_state))


DROPS = '''
import torch
from torch import nn
from torch.nn import functional as F


class Noisy(nn.Module):
    def __init__(self, p=0.5):
        super().__init__()
        self.p = p
        self.drop = nn.Dropout(p)

    def forward(self, x):
        return self.drop(x) + F.dropout(x, self.p, self.training)
'''


def test_keys_are_needed_in_training_only(converted):
    _, net = converted(DROPS)
    pair = transformed(net.Noisy)
    x = np.ones((50, 50), np.float32)
    params, state = pair.init(None, x)
    assert not params and not state
    assert np.array_equal(pair.apply(params, state, None, x)[0], 2 * x)
    with pytest.raises(ValueError, match="PRNGKey"):
        pair.apply(params, state, None, x, is_training=True)
    first, _ = pair.apply(params, state, jax.random.key(0), x, is_training=True)
    second, _ = pair.apply(params, state, jax.random.key(1), x, is_training=True)
    assert set(np.unique(first)) == {0, 2, 4} and not np.array_equal(first, second)
    assert abs(float(np.mean(first)) - 2) < 0.1


VALUES = '''
import copy
from functools import partial

import torch
from torch import nn


class Block(nn.Module):
    def __init__(self, dim, act_layer=nn.GELU, norm_layer=partial(nn.LayerNorm, eps=1e-3), rate=0.0):
        super().__init__()
        self.norm = norm_layer(dim)
        self.fc = nn.Linear(dim, dim)
        self.act = act_layer()
        self.drop = nn.Dropout(rate) if rate > 0.0 else nn.Identity()
        self.gamma = nn.Parameter(0.1 * torch.ones(dim))

    def forward(self, x):
        return x + self.gamma * self.drop(self.act(self.fc(self.norm(x))))


class Net(nn.Module):
    def __init__(self, dim=6, depth=3, words=7):
        super().__init__()
        rates = [x.item() for x in torch.linspace(0, 0.3, depth)]
        self.embed = nn.Embedding(words, dim)
        self.words = nn.Embedding(words, dim, padding_idx=3)
        self.pos = nn.Parameter(torch.randn(1, 5, dim) * 0.02)
        self.blocks = nn.ModuleList([Block(dim, nn.ReLU if i else nn.GELU, rate=rates[i]) for i in range(depth)])
        self.heads = nn.ModuleDict({"a": nn.Linear(dim, words, bias=False), "b": nn.Sequential(nn.Linear(dim, 2))})
        self.heads["a"].weight = self.embed.weight
        self.twin = copy.deepcopy(self.blocks[0])
        self.scales = nn.ParameterList([torch.rand(dim) + i for i in range(2)])
        self.register_buffer("mask", torch.tril(torch.ones(5, 5)))
        self.register_buffer("table", torch.arange(5.0), persistent=False)
        self.register_buffer("calls", torch.zeros((), dtype=torch.int32))
        self.apply(self._init_weights)
        self.unused = nn.Linear(dim, 3)
        self.copied = copy.deepcopy(self.unused)

    def _init_weights(self, module):
        if isinstance(module, nn.Linear) and not isinstance(module, nn.Conv2d):
            nn.init.trunc_normal_(module.weight, std=0.02)
            if module.bias is not None:
                nn.init.constant_(module.bias, 0.5)
        elif isinstance(module, nn.LayerNorm):
            module.bias.data.fill_(2.0)

    def forward(self, tokens):
        if self.training:
            self.calls += 1
        x = self.embed(tokens) + self.words(tokens) + self.pos + self.table[:, None]
        for block in self.blocks[1:]:
            x = block(x)
        x = self.twin(self.blocks[0](x)) * self.scales[0] + self.scales[1]
        x = self.mask @ x
        return self.heads["a"](x), self.heads["b"](x)
'''
TOKENS = np.array([[1, 2, 0, 4, 6], [3, 3, 5, 1, 0]])


def test_structure(converted):
    """Classes as values, containers, tied weights, copies, buffers: names, numbers and first values."""
    source, net = converted(VALUES)
    torch.manual_seed(0)
    theirs = source.Net().eval()
    pair = transformed(net.Net)
    params, state = jax.jit(pair.init)(jax.random.key(1), TOKENS)
    named = flat(params, state)
    assert set(theirs.state_dict()) - set(named) == {"heads.a.weight"}
    assert set(named) < set(theirs.state_dict())
    assert np.array_equal(named["copied.weight"], named["unused.weight"])
    assert not np.array_equal(named["twin.fc.weight"], named["blocks.0.fc.weight"])
    assert (named["blocks.1.fc.bias"] == 0.5).all() and (named["twin.norm.bias"] == 2).all()
    assert (named["words.weight"][3] == 0).all() and abs(named["pos"].std() - 0.02) < 0.01
    assert (named["scales.1"] >= 1).all() and abs(named["unused.bias"]).max() <= 6**-0.5
    report = ivy.load_weights((params, state), theirs)
    assert not report.missing and not report.unexpected
    for got, want in zip(jax.jit(pair.apply)(params, state, None, TOKENS)[0], theirs(torch.from_numpy(TOKENS))):
        assert_same(got, want)
    _, state = pair.apply(params, state, jax.random.key(0), TOKENS, is_training=True)
    assert int(state["net"]["calls"]) == 1


def test_first_values_follow_the_key(converted):
    _, net = converted(VALUES)
    made = hk.transform_with_state(lambda: net.Net().make_arrays())
    first, again, other = (flat(made.init(jax.random.key(seed))[0]) for seed in (0, 0, 1))
    assert all(np.array_equal(first[name], again[name]) for name in first)
    drawn = [name for name in first if not np.array_equal(first[name], other[name])]
    assert {"pos", "scales.0", "scales.1", "embed.weight", "unused.weight"} < set(drawn)
    called = flat(transformed(net.Net).init(jax.random.key(0), TOKENS)[0])
    assert {name: value.shape for name, value in called.items()} == {name: v.shape for name, v in first.items()}


def test_weights_are_strict(converted):
    source, net = converted(VALUES)
    state_dict = source.Net().state_dict()
    params, state = hk.transform_with_state(lambda: net.Net().make_arrays()).init(jax.random.key(0))
    before = flat(params)["pos"]
    for name, error in (("pos", "missing from the state: pos"), ("mask", "missing from the state: mask")):
        with pytest.raises(ivy.WeightError, match=error):
            ivy.load_weights((params, state), {k: v for k, v in state_dict.items() if k != name})
    with pytest.raises(ivy.WeightError, match="not in the model: other"):
        ivy.load_weights((params, state), {**state_dict, "other": torch.rand(3)})
    with pytest.raises(ivy.WeightError, match="wrong shape: pos"):
        ivy.load_weights((params, state), {**state_dict, "pos": torch.rand(3)})
    assert np.array_equal(before, flat(params)["pos"])

    def inside(tokens):
        model = net.Net()
        ivy.load_weights(model, state_dict)
        return model(tokens)

    params, _ = hk.transform_with_state(inside).init(jax.random.key(0), TOKENS)
    assert np.array_equal(flat(params)["pos"], state_dict["pos"])


def test_weights_command(converted, tmp_path):
    """A checkpoint becomes a file with the names of Haiku's dictionaries; tied weights are written once."""
    from ivy.s2s.weights_command import Request, convert_checkpoint

    source, _ = converted(VALUES)
    state_dict = source.Net().state_dict()
    torch.save(state_dict, tmp_path / "net.pt")
    asked = Request(tmp_path / "net.pt", tmp_path / "net.npz", "torch", "haiku", "net_in_haiku:Net")
    report = convert_checkpoint(asked)
    written = np.load(tmp_path / "net.npz")
    assert len(written.files) == len(report.loaded) == len(state_dict) - 1
    assert np.array_equal(written["params.net/blocks/1/fc.weight"], state_dict["blocks.1.fc.weight"])
    assert np.array_equal(written["state.net.mask"], state_dict["mask"])


MISUSED = '''
import torch
from torch import nn


class InCall(nn.Module):
    def forward(self, x):
        return nn.Linear(3, 3)(nn.ReLU()(x))


class Writes(nn.Module):
    def __init__(self):
        super().__init__()
        self.scale = nn.Parameter(torch.ones(3))

    def forward(self, x):
        self.scale.data.mul_(2)
        return x * self.scale


class Caches(nn.Module):
    def __init__(self):
        super().__init__()
        self.register_buffer("cache", torch.zeros(3), persistent=False)

    def forward(self, x):
        self.cache += 1
        return x + self.cache
'''


@pytest.mark.parametrize(
    "name, message",
    (("InCall", "make it in a constructor"), ("Writes", "does not change parameters"), ("Caches", "persistent=False")),
)
def test_what_haiku_cannot_keep_raises(name, message, converted):
    _, net = converted(MISUSED)
    with pytest.raises(RuntimeError, match=message):
        transformed(getattr(net, name)).init(jax.random.key(0), np.ones((2, 3), np.float32))


def test_inside_other_modules(converted):
    """Two of a class, inside a module of Haiku: names do not clash, and `hk.transform` is enough without state."""
    _, net = converted(VALUES)

    class Pair(hk.Module):
        def __call__(self, x):
            return net.Block(3)(net.Block(3)(x))

    pair = hk.transform(lambda x: Pair()(x))
    params = pair.init(jax.random.key(0), np.ones((2, 3), np.float32))
    assert {"pair/block", "pair/block_1", "pair/block/fc", "pair/block_1/fc"} <= set(params)
    assert jax.jit(pair.apply)(params, None, np.ones((2, 3), np.float32)).shape == (2, 3)
