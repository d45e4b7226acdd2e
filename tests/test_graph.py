"""``ivy.trace_graph``: what is recorded, how it is written, and that it computes what the function computes."""

from __future__ import annotations

import importlib.util
import inspect
import pickle
import subprocess
import sys
import threading
from pathlib import Path

import ivy
import numpy as np
import pytest
from ivy import exceptions

torch = pytest.importorskip("torch")
jax = pytest.importorskip("jax")
jnp = jax.numpy

from . import kornia_cases, traced_source  # noqa: E402


def drawn(seed, *shapes):
    rng = np.random.default_rng(seed)
    return [rng.standard_normal(shape).astype(np.float32) for shape in shapes]


def tensors(seed, *shapes):
    return tuple(map(torch.from_numpy, drawn(seed, *shapes)))


def arrays(seed, *shapes):
    return tuple(map(jnp.asarray, drawn(seed, *shapes)))


def leaves(value):
    if isinstance(value, dict):
        value = list(value.values())
    if isinstance(value, (tuple, list)):
        return [leaf for item in value for leaf in leaves(item)]
    return leaves([*vars(value).values()]) if hasattr(value, "__dataclass_fields__") else [value]


def host(value):
    return np.asarray(value.detach() if hasattr(value, "detach") else value)


def same(found, expected, rtol=1e-5):
    found, expected = leaves(found), leaves(expected)
    assert len(found) == len(expected)
    for one, other in zip(found, expected):
        if one is None and other is None:
            continue
        np.testing.assert_allclose(host(one), host(other), rtol=rtol, atol=1e-5)


LOSS = '''import jax
import jax.numpy as jnp


def jax_loss(predictions: jax.Array, targets: jax.Array):
    """Root of the mean square."""
    error = predictions - targets
    return jnp.sqrt(jnp.mean(error**2))
'''
CHANGES = """import torch
import torch.nn.functional as F


def torch_changes(x: torch.Tensor, y: torch.Tensor):
    z = x @ y.T * 2 + 1
    z[0] = 2.0
    z[:, 1:3] = z[:, 1:3] * 2
    row = z[1]
    z = z.clone()
    z[1] = row.clamp(min=0)
    z = F.relu(z) + 0
    z = F.relu(z) + 1
    values, indices = z.max(dim=1)
    return (
        z.view(4, -1).t()
        * torch.tensor([0.5, 0.525641, 0.55128205, 0.5769231], dtype=torch.float32),
        values,
        indices,
    )
"""


def test_a_graph_is_straight_line_code_of_the_framework():
    graph = ivy.trace_graph(traced_source.jax_loss, args=arrays(0, (3,), (3,)))
    assert graph.source == LOSS
    assert graph.to("torch").source == (
        LOSS.replace("jax.Array", "torch.Tensor")
        .replace("import jax\nimport jax.numpy as jnp", "import torch")
        .replace("jnp", "torch")
    )
    assert (graph.warnings, graph.constants, graph.framework) == ([], {}, "jax")


def test_changes_in_place_become_changes_of_copies():
    graph = ivy.trace_graph(traced_source.torch_changes, args=tensors(0, (4, 5), (4, 5)))
    assert graph.source == CHANGES


SAME = [
    ("jax_loss", arrays, ((3,), (3,))),
    ("jax_switches", arrays, ((4, 5), (4, 5))),
    ("numpy_changes", lambda *a: tuple(drawn(*a)), ((4, 5), (4, 5))),
    ("torch_changes", tensors, ((4, 5), (4, 5))),
    ("hub_scores", lambda *a: tuple(drawn(*a)), ((4, 5), (4, 5))),
]


@pytest.mark.parametrize("name, make, shapes", SAME, ids=[case[0] for case in SAME])
@pytest.mark.parametrize("target", ["", "torch", "jax", "tensorflow", "numpy", "ivy"])
def test_graphs_compute_what_the_function_does_for_other_values(name, make, shapes, target):
    if target:
        pytest.importorskip(target)
    function = getattr(traced_source, name)
    graph = ivy.trace_graph(function, to=target or None, args=make(0, *shapes))
    given = make(1, *shapes)
    expected = function(*given)
    same(graph(*given), expected)
    same(function(*given), expected)


def test_dtypes_are_the_functions_own():
    def halves(x, i):
        return x.half().sum(), i // 2, i > 1, x.double() * i

    graph = ivy.trace_graph(halves, args=(torch.ones(3), torch.arange(3)))
    given = (torch.rand(3), torch.tensor([5, 6, 7]))
    assert [leaf.dtype for leaf in graph(*given)] == [leaf.dtype for leaf in halves(*given)]


def test_containers_go_in_and_come_out():
    image, other, bias = tensors(0, (4,), (4,), (2,))
    graph = ivy.trace_graph(
        traced_source.torch_containers,
        args=(traced_source.Batch(image), other),
        kwargs={"bias": bias},
    )
    given = traced_source.Batch(other), image
    found = graph(*given, bias=bias + 1)
    expected = traced_source.torch_containers(*given, bias=bias + 1)
    assert (
        type(found[0]) is traced_source.Moments
        and type(found[1]) is traced_source.Batch
        and found[1].count == 3
    )
    same(found, expected)
    assert list(inspect.signature(graph).parameters) == ["batch", "others", "scale", "named"]
    with pytest.raises(exceptions.GraphMismatch, match="scale was 2.0 when traced"):
        graph(*given, bias=bias, scale=3.0)


def test_one_array_in_two_places_is_two_arguments():
    (x,) = tensors(0, (3,))
    graph = ivy.trace_graph(lambda pair, other: pair[0] - 2 * pair[1] + other, args=((x, x), x))
    same(graph((x, x + 1), x + 2), x - 2 * (x + 1) + x + 2)


def test_models_hold_their_parameters():
    net = traced_source.Net().eval()
    graph = ivy.trace_graph(net, args=tensors(0, (2, 3, 8, 8)))
    (x,) = tensors(1, (2, 3, 8, 8))
    assert graph.constants["conv_weight"] is net.conv.weight
    same(graph(x), net(x))
    graph(x).sum().backward()
    found = net.conv.weight.grad.clone()
    net.zero_grad()
    net(x).sum().backward()
    same(found, net.conv.weight.grad)
    for target in ("jax", "tensorflow", "numpy"):
        pytest.importorskip(target)
        same(graph.to(target)(x), net(x), rtol=1e-4)


def test_random_numbers_stay_random():
    graph = ivy.trace_graph(traced_source.torch_random, args=(torch.ones(3),))
    assert "torch.randn(3)" in graph.source and "F.dropout" in graph.source
    torch.manual_seed(3)
    found = graph(torch.ones(3))
    torch.manual_seed(3)
    noise = torch.randn(3)
    torch.manual_seed(3)
    same(found, traced_source.torch_random(torch.ones(3)))
    assert not torch.equal(graph(torch.ones(3)), graph(torch.ones(3))) and noise.shape == (3,)


def test_gradients_flow_and_stop_where_they_do_in_the_function():
    graph = ivy.trace_graph(traced_source.torch_without_gradient, args=tensors(0, (3,), (3,)))
    w = torch.rand(3)
    x, z = (torch.arange(3.0, requires_grad=True) for _ in range(2))
    graph(x, w).sum().backward()
    traced_source.torch_without_gradient(z, w).sum().backward()
    same(x.grad, z.grad)
    loss = ivy.trace_graph(traced_source.jax_loss, args=arrays(0, (3,), (3,)))
    one, two = arrays(1, (3,), (3,))
    same(jax.grad(loss)(one, two), jax.grad(traced_source.jax_loss)(one, two))


def test_graphs_run_inside_jit_and_compile():
    graph = ivy.trace_graph(traced_source.torch_changes, args=tensors(0, (4, 5), (4, 5)))
    given = tensors(1, (4, 5), (4, 5))
    expected = traced_source.torch_changes(*given)
    same(torch.compile(graph.function, backend="eager", fullgraph=True)(*given), expected)
    same(jax.jit(graph.to("jax"))(*arrays(1, (4, 5), (4, 5))), expected)

    class Module(torch.nn.Module):
        def forward(self, x, y):
            return graph.function(x, y)

    same(torch.export.export(Module(), given).module()(*given), expected)


DECIDING = {
    "branch": "if x.sum() > 0:",
    "loop": "while x.sum() < 10:",
    "number": "return x * float(x.sum())",
    "place": "return x[int(x.argmax())]",
    "host": "return x * x.sum().item()",
    "outside": "return x + torch.from_numpy(np.asarray(x) * 2)",
}


@pytest.mark.parametrize("name", DECIDING)
def test_values_that_python_decides_with_are_told_with_their_place(name):
    function = getattr(traced_source, name)
    with pytest.raises(exceptions.DataDependent) as caught:
        ivy.trace_graph(function, args=(torch.tensor([1.0, 2.0]),))
    lines, start = inspect.getsourcelines(function)
    line = start + next(at for at, text in enumerate(lines) if text.strip() == DECIDING[name])
    assert f"{traced_source.__file__}:{line}, in {name}\n    {DECIDING[name]}" in str(caught.value)
    assert "freeze=True" in str(caught.value)


def test_places_are_those_of_the_users_file_when_code_was_converted():
    with pytest.raises(exceptions.DataDependent) as caught:
        ivy.trace_graph(traced_source.jax_branch, args=arrays(0, (3,)))
    lines, start = inspect.getsourcelines(traced_source.jax_branch)
    assert f"{traced_source.__file__}:{start + 2}, in jax_branch\n    if y.sum() > 0:" in str(
        caught.value
    )


def test_what_is_frozen_is_listed():
    graph = ivy.trace_graph(traced_source.branch, args=(torch.ones(3),), freeze=True)
    assert len(graph.warnings) == 1 and "if x.sum() > 0:" in graph.warnings[0]
    same(graph(-torch.ones(3)), -torch.ones(3))
    checked = ivy.trace_graph(traced_source.guarded, args=(torch.ones(3),))
    assert ["this check is not part of the graph" in text for text in checked.warnings] == [True]
    changed = ivy.trace_graph(traced_source.changes_its_argument, args=(torch.ones(3),))
    assert changed.warnings == [
        "the function changes an array that it is given; the graph does not"
    ]


def test_changes_through_views_that_are_not_followed_are_refused():
    with pytest.raises(exceptions.NotTraceable, match="through a view"):
        ivy.trace_graph(traced_source.through_a_view, args=(torch.ones(2, 2),))


def test_an_exception_in_the_function_does_not_hide_what_was_decided():
    def hiding(x):
        try:
            return x * float(x.sum())
        except TypeError:
            return x

    with pytest.raises(exceptions.DataDependent):
        ivy.trace_graph(hiding, args=(torch.ones(3),))


def test_calls_that_the_graph_does_not_hold_for_are_refused():
    graph = ivy.trace_graph(traced_source.torch_changes, args=tensors(0, (4, 5), (4, 5)))
    with pytest.raises(
        exceptions.GraphMismatch, match=r"x has shape \(6, 5\), traced with \(4, 5\)"
    ):
        graph(*tensors(0, (6, 5), (6, 5)))
    with pytest.raises(exceptions.GraphMismatch, match="n was 2 when traced"):
        graph(*tensors(0, (4, 5), (4, 5)), 3)
    free = ivy.trace_graph(traced_source.jax_loss, args=arrays(0, (3,), (3,)))
    given = arrays(0, (7,), (7,))
    same(free(*given), traced_source.jax_loss(*given))
    with pytest.raises(exceptions.GraphMismatch, match="has shape"):
        free(*arrays(0, (7, 2), (7, 2)))


def test_a_graph_without_arguments_is_traced_when_it_is_called():
    graph = ivy.trace_graph(traced_source.jax_loss, to="torch")
    with pytest.raises(exceptions.IvyError, match="not traced yet"):
        graph.source  # noqa: B018
    given = tensors(0, (3,), (3,))
    found = graph(*given)
    assert isinstance(found, torch.Tensor) and "torch.sqrt" in graph.source
    same(found, traced_source.jax_loss(*arrays(0, (3,), (3,))))


def test_graphs_pickle_and_show_their_source():
    graph = ivy.trace_graph(traced_source.Net().eval(), args=tensors(0, (2, 3, 8, 8)))
    (x,) = tensors(1, (2, 3, 8, 8))
    for one in (graph, graph.to("jax")):
        same(pickle.loads(pickle.dumps(one))(x), one(x))
        assert inspect.getsource(one.function) in one.source


@pytest.mark.parametrize("target", ["torch", "jax", "numpy"])
def test_saved_graphs_run_without_ivy(target, tmp_path):
    net = traced_source.Net().eval()
    (x,) = tensors(1, (2, 3, 8, 8))
    path = ivy.trace_graph(net, to=target, args=(x,)).save(tmp_path / "net")
    np.save(tmp_path / "x.npy", x.numpy())
    module = {"torch": "torch", "jax": "jax.numpy", "numpy": "numpy"}[target]
    script = (
        f"import sys; sys.modules['ivy'] = None; import numpy as np, net, {module} as xp\n"
        "x = np.load('x.npy')\n"
        f"x = xp.{'from_numpy' if target == 'torch' else 'asarray'}(x)\n"
        f"out = net.Net(x); np.save('out.npy', np.asarray(out.detach() if hasattr(out, 'detach') else out))\n"
    )
    subprocess.run([sys.executable, "-c", script], cwd=tmp_path, check=True, timeout=120)
    assert path == tmp_path / "net.py"
    same(np.load(tmp_path / "out.npy"), net(x), rtol=1e-4)


def test_pictures_need_nothing_else(tmp_path):
    graph = ivy.trace_graph(traced_source.jax_switches, args=arrays(0, (4, 5), (4, 5)))
    page = graph.show(tmp_path / "graph.html").read_text()
    picture = graph._repr_svg_()
    assert (
        picture in page
        and "<script" not in page
        and "http" not in page.replace("http://www.w3.org/2000/svg", "")
    )
    assert picture.startswith("<svg") and "float32 (4, 5)" in picture
    assert graph.dot().startswith('digraph "jax_switches" {') and "->" in graph.dot()


def test_other_threads_are_not_recorded():
    seen = []

    def outer(x):
        worker = threading.Thread(target=lambda: seen.append(ivy.sum(np.ones(3))))
        worker.start()
        worker.join()
        return ivy.sum(x) + 1

    graph = ivy.trace_graph(outer, args=(np.ones(2),))
    assert set(seen) == {3.0} and type(seen[0]) is np.float64 and graph(np.ones(4)) == 5.0


def test_kornia_graphs_compute_what_kornia_does():
    if importlib.util.find_spec("kornia") is None:
        pytest.skip("kornia is not installed")
    outcomes = kornia_outcomes(kornia_cases.CASES[::12])
    print("\n".join(f"{case:70} {outcome}" for case, outcome in outcomes.items()))
    assert not {
        case for case, outcome in outcomes.items() if outcome not in ("equal", "DataDependent")
    }
    assert sum(outcome == "equal" for outcome in outcomes.values()) >= 14


@pytest.mark.slow
def test_all_kornia_graphs_compute_what_kornia_does():
    if importlib.util.find_spec("kornia") is None:
        pytest.skip("kornia is not installed")
    outcomes = kornia_outcomes(kornia_cases.CASES)
    assert not {
        case
        for case, outcome in outcomes.items()
        if outcome not in ("equal", "DataDependent", "other objects", "no call")
    }
    assert sum(outcome == "equal" for outcome in outcomes.values()) >= 176


class Calls:
    """A module whose functions give what they were called with."""

    def __init__(self, module):
        self.module = module

    def __getattr__(self, name):
        found = getattr(self.module, name)
        return (
            (lambda *args, **kwargs: (found, args, kwargs)) if inspect.isfunction(found) else found
        )


def kornia_outcomes(cases):
    """Trace each case, then call graph and function with other values."""
    spaces = {
        name: Calls(importlib.import_module(module))
        for name, module in kornia_cases.MODULES.items()
    }
    outcomes = {}
    for case in cases:
        function, args, kwargs = eval(case, spaces | kornia_cases.makers("torch", 1))
        try:
            graph = ivy.trace_graph(function, args=args, kwargs=kwargs)
        except exceptions.DataDependent:
            outcomes[case] = "DataDependent"
            continue
        _, args, kwargs = eval(case, spaces | kornia_cases.makers("torch", 2))
        try:
            found = graph(*args, **kwargs)
        except exceptions.GraphMismatch:  # a plain object among the arguments, which the case makes anew
            outcomes[case] = "other objects"
            continue
        same(found, function(*args, **kwargs))
        outcomes[case] = "equal"
    return outcomes


def test_optax_graphs_compute_what_optax_does():
    losses = pytest.importorskip("optax").losses
    for name in (
        "squared_error",
        "huber_loss",
        "log_cosh",
        "cosine_similarity",
        "sigmoid_binary_cross_entropy",
    ):
        function = getattr(losses, name)
        graph = ivy.trace_graph(function, args=arrays(0, (4, 5), (4, 5)))
        given = arrays(1, (4, 5), (4, 5))
        same(graph(*given), function(*given))
        same(graph.to("torch")(*given), function(*given))


def test_objects_with_methods_leave_no_trace():
    class Power:
        def __init__(self, power):
            self.power = power

        def __call__(self, x, where=None):
            return jnp.sum(x**self.power, where=where)

    power = Power(3)
    graph = ivy.trace_graph(
        lambda x: jax.jit(power)(x.T) + x.at[0].set(1.0)[0, 0], args=arrays(0, (3, 2))
    )
    assert (
        graph.source.splitlines()[-1]
        == "    return jnp.sum(x.T**3, where=None) + x.at[0].set(1.0)[0, 0]"
    )


@pytest.mark.parametrize("framework", ["tensorflow", "numpy"])
def test_functions_of_the_frameworks_are_themselves_again_afterwards(framework):
    module = pytest.importorskip(framework)
    before = dict(vars(module))

    def outer(x):
        worker = threading.Thread(target=lambda: seen.append(module.abs(np.float32(-2.0))))
        worker.start()
        worker.join()
        return module.abs(x) * 2

    seen: list = []
    given = module.abs(np.ones(3, np.float32))
    graph = ivy.trace_graph(outer, args=(given,))
    assert graph.source.count("abs(x)") == 1 and float(seen[0]) == 2.0
    assert {
        name: value for name, value in vars(module).items() if before.get(name, value) is not value
    } == {}


def test_rax_graphs_compute_what_rax_does():
    rax = pytest.importorskip("rax")
    names = [
        name
        for name in dir(rax)
        if name.endswith(("_loss", "_metric")) and callable(getattr(rax, name))
    ]
    for name in names[::4]:
        function = getattr(rax, name)
        graph = ivy.trace_graph(function, args=rank(0))
        same(graph(*rank(1)), function(*rank(1)))
        same(graph.to("torch")(*rank(1)), function(*rank(1)))


def rank(seed):
    rng = np.random.default_rng(seed)
    scores = jnp.asarray(rng.standard_normal((3, 5)).astype(np.float32))
    return scores, jnp.asarray(rng.integers(0, 3, (3, 5)).astype(np.float32))


def test_the_examples_of_the_page_are_true():
    page = (Path(__file__).parents[1] / "docs" / "tracing.md").read_text()
    blocks = page.split("```")[1::2]
    code = "\n".join(
        block.removeprefix("python\n") for block in blocks if block.startswith("python\n")
    )
    shown = [block.removeprefix("text\n") for block in blocks if block.startswith("text\n")]
    printed: list[str] = []
    namespace = {"print": lambda *values: printed.append(" ".join(map(str, values)).strip() + "\n")}
    import linecache

    linecache.cache["tracing.md"] = (len(code), None, code.splitlines(True), "tracing.md")
    exec(compile(code, "tracing.md", "exec"), namespace)
    assert printed == shown
