"""Graphs of PyTorch code with ``torch.func``: functions inside functions."""

from __future__ import annotations

import ivy
import numpy as np
import pytest
from ivy import exceptions

torch = pytest.importorskip("torch")
pytree = torch.utils._pytree


def loss(w, row):
    return (torch.tanh(row @ w) ** 2).mean()


def mapped(w, x):
    return torch.func.vmap(lambda row: torch.tanh(w @ row) * row.sum())(x)


def per_sample(w, x):
    return torch.func.vmap(torch.func.grad(loss), in_dims=(None, 0))(w, x)


def of_both(w, x):
    return torch.func.grad(loss, argnums=(0, 1))(w, x)


def stepped(w, x):
    gradient, value = torch.func.grad_and_value(loss)(w, x)
    return w - 0.1 * gradient, value


def derivatives(w, x):
    def wave(z):
        return torch.sin(z) * z[0] + w[0]

    return torch.func.jacrev(wave)(x[0]), torch.func.jacfwd(wave)(x[1])


def curvature(w, x):
    return torch.func.hessian(lambda z: (z**3).sum() * z[0])(x[0]) + w


def along(w, x):
    return torch.vmap(lambda column: column.cumsum(0), in_dims=1, out_dims=1)(x)


CASES = (mapped, per_sample, of_both, stepped, derivatives, curvature, along)


def drawn(seed):
    rng = np.random.default_rng(seed)
    return torch.tensor(rng.normal(size=(3, 3)), dtype=torch.float32), torch.tensor(
        rng.normal(size=(4, 3)), dtype=torch.float32
    )


def agree(found, expected):
    found, expected = pytree.tree_leaves(found), pytree.tree_leaves(expected)
    assert len(found) == len(expected)
    for one, other in zip(found, expected, strict=True):
        np.testing.assert_allclose(np.asarray(ivy.to_numpy(one)), other.numpy(), rtol=1e-5, atol=1e-6)


@pytest.mark.parametrize("function", CASES)
def test_functions_of_functions(function):
    graph = ivy.trace_graph(function, args=drawn(0))
    agree(graph(*drawn(1)), function(*drawn(1)))


@pytest.mark.parametrize("function", [case for case in CASES if case is not stepped])
def test_functions_of_functions_in_jax(function):
    pytest.importorskip("jax")
    agree(tuple(ivy.trace_graph(function, to="jax", args=drawn(0))(*drawn(1))), tuple(function(*drawn(1))))


def test_they_are_nested_functions():
    assert ivy.trace_graph(per_sample, args=drawn(0)).source.endswith("""
def per_sample(w: torch.Tensor, x: torch.Tensor):

    def grad_of_loss(x_0: torch.Tensor, x_1: torch.Tensor):

        def loss(w: torch.Tensor, row: torch.Tensor):
            return (torch.tanh(row @ w) ** 2).mean()

        grad = torch.func.grad(loss)(x_0, x_1)
        return grad

    vmap = torch.func.vmap(grad_of_loss, in_dims=(None, 0))(w, x)
    return vmap
""")


def test_they_are_themselves_again_afterwards():
    before = torch.func.vmap, torch.func.grad, torch.vmap
    ivy.trace_graph(mapped, args=drawn(0))
    assert before == (torch.func.vmap, torch.func.grad, torch.vmap)


def test_what_is_not_followed_is_refused():
    def changes(w, x):
        def inner(row):
            w.add_(1.0)
            return row.sum()

        return torch.func.grad(inner)(x[0])

    def draws(w, x):
        return torch.func.vmap(lambda row: row * torch.rand(3), randomness="different")(x)

    with pytest.raises(exceptions.NotTraceable, match="in-place operation"):
        ivy.trace_graph(changes, args=drawn(0))
    with pytest.raises(exceptions.NotTraceable, match="random"):
        ivy.trace_graph(draws, args=drawn(0))
    with pytest.raises(exceptions.DataDependent):
        ivy.trace_graph(lambda x: torch.func.grad(lambda z: z.sum() if z[0] > 0 else z[0])(x), args=(drawn(0)[1][0],))
