"""``torch.autograd.grad(loss, model.parameters())`` in converted code: the numbers of PyTorch, also where trained on."""

import textwrap

import numpy as np
import pytest

torch = pytest.importorskip("torch")

import ivy  # noqa: E402
from ivy.s2s.api import source_to_source  # noqa: E402

from . import parameter_gradients_source as source  # noqa: E402
from .converted_text import converted as converted_text  # noqa: E402

TARGETS = {"jax": "flax", "tensorflow": "keras"}
NAMES = [case.__name__ for case in source.CASES]
TRAINED = [case.__name__ for case in source.TRAINED]


def inputs():
    return np.random.default_rng(5).standard_normal((4, 3, 6)).astype(np.float32)


@pytest.fixture(scope="module")
def net():
    torch.manual_seed(3)
    return source.Net()


@pytest.fixture(scope="module", params=TARGETS)
def converted(request, net):
    """The converted file as a module, a model with the weights of PyTorch's, and inputs."""
    pytest.importorskip(TARGETS[request.param])
    with open(source.__file__) as file:
        module = converted_text(file.read(), "torch", request.param)
    if request.param == "jax":
        import jax.numpy as jnp

        given = jnp.asarray(inputs())
    else:
        import tensorflow as tf

        given = tf.constant(inputs())
    model = module.Net()
    model(given)
    ivy.load_weights(model, net.state_dict(), source="torch")
    return request.param, module, model, given


@pytest.mark.parametrize("name", NAMES)
def test_gradients_of_parameters(converted, net, name):
    _, module, model, given = converted
    expected = getattr(source, name)(net, torch.from_numpy(inputs()))
    found = getattr(module, name)(model, given)
    np.testing.assert_allclose(np.asarray(found), expected.detach().numpy(), rtol=2e-4, atol=2e-6)


@pytest.mark.parametrize("name", TRAINED)
def test_gradients_are_trained_on(converted, net, name):
    """The derivatives of what is computed of gradients, with respect to the weights."""
    target, module, model, given = converted
    net.zero_grad()
    getattr(source, name)(net, torch.from_numpy(inputs())).pow(2).sum().backward()
    if target == "jax":
        from flax import nnx

        compute = nnx.jit(nnx.grad(lambda model: (getattr(module, name)(model, given) ** 2).sum()))
        state = nnx.to_pure_dict(compute(model))
        gradients = {key: state[key.split(".")[0]][key.split(".")[1]] for key in net.state_dict()}
    else:
        import tensorflow as tf

        weights = {key: getattr(getattr(model, key.split(".")[0]), key.split(".")[1]) for key in net.state_dict()}
        with tf.GradientTape() as tape:
            loss = tf.reduce_sum(getattr(module, name)(model, given) ** 2)
        gradients = tape.gradient(loss, {key: getattr(w, "stored", w).value for key, w in weights.items()})
        gradients["conv.weight"] = tf.transpose(gradients["conv.weight"], [2, 1, 0])
    for key, parameter in net.named_parameters():
        np.testing.assert_allclose(np.asarray(gradients[key]), parameter.grad.numpy(), rtol=1e-3, atol=1e-5)


REFUSED = {
    "not computed here": """
        def slopes(net, loss):
            return torch.autograd.grad(loss, net.parameters())
        """,
    "computed in passes before": """
        def slopes(net, xs):
            total = torch.zeros(())
            for x in xs:
                total = total + net(x).sum()
                grads = torch.autograd.grad(total, net.parameters())
            return grads
        """,
    "computed in a loop before": """
        def slopes(net, xs):
            hidden = xs[0]
            for x in xs:
                hidden = net(hidden) + x
                if x.sum() > 0:
                    loss = hidden.pow(2).sum()
                    grads = torch.autograd.grad(loss, net.parameters())
            return grads
        """,
    "of other arrays too": """
        def slopes(net, x):
            return torch.autograd.grad(net(x).sum(), [x, *net.parameters()])
        """,
}


@pytest.mark.parametrize("target", TARGETS)
@pytest.mark.parametrize("text", REFUSED.values(), ids=REFUSED)
def test_what_is_not_clear_is_refused(tmp_path, text, target):
    (tmp_path / "code.py").write_text("import torch\n" + textwrap.dedent(text))
    report = source_to_source(tmp_path / "code.py", to=target, out=tmp_path / "out.py")
    assert any(d.grade == "refused" for d in report.diagnostics)


NORMS = """
import torch
import torch.nn as nn


class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.layers = nn.Sequential(
            nn.Conv1d(2, 4, 3), nn.BatchNorm1d(4), nn.Tanh(), nn.GroupNorm(2, 4), nn.Tanh(),
            nn.InstanceNorm1d(4), nn.Tanh(), nn.LayerNorm(5), nn.Flatten(), nn.Linear(20, 1),
        )

    def forward(self, x):
        return self.layers(x)


def penalty(net, x):
    x = x.clone().requires_grad_(True)
    gradients = torch.autograd.grad(net(x).sum(), x, create_graph=True)[0]
    return torch.autograd.grad((gradients**2).sum(), x)[0]
"""


def test_second_derivatives_of_normalization():
    """`tf.nn.moments` takes the mean of the variance for a constant."""
    pytest.importorskip("keras")
    import tensorflow as tf

    own = {}
    exec(NORMS, own)  # noqa: S102
    torch.manual_seed(4)
    net = own["Net"]()
    module = converted_text(NORMS, "torch", "tensorflow")
    x = np.random.default_rng(6).standard_normal((3, 2, 7)).astype(np.float32)
    model = module.Net()
    model(x)
    ivy.load_weights(model, net.state_dict(), source="torch")
    expected = own["penalty"](net, torch.from_numpy(x))
    found = module.penalty(lambda x: model(x, training=True), tf.constant(x))
    np.testing.assert_allclose(np.asarray(found), expected.numpy(), rtol=1e-3, atol=1e-4)
