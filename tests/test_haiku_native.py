"""Haiku's modules as PyTorch's own: layers in constructors, and the same numbers from the same keys and checkpoints."""

from __future__ import annotations

import os
import sys
from pathlib import Path

import numpy as np
import pytest

os.environ.setdefault("JAX_PLATFORMS", "cpu")
jax = pytest.importorskip("jax")
hk = pytest.importorskip("haiku")
torch = pytest.importorskip("torch")

import ivy  # noqa: E402
from ivy.s2s.emit import helper_module  # noqa: E402
from ivy.s2s.pipeline import convert_text  # noqa: E402
from ivy.s2s.tables import load  # noqa: E402

from .flax_targets import leaves, module, same  # noqa: E402

SOURCE = Path(__file__).with_name("haiku_native_source.py").read_text(encoding="utf-8")
IMAGES, TOKENS = (2, 8, 8, 3), "tokens"
# the pair of functions, the module in it, the inputs, more arguments of a call
MODELS = [
    ("network", "Convolutional(5)", IMAGES, (True,)),
    ("autoencoder", "Autoencoder(3, (4, 5))", (2, 4, 5), ()),
    ("attending", "Attending(11, 6)", TOKENS, ()),
    ("recurrent", "Recurrent(4)", (5, 2, 3), ()),
    ("mixing", "Mixed()", (2, 3, 4), ()),
    ("towers", "Towers()", (2, 3), ()),
    ("deciding", "Deciding(4)", (2, 5, 3), (True,)),
    ("deciding", "Deciding(4)", (2, 3), (False,)),
    ("composed", "Composed(Encoder(3, 4), Layered(2, 5))", (2, 3), ()),
]
NAMES = [f"{case[0]} {case[2]}" for case in MODELS]


def converted(text: str, name: str):
    """The module that a text becomes, and its text."""
    found = convert_text(text, "jax", "torch")
    assert not found.error, found.error
    assert not [d for d in found.diagnostics if d.grade == "refused"], found.diagnostics
    helpers = module("torch_helpers", helper_module(found.helpers, load()["torch"]))
    made = module(f"torch_{name}", found.code)
    del sys.modules[helpers.__name__]
    return made, found.code


@pytest.fixture(scope="module")
def models():
    return module("haiku_native", SOURCE), *converted(SOURCE, "haiku_native")


def given(shape):
    draw = np.random.default_rng(0)
    return draw.integers(0, 11, (2, 5)) if shape == TOKENS else draw.normal(size=shape).astype("float32")


def arrays(tree) -> list[np.ndarray]:
    """All arrays, in an order that no name decides."""
    found = [np.asarray(leaf.detach() if hasattr(leaf, "detach") else leaf) for leaf in leaves(tree)]
    return sorted(found, key=lambda array: (array.shape, array.dtype.str, array.tolist()))


def test_classes_are_modules(models):
    """Layers are made by constructors; only what has parameters of its own has a base class of the helpers."""
    _, ours, code = models
    bases = {name: cls.__bases__[0] for name, cls in vars(ours).items() if isinstance(cls, type) and cls.__module__ == ours.__name__}
    own = {name for name, base in bases.items() if base is torch.nn.Module}
    assert own >= {"Block", "Encoder", "Autoencoder", "Layered", "Recurrent"}, bases
    assert all(issubclass(base, torch.nn.Module) for base in bases.values())
    assert "get_parameter" not in code and "hk." not in code


@pytest.mark.parametrize("case", MODELS, ids=NAMES)
def test_functions_of_parameters(models, case):
    """``init`` draws haiku's first values from the same key, ``apply`` computes and draws the same."""
    theirs, ours, _ = models
    name, _, shape, more = case
    x = given(shape)
    a, b = getattr(theirs, name), getattr(ours, name)
    keyed = name in ("network", "autoencoder")
    made, own = a.init(jax.random.PRNGKey(3), x, *more), b.init(3, torch.tensor(x), *more)
    same(arrays(own), arrays(made))
    stateful = isinstance(made, tuple)
    keys = ((jax.random.PRNGKey(7),), (7,)) if keyed else ((), ())
    expected = a.apply(*(made if stateful else (made,)), *keys[0], x, *more)
    found = b.apply(*(own if stateful else (own,)), *keys[1], torch.tensor(x), *more)
    if stateful:
        same(arrays(found[1]), arrays(expected[1]))
        expected, found = expected[0], found[0]
    same(found, expected)


@pytest.mark.parametrize("case", MODELS, ids=NAMES)
def test_checkpoints(models, case):
    """Parameters of haiku in a live module: paired by haiku's rules of naming."""
    theirs, ours, _ = models
    name, text, shape, more = case
    x = given(shape)
    pair = getattr(theirs, name)
    values = pair.init(jax.random.PRNGKey(5), x, *more)
    model = eval(text, vars(ours))  # noqa: S307
    torch.manual_seed(0)
    model(torch.tensor(x), *more)
    state = {"params": values[0], "state": values[1]} if isinstance(values, tuple) else values
    ivy.load_weights(model, state)
    if name == "network":
        expected, _ = pair.apply(*values, None, x, False)
        same(model(torch.tensor(x), False), expected)
    elif name == "autoencoder":
        same(model(torch.tensor(x))[0], pair.apply(values, jax.random.PRNGKey(0), x)[0])
    else:
        same(model(torch.tensor(x), *more), pair.apply(values, x, *more))


def test_training(models):
    """A module trains as any other: every parameter is found, and gradients are haiku's."""
    theirs, ours, _ = models
    x = given(TOKENS)
    params = theirs.attending.init(jax.random.PRNGKey(5), x)
    model = ours.Attending(11, 6)
    model(torch.tensor(x))
    ivy.load_weights(model, params)
    grads = jax.grad(lambda p: (theirs.attending.apply(p, x) ** 2).sum())(params)
    (model(torch.tensor(x)) ** 2).sum().backward()
    assert len(list(model.parameters())) == len(jax.tree.leaves(params))
    found = [parameter.grad.numpy() for parameter in model.parameters()]
    for ours_, theirs_ in zip(arrays(found), arrays(grads), strict=True):
        np.testing.assert_allclose(ours_, theirs_, rtol=1e-3, atol=1e-4)


HEAD = "import haiku as hk\nimport jax\nimport jax.numpy as jnp\n\n\n"
KEPT = {
    "a helper makes layers": "def norm(x):\n    return hk.LayerNorm(-1, True, True)(x)\n\n\n"
    "class Net(hk.Module):\n    def __call__(self, x):\n        return norm(x)\n",
    "inputs decide what a later layer is called": "class Net(hk.Module):\n    def __call__(self, x):\n"
    "        if x.ndim == 2:\n            x = hk.Linear(3)(x)\n        return hk.Linear(3)(x)\n",
    "inputs decide what a layer is": "class Net(hk.Module):\n    def __call__(self, x):\n"
    "        if x.ndim == 2:\n            return hk.Linear(3)(x)\n        return hk.Linear(4)(x)\n",
    "both ways have a layer of one name": "class Net(hk.Module):\n    def __call__(self, x):\n"
    "        if x.ndim == 2:\n            x = hk.Linear(3)(x)\n        else:\n            x = hk.Linear(4)(x)\n"
    "        return x\n",
    "names of parameters": "net = hk.transform(lambda x: hk.Linear(3)(x))\n\n\n"
    "def kernel(params):\n    return params['linear']['w']\n",
    "the module's name": "class Net(hk.Module):\n    def __call__(self, x):\n        return hk.Linear(3, name=self.name)(x)\n",
    "a class as a value": "class Net(hk.Module):\n    def __init__(self, layer=hk.Linear):\n        super().__init__()\n"
    "        self.layer = layer(3)\n\n    def __call__(self, x):\n        return self.layer(x)\n",
    "names of haiku": "def f(x):\n    with hk.name_scope('scope'):\n        return hk.Linear(3)(x)\n\n\nnet = hk.transform(f)\n",
    "a list that nothing registers": "class Net(hk.Module):\n    def __init__(self):\n        super().__init__()\n"
    "        layers = [hk.Linear(3)]\n        self.layers = layers\n\n    def __call__(self, x):\n"
    "        return self.layers[0](x)\n",
    "an array made of a parameter": "class Net(hk.Module):\n    def __init__(self):\n        super().__init__()\n"
    "        w = hk.get_parameter('gain', [], init=jnp.ones)\n        self.gain = jnp.exp(w)\n\n"
    "    def __call__(self, x):\n        return x * self.gain\n",
    "a key of the constructor": "class Net(hk.Module):\n    def __init__(self):\n        super().__init__()\n"
    "        self.key = hk.next_rng_key()\n\n    def __call__(self, x):\n"
    "        return x + jax.random.normal(self.key, x.shape)\n",
    "a layer that its constructor calls": "class Net(hk.Module):\n    def __init__(self):\n        super().__init__()\n"
    "        self.embed = hk.Embed(3, 4)\n        self.table = self.embed.embeddings\n\n"
    "    def __call__(self, x):\n        return x @ self.table.T\n",
    "first values that a call decides": "class Net(hk.Module):\n    def __call__(self, x):\n"
    "        scale = hk.get_parameter('gain', [], init=jnp.ones)\n"
    "        return hk.Linear(3, w_init=hk.initializers.Constant(scale))(x)\n",
    "calls change an attribute": "class Net(hk.Module):\n    def __init__(self):\n        super().__init__()\n"
    "        self.steps = 0\n\n    def __call__(self, x):\n        self.steps = self.steps + 1\n"
    "        return hk.Linear(3)(x) * self.steps\n",
    "calls fill a list": "class Net(hk.Module):\n    def __init__(self):\n        super().__init__()\n"
    "        self.seen = []\n\n    def __call__(self, x):\n        self.seen.append(x)\n"
    "        return hk.Linear(3)(sum(self.seen))\n",
    "an attribute is set from outside": "class Net(hk.Module):\n    def __init__(self, width):\n"
    "        super().__init__()\n        self.width = width\n\n    def __call__(self, x):\n"
    "        return hk.Linear(self.width)(x)\n\n\ndef f(x):\n    net = Net(3)\n    net.width = 4\n"
    "    return net(x)\n\n\nnet = hk.transform(f)\n",
    "state that is read again": "class Net(hk.Module):\n    def __call__(self, x):\n"
    "        hk.set_state('last', x)\n        return hk.get_state('last') * 2\n",
}


@pytest.mark.parametrize("why", KEPT)
def test_what_keeps_the_form_of_haiku(why):
    """What is not surely the same has haiku's way of naming."""
    found = convert_text(HEAD + KEPT[why], "jax", "torch")
    assert not found.error
    assert not any(name.startswith("haiku.plain.") for name in found.helpers), found.code
    assert any(name.startswith("haiku.") for name in found.helpers), found.helpers
