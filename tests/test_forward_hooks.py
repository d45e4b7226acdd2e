"""Hooks into calls of modules: what they keep, what they change, when they go, and what transformations make of them."""

import sys
import types

import numpy as np
import pytest

torch = pytest.importorskip("torch")

from ivy.s2s.pipeline import convert_text  # noqa: E402

from .converted_text import converted  # noqa: E402

TEXT = '''"""Features by hooks."""
import torch
from torch import nn


class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.first = nn.Linear(3, 4)
        self.body = nn.Sequential(nn.Linear(4, 4), nn.ReLU())
        self.last = nn.Linear(4, 2)

    def forward(self, x, scale=1.0):
        return self.last(self.body(self.first(x))) * scale


class Extractor(nn.Module):
    """Gives what layers of a model give."""

    def __init__(self, model, names):
        super().__init__()
        self.model = model
        self.features = {}
        for name, layer in model.named_modules():
            if name in names:
                layer.register_forward_hook(self.keeping(name))

    def keeping(self, name):
        def keep(module, args, output):
            self.features[name] = output

        return keep

    def forward(self, x):
        self.model(x)
        return [self.features["body"], self.features["first"]]


class Recorder:
    def __init__(self, layer):
        self.seen = []
        self.handle = layer.register_forward_hook(self.record)

    def record(self, module, args, output):
        self.seen.append(args[0].mean() + output.mean())


def kept(model, x):
    """What a hook keeps until it is removed."""
    recorder = Recorder(model.body[0])
    model(x)
    model(2 * x)
    recorder.handle.remove()
    model(x)
    return recorder.seen


def changed(model, x):
    """Arguments and outputs that hooks replace, in their order."""
    before = model.first.register_forward_pre_hook(lambda module, args: args[0] + 1)
    with model.last.register_forward_hook(lambda module, args, output: output * 2):
        model.last.register_forward_hook(lambda module, args, output: output + 3, prepend=True)
        whole = model.register_forward_pre_hook(
            lambda module, args, kwargs: (args, {"scale": kwargs["scale"] + 1}), with_kwargs=True
        )
        first = model(x, scale=0.5)
    before.remove()
    whole.remove()
    return [first, model(x), isinstance(model.last, nn.Linear)]


def extracted(model, x):
    return Extractor(model, ["first", "body"])(x)


def penalty(model, x):
    """A loss of what hooks keep."""
    outputs = []
    handles = [
        layer.register_forward_hook(lambda module, args, output: outputs.append(output))
        for layer in model.modules() if isinstance(layer, nn.Linear)
    ]
    loss = model(x).sum() + sum((output ** 2).mean() for output in outputs)
    for handle in handles:
        handle.remove()
    return loss


def trained(model, x):
    optimizer = torch.optim.SGD(model.parameters(), lr=0.1)
    optimizer.zero_grad()
    loss = penalty(model, x)
    loss.backward()
    optimizer.step()
    return [loss, model(x)]
'''
CASES = ["kept", "changed", "extracted", "trained"]
X = np.random.default_rng(0).standard_normal((5, 3)).astype(np.float32)


@pytest.fixture(scope="module")
def source():
    module = types.ModuleType("features_by_hooks")
    exec(TEXT, module.__dict__)  # noqa: S102
    return module


@pytest.fixture(scope="module", params=["jax", "tensorflow"])
def target(request):
    pytest.importorskip({"jax": "flax", "tensorflow": "keras"}[request.param])
    module = converted(TEXT, "torch", request.param)
    arrays = __import__({"jax": "jax.numpy", "tensorflow": "tensorflow"}[request.param], fromlist=["constant"])
    return module, getattr(arrays, "asarray", None) or arrays.constant


def state():
    torch.manual_seed(0)
    first, inner, last = torch.nn.Linear(3, 4), torch.nn.Linear(4, 4), torch.nn.Linear(4, 2)
    layers = {"first": first, "body.0": inner, "last": last}
    return {f"{n}.{k}": v.detach().numpy() for n, layer in layers.items() for k, v in layer.state_dict().items()}


def loaded(net):
    import ivy

    ivy.load_weights(net, state())
    return net


@pytest.mark.parametrize("name", CASES)
def test_hooks_see_and_change_what_they_do_in_torch(name, source, target):
    module, convert = target
    net = source.Net()
    net.load_state_dict({key: torch.from_numpy(value.copy()) for key, value in state().items()})
    wanted = getattr(source, name)(net, torch.from_numpy(X))
    found = getattr(module, name)(loaded(module.Net()), convert(X))
    assert len(wanted) == len(found)
    for one, other in zip(wanted, found):
        value = one.detach().numpy() if isinstance(one, torch.Tensor) else one
        np.testing.assert_allclose(np.asarray(other), value, rtol=1e-5, atol=1e-6)


def test_transformations_of_jax_keep_hooks():
    nnx = pytest.importorskip("flax.nnx")
    import jax.numpy as jnp

    module = converted(TEXT, "torch", "jax")
    net, x = loaded(module.Net()), jnp.asarray(X)
    np.testing.assert_allclose(nnx.jit(module.penalty)(net, x), module.penalty(net, x), rtol=1e-6)
    handle = module.register_forward_hook(net.last, lambda layer, args, output: output * 2)
    doubled = nnx.jit(lambda net, x: net(x))
    np.testing.assert_allclose(doubled(net, x), net(x), rtol=1e-6)
    handle.remove()
    np.testing.assert_allclose(doubled(net, x), net(x), rtol=1e-6)


def test_a_hook_of_a_module_from_outside_raises():
    """The copy that a transformation works on would give what was kept before."""
    nnx = pytest.importorskip("flax.nnx")
    import jax.numpy as jnp

    module = converted(TEXT, "torch", "jax")
    extractor = module.Extractor(loaded(module.Net()), ["first", "body"])
    extractor(jnp.asarray(X))
    with pytest.raises(ValueError, match="a hook keeps the Extractor from outside"):
        nnx.jit(lambda net, x: net(x))(extractor, jnp.asarray(2 * X))


def test_hooks_are_compiled_by_tensorflow():
    tf = pytest.importorskip("tensorflow")
    pytest.importorskip("keras")
    module = converted(TEXT, "torch", "tensorflow")
    net, x = loaded(module.Net()), tf.constant(X)
    np.testing.assert_allclose(tf.function(module.penalty)(net, x), module.penalty(net, x), rtol=1e-5)


@pytest.mark.parametrize(
    ("line", "target", "api"),
    [
        ("net.register_full_backward_hook(fn)", "jax", "torch.nn.Module.register_full_backward_hook"),
        ("layer.register_backward_hook(fn)", "tensorflow", "torch.nn.Module.register_backward_hook"),
        ("net.register_forward_hook(fn, always_call=True)", "jax", "torch.nn.Module.register_forward_hook"),
        ("net.register_forward_hook(fn)", "haiku", "torch.nn.Module.register_forward_hook"),
        ("net.register_forward_hook(fn)", "numpy", "torch.nn.Module.register_forward_hook"),
        ("net._forward_hooks.clear()", "jax", "torch.nn.Module._forward_hooks"),
    ],
)
def test_other_hooks_are_refused(line, target, api):
    text = f"from torch import nn\n\n\ndef hooked(layer, fn):\n    net = nn.Linear(2, 2)\n    return {line}\n"
    result = convert_text(text, "torch", target, "hooked")
    assert [(d.code, d.api) for d in result.diagnostics] == [("S2S100", api)]


def test_a_method_of_that_name_is_left():
    text = """from torch import nn


class Table(nn.Module):
    def register_forward_hook(self, fn):
        return fn


def registered(fn):
    return Table().register_forward_hook(fn)
"""
    result = convert_text(text, "torch", "jax", "table")
    assert "Table().register_forward_hook(fn)" in result.code and not result.diagnostics
    assert "hooks" not in sys.modules
