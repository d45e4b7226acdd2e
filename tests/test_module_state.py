"""State and modes of PyTorch's modules in JAX and TensorFlow: assigned buffers, comparisons, a ``train`` of their own."""

import importlib
import sys
from pathlib import Path

import ivy
import numpy as np
import pytest
from ivy.s2s.emit import helper_module
from ivy.s2s.pipeline import convert_text
from ivy.s2s.tables import load

from . import module_state_source as source

X = np.random.default_rng(0).standard_normal((4, 3)).astype(np.float32)


@pytest.fixture(scope="module", params=("jax", "tensorflow"))
def converted(request, tmp_path_factory):
    """The converted module, a function that makes its arrays, and its name."""
    target = request.param
    make = {"jax": ("jax.numpy", "asarray"), "tensorflow": ("tensorflow", "constant")}[target]
    arrays = pytest.importorskip(make[0])
    result = convert_text(Path(source.__file__).read_text(), "torch", target)
    folder = tmp_path_factory.mktemp(target)
    (folder / f"{target}_helpers.py").write_text(helper_module(result.helpers, load()[target]))
    (folder / f"module_state_{target}.py").write_text(result.code)
    with pytest.MonkeyPatch.context() as patch:
        patch.syspath_prepend(str(folder))
        patch.delitem(sys.modules, f"{target}_helpers", raising=False)
        yield importlib.import_module(f"module_state_{target}"), getattr(arrays, make[1]), target


def leaves(value):
    if isinstance(value, (list, tuple)):
        return [leaf for item in value for leaf in leaves(item)]
    return [np.asarray(value.detach() if hasattr(value, "detach") else value)]


def same(found, wanted):
    found, wanted = leaves(found), leaves(wanted)
    assert len(found) == len(wanted)
    for a, b in zip(found, wanted):
        np.testing.assert_allclose(a, b, rtol=1e-5, atol=1e-6)


def test_assigned_buffers_stay_in_the_state(converted):
    torch = pytest.importorskip("torch")
    module, make, target = converted
    ours, theirs = module.Assigned(), source.Assigned()
    call = ours
    if target == "tensorflow":
        import tensorflow as tf

        call = tf.function(lambda x: ours(x, training=True))
    for step in range(3):
        same(call(make(X * (step + 1))), theirs(torch.from_numpy(X * (step + 1))))
    if target == "jax":
        from flax import nnx

        held = {"/".join(map(str, path)): np.asarray(v) for path, v in nnx.to_flat_state(nnx.state(ours, nnx.Variable))}
    else:
        held = {name: np.asarray(getattr(ours, name)) for name in ("mean", "steps", "last")}
    same([held["mean"], held["steps"], held["last"]], [theirs.mean, theirs.steps, theirs.last])
    state = {name: value.numpy() * 0 + 2 for name, value in theirs.state_dict().items()}
    ivy.load_weights(ours, state)
    same([ours.mean, ours.steps], [np.full(3, 2.0), 2])


def test_compared_variables(converted):
    torch = pytest.importorskip("torch")
    module, make, _ = converted
    same(module.Compared()(make(X)), source.Compared()(torch.from_numpy(X)))


def test_train_of_a_module_itself(converted):
    torch = pytest.importorskip("torch")
    module, make, target = converted
    if target == "tensorflow":
        report = convert_text(Path(source.__file__).read_text(), "torch", target)
        assert [d.api for d in report.diagnostics if "asked for it" in d.message] == ["torch.nn.Module.train"]
        return
    ours, theirs = module.Around(), source.Around()
    for mode in (True, False, True):
        theirs.train(mode)
        (ours.train if mode else ours.eval)()
        same(ours(make(X)), theirs(torch.from_numpy(X)))
    part = ours.parts[0]
    same([part.norm.running_mean, part.free.running_mean], [theirs.parts[0].norm.running_mean, theirs.parts[0].free.running_mean])


@pytest.mark.parametrize("name", ("halves", "limited", "larger", "through"))
def test_functions(converted, name):
    torch = pytest.importorskip("torch")
    module, make, target = converted

    class Shift:
        def inverse(self, x, y):
            return x - y

    arguments = {
        "halves": lambda make: (make(X[:2, :]), lambda x: (x[0, :2], x[0, 0])),
        "limited": lambda make: (make(np.sort(X, axis=-1)), make(X[:, 0])),
        "larger": lambda make: (make(X), make(X[::-1].copy()), False),
        "through": lambda make: ([Shift(), Shift()], make(X), make(X * 2)),
    }[name]
    same(getattr(module, name)(*arguments(make)), getattr(source, name)(*arguments(torch.from_numpy)))
    if name == "larger":
        one = (make(X), make(X), True)
        same(module.larger(*one), source.larger(*map(torch.from_numpy, (X, X)), True))


def test_arrays_of_a_collection_are_not_changed_unseen(converted):
    module, make, _ = converted
    with pytest.raises(TypeError):
        module.scaled([make(X)])


def test_gradients_of_parameters_that_a_call_changes(converted):
    torch = pytest.importorskip("torch")
    module, make, target = converted
    ours, theirs = module.Clipped(), source.Clipped()
    theirs(torch.from_numpy(X)).pow(2).sum().backward()
    wanted = [theirs.scale.grad, theirs.shift.grad]
    if target == "jax":
        from flax import nnx

        found = nnx.grad(lambda model: (model(make(X)) ** 2).sum())(ours)
        same([found["scale"][...], found["shift"][...]], wanted)
        return
    import tensorflow as tf

    with tf.GradientTape() as tape:
        loss = tf.reduce_sum(ours(make(X)) ** 2)
    same(tape.gradient(loss, [ours.scale.value, ours.shift.value]), wanted)


def test_layer_that_is_filled_and_frozen(converted):
    torch = pytest.importorskip("torch")
    module, make, _ = converted
    same(module.Fixed()(make(X)), source.Fixed()(torch.from_numpy(X)))
