"""flax.linen modules in PyTorch: the variables of flax by the same names give the same results, state and gradients."""

from __future__ import annotations

import os
import sys
import types
from pathlib import Path

import numpy as np
import pytest

os.environ.setdefault("JAX_PLATFORMS", "cpu")
jax = pytest.importorskip("jax")
nn = pytest.importorskip("flax.linen")
torch = pytest.importorskip("torch")

from ivy.s2s.emit import helper_module  # noqa: E402
from ivy.s2s.pipeline import convert_text  # noqa: E402
from ivy.s2s.tables import load  # noqa: E402

SOURCE = Path(__file__).with_name("linen_source.py").read_text(encoding="utf-8")
HEAD = "import jax\nimport jax.numpy as jnp\nfrom flax import linen as nn\n\n\n"
IMAGE, SEQUENCE, TOKENS = (2, 12, 12, 4), (2, 7, 4), "tokens"
# (constructor, inputs, keywords of the call, collections that change)
MODELS = [
    ("CNN()", IMAGE, {}, []),
    ("ResNet((1, 1))", IMAGE, {"train": True}, ["batch_stats"]),
    ("ResNet((1, 1))", IMAGE, {"train": False}, []),
    ("VAE()", (3, 6), {}, []),
    ("Transformer(11, 8, 2)", TOKENS, {}, []),
    ("Seq(5)", SEQUENCE, {}, []),
    ("Counter()", (3, 4), {}, ["stats"]),
]
LAYERS = [
    ("nn.DenseGeneral((2, 3), axis=(1, 2))", SEQUENCE),
    ("nn.Conv(6, (3,), padding='CAUSAL')", SEQUENCE),
    ("nn.Conv(8, (3, 3), strides=(2, 2), feature_group_count=2, use_bias=False)", IMAGE),
    ("nn.ConvTranspose(6, (3, 3), strides=(2, 2))", IMAGE),
    ("nn.ConvTranspose(6, (4, 3), strides=(2, 3), padding='VALID', transpose_kernel=True)", IMAGE),
    ("nn.LayerNorm(epsilon=1e-3, reduction_axes=(1, 2), feature_axes=-1)", SEQUENCE),
    ("nn.InstanceNorm()", IMAGE),
    ("nn.GroupNorm(num_groups=None, group_size=2)", IMAGE),
    ("nn.BatchNorm(use_running_average=True, axis=1)", SEQUENCE),
    ("nn.SelfAttention(2, qkv_features=6, normalize_qk=True)", SEQUENCE),
    ("nn.PReLU()", SEQUENCE),
    ("nn.RNN(nn.LSTMCell(3), reverse=True, keep_order=True)", SEQUENCE),
    ("nn.Sequential([nn.Dense(3), nn.relu, nn.Dense(2)])", SEQUENCE),
]


def modules(text: str) -> tuple[types.ModuleType, types.ModuleType]:
    """The source as it is, and as it becomes in PyTorch."""
    found = convert_text(text, "jax", "torch")
    assert not found.error, found.error
    assert not [d for d in found.diagnostics if d.grade == "refused"], found.diagnostics
    source, to, helpers = (
        types.ModuleType(name) for name in ("linen_models", "torch_models", "torch_helpers")
    )
    sys.modules.update({"linen_models": source, "torch_models": to, "torch_helpers": helpers})
    exec(helper_module(found.helpers, load()["torch"]), helpers.__dict__)  # noqa: S102
    exec(text, source.__dict__)  # noqa: S102
    exec(found.code, to.__dict__)  # noqa: S102
    return source, to


@pytest.fixture(scope="module")
def models():
    return modules(SOURCE)


def given(shape):
    draw = np.random.default_rng(0)
    return (
        draw.integers(0, 11, (2, 7))
        if shape == TOKENS
        else draw.normal(size=shape).astype("float32")
    )


def drawn(variables):
    """Variables of flax with random values, and the same as tensors."""
    draw = np.random.default_rng(1)

    def value(path, old):
        made = (
            draw.uniform(0.2, 1, old.shape)
            if path[-1].key == "var"
            else draw.normal(size=old.shape) * 0.4
        )
        return made.astype(old.dtype)

    values = jax.tree_util.tree_map_with_path(value, variables)
    return values, jax.tree.map(lambda v: torch.tensor(v), values)


def same(ours, theirs) -> None:
    """Structures of arrays agree."""
    if isinstance(theirs, dict):
        assert set(ours) == set(theirs), (set(ours), set(theirs))
        return [same(ours[key], theirs[key]) for key in theirs] and None
    if isinstance(theirs, (tuple, list)):
        assert len(ours) == len(theirs)
        return [same(a, b) for a, b in zip(ours, theirs, strict=True)] and None
    ours, theirs = ours.detach().numpy(), np.asarray(theirs)
    assert ours.shape == theirs.shape and ours.dtype == theirs.dtype
    np.testing.assert_allclose(ours, theirs, rtol=2e-5, atol=2e-5 * max(1, np.abs(theirs).max()))


def flat(tree, name=""):
    """Tensors by their dotted names."""
    if not isinstance(tree, dict):
        return {name: tree}
    return {
        k: v
        for key, part in tree.items()
        for k, v in flat(part, f"{name}.{key}" if name else key).items()
    }


def compared(model, to, array, options, mutable) -> None:
    x = jax.numpy.asarray(array)
    variables = model.init(jax.random.key(0), x, **options)
    made = to.init(0, torch.tensor(array), **options)
    shapes = [jax.tree.map(lambda v: tuple(v.shape), tree) for tree in (variables, made)]
    assert shapes[0] == shapes[1]
    values, tensors = drawn(variables)
    expected = model.apply(values, x, mutable=mutable or False, **options)
    same(to.apply(tensors, torch.tensor(array), mutable=mutable or False, **options), expected)
    if "params" in variables:
        gradients(model, to, values, tensors, array, options, mutable)
    # As a module of PyTorch: weights by name, state in buffers.
    to(torch.tensor(array), **options)
    state = {k: v for tree in tensors.values() for k, v in flat(tree).items()}
    assert set(to.state_dict()) == set(state)
    to.load_state_dict(state)
    same(to(torch.tensor(array), **options), expected[0] if mutable else expected)
    if mutable:
        after = {k: v for tree in expected[1].values() for k, v in flat(tree).items()}
        same({key: to.state_dict()[key] for key in after}, after)


def gradients(model, to, values, tensors, array, options, mutable) -> None:
    def loss(params):
        output = model.apply(
            {**values, "params": params}, jax.numpy.asarray(array), mutable=mutable, **options
        )[0]
        return sum((leaf**2).sum() for leaf in jax.tree.leaves(output))

    expected = jax.grad(loss)(values["params"])
    params = jax.tree.map(lambda v: v.clone().requires_grad_(), tensors["params"])
    output = to.apply(
        {**tensors, "params": params}, torch.tensor(array), mutable=mutable, **options
    )[0]
    sum((leaf**2).sum() for leaf in jax.tree.leaves(output)).backward()
    for name, value in flat(expected).items():
        value = np.asarray(value)
        got = flat(params)[name].grad
        got = np.zeros_like(value) if got is None else got.numpy()
        np.testing.assert_allclose(
            got, value, rtol=2e-3, atol=2e-3 * max(1, np.abs(value).max()), err_msg=name
        )


@pytest.mark.parametrize(
    ("text", "shape", "options", "mutable"), MODELS, ids=[f"{m[0]}{m[2]}" for m in MODELS]
)
def test_model(models, text, shape, options, mutable):
    model, to = (eval(text, module.__dict__) for module in models)  # noqa: S307
    compared(model, to, given(shape), options, mutable)


@pytest.mark.parametrize(("text", "shape"), LAYERS, ids=[text for text, _ in LAYERS])
def test_layer(text, shape):
    source, to = modules(HEAD + f"def make():\n    return {text}\n")
    compared(source.make(), to.make(), given(shape), {}, [])


def test_method(models):
    """``apply`` of another method, and the same layers directly."""
    source, to = models
    x, z = given((3, 6)), given((3, 4))
    values, tensors = drawn(source.VAE().init(jax.random.key(0), x))
    expected = source.VAE().apply(values, z, method="generate")
    same(to.VAE().apply(tensors, torch.tensor(z), method="generate"), expected)
    same(to.VAE().apply(tensors, torch.tensor(z), method=to.VAE.generate), expected)
