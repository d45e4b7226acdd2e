"""flax.linen modules in other frameworks: the variables of flax by the same names give the same results and gradients."""

from __future__ import annotations

import functools
import os
from pathlib import Path

import numpy as np
import pytest

os.environ.setdefault("JAX_PLATFORMS", "cpu")
jax = pytest.importorskip("jax")
nn = pytest.importorskip("flax.linen")

import ivy  # noqa: E402

from .flax_layer_cases import LARGE as IMAGE  # noqa: E402
from .flax_layer_cases import LINEN as LAYERS  # noqa: E402
from .flax_layer_cases import SEQUENCE  # noqa: E402
from .flax_targets import (  # noqa: E402
    TARGETS,
    array,
    converted,
    dictionary_gradients,
    flat,
    gradients,
    mapped,
    module,
    same,
    state,
)  # fmt: skip

SOURCE = Path(__file__).with_name("linen_source.py").read_text(encoding="utf-8")
HEAD = "import jax\nimport jax.numpy as jnp\nfrom flax import linen as nn\n\n\n"
TOKENS = "tokens"
# (constructor, inputs, keywords of the call, collections that change)
MODELS = [
    ("CNN()", IMAGE, {}, []),
    ("ResNet((1, 1))", IMAGE, {"train": True}, ["batch_stats"]),
    ("ResNet((1, 1))", IMAGE, {"train": False}, []),
    ("VAE()", (3, 6), {}, []),
    ("Transformer(11, 8, 2)", TOKENS, {}, []),
    ("Seq(5)", SEQUENCE, {}, []),
    ("Counter()", (3, 4), {}, ["stats"]),
    ("Lifted(6)", (2, 4, 6), {}, []),
    ("Decoding()", (2, 1, 6), {}, ["cache"]),
]


TEXT = SOURCE + "".join(f"\n\ndef make_{i}():\n    return {text}\n" for i, (text, _) in enumerate(LAYERS))
CASES = [*MODELS, *((f"make_{i}()", shape, {}, []) for i, (_, shape) in enumerate(LAYERS))]
NAMES = [*(f"{m[0]}{m[2]}" for m in MODELS), *(text for text, _ in LAYERS)]


@pytest.fixture(scope="module")
def modules():
    """The models as they become in each target."""
    return {target: converted(TEXT, target) for target in TARGETS}


@functools.cache
def source():
    """The models as they are."""
    return module("linen_models", TEXT)


def made(text, owner):
    """A model of a module."""
    return eval(text, owner.__dict__)  # noqa: S307


def given(shape):
    draw = np.random.default_rng(0)
    return draw.integers(0, 11, (2, 7)) if shape == TOKENS else draw.normal(size=shape).astype("float32")


def drawn(variables):
    """Variables of flax with random values."""
    draw = np.random.default_rng(1)

    def value(path, old):
        spread = path[-1].key == "var"
        return (draw.uniform(0.2, 1, old.shape) if spread else draw.normal(size=old.shape) * 0.4).astype(old.dtype)

    return jax.tree_util.tree_map_with_path(value, variables)


@functools.cache
def reference(index):
    """Variables of a model of flax, what it computes with them, and the gradients of its parameters."""
    text, shape, options, mutable = CASES[index]
    model, x = made(text, source()), jax.numpy.asarray(given(shape))
    values = drawn(jax.eval_shape(functools.partial(model.init, **options), jax.random.key(0), x))

    @jax.jit
    @functools.partial(jax.grad, has_aux=True)
    def compute(params):
        output, changed = model.apply({**values, **params}, x, mutable=mutable, **options)
        loss = sum((leaf**2).sum() for leaf in jax.tree.leaves(output))
        return loss, (output, changed) if mutable else output

    grads, expected = compute({"params": values["params"]} if "params" in values else {})
    return values, expected, flat(grads.get("params", {}))


def agree(found, expected) -> None:
    """Gradients by name; one that is absent is zero."""
    for name, value in expected.items() if found else ():
        value = np.asarray(value)
        got = np.zeros_like(value) if found[name] is None else np.asarray(found[name])
        np.testing.assert_allclose(got, value, rtol=2e-3, atol=2e-3 * max(1, np.abs(value).max()), err_msg=name)


@pytest.mark.parametrize("index", range(len(CASES)), ids=NAMES)
@pytest.mark.parametrize("target", TARGETS)
def test_model(modules, index, target):
    text, shape, options, mutable = CASES[index]
    to, x = made(text, modules[target]), array(given(shape), target)
    values, expected, grads = reference(index)
    # With variables given, as flax computes.
    tensors = mapped(lambda value: array(value, target), values)
    sizes = [mapped(lambda v: tuple(v.shape), tree) for tree in (values, to.init(0, x, **options))]
    assert sizes[0] == sizes[1]
    same(to.apply(tensors, x, mutable=mutable or False, **options), expected)

    def compute(params):
        return to.apply({**tensors, "params": params}, x, mutable=mutable, **options)[0]

    agree(dictionary_gradients(compute, values["params"], target) if grads else {}, grads)
    # As a model of the target: weights by name, state in it.
    to(x, **options)
    ivy.load_weights(to, {k: v for tree in values.values() for k, v in flat(tree).items()})
    same(to(x, **options), expected[0] if mutable else expected)
    after = {k: v for tree in (expected[1] if mutable else {}).values() for k, v in flat(tree).items()}
    same({key: state(to)[key] for key in after}, after)
    agree(gradients(to, lambda: to(x, **options), target), {} if mutable else grads)


@pytest.mark.parametrize("target", TARGETS)
def test_method(modules, target):
    """``apply`` of another method, and the same layers directly."""
    x, z, to = given((3, 6)), given((3, 4)), modules[target]
    values = drawn(jax.eval_shape(source().VAE().init, jax.random.key(0), x))
    tensors = mapped(lambda value: array(value, target), values)
    expected = source().VAE().apply(values, z, method="generate")
    same(to.VAE().apply(tensors, array(z, target), method="generate"), expected)
    same(to.VAE().apply(tensors, array(z, target), method=to.VAE.generate), expected)


NESTED = """from flax import traverse_util
from flax.core import freeze, unfreeze
from flax.linen import attention


def renamed(params):
    flat = traverse_util.flatten_dict(unfreeze(params), sep="/")
    flat["a/e"] = flat.pop("a/b")
    paths = sorted(traverse_util.flatten_dict(freeze(params)))
    return traverse_util.unflatten_dict(flat, sep="/"), paths


def weights(query, key):
    return attention.dot_product_attention_weights(query, key, mask=query[:, None, :, :1, 0] > 0)
"""


@pytest.mark.parametrize("target", TARGETS)
def test_functions(target):
    """Nested dictionaries by paths, and attention weights."""
    own, theirs = converted(NESTED, target, "nested"), module("nested_source", NESTED)
    params = {"a": {"b": 1, "c": {"d": 2}}, "x": 3}
    assert own.renamed(params) == theirs.renamed(params)
    assert params["a"]["b"] == 1
    query, key = given((2, 5, 3, 4)), given((2, 5, 3, 4)) * 2
    same(own.weights(array(query, target), array(key, target)), theirs.weights(query, key))


@pytest.mark.parametrize("target", TARGETS)
def test_sown(modules, target):
    """Values on the way are returned where ``apply`` is asked for them."""
    x, to = given((2, 1, 6)), modules[target]
    values = drawn(jax.eval_shape(source().Decoding().init, jax.random.key(0), x))
    tensors = mapped(lambda value: array(value, target), values)
    expected = source().Decoding().apply(values, x, mutable=["cache", "intermediates"])
    same(to.Decoding().apply(tensors, array(x, target), mutable=["cache", "intermediates"]), expected)
