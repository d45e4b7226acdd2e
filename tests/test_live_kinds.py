"""What a user hands to ``ivy.transpile`` in a notebook: every kind of callable, argument, result and class, compared."""

import asyncio
import copy
import dataclasses
import functools
import inspect
import itertools
import linecache
import os
import pickle
import threading
import traceback
from collections import OrderedDict, defaultdict, namedtuple

os.environ.setdefault("JAX_PLATFORMS", "cpu")

import ivy
import numpy as np
import pytest
from ivy import exceptions

torch = pytest.importorskip("torch")
jax = pytest.importorskip("jax")
jnp = jax.numpy

X = np.array([1.0, -2.0, 3.0], np.float32)
Pair = namedtuple("Pair", "low high")
DEFAULT = torch.tensor([1.0, 1.0, 2.0])
CELLS = itertools.count()


def same(found, expected):
    assert isinstance(found, jax.Array), type(found)
    np.testing.assert_allclose(found, np.asarray(expected), rtol=1e-6)


def cell(text):
    """What a notebook's cell defines."""
    name = f"<ipython-input-{next(CELLS)}-of-kinds>"
    linecache.cache[name] = (len(text), None, text.splitlines(True), name)
    scope = {"__name__": "__main__"}
    exec(compile(text, name, "exec"), scope)  # noqa: S102
    return scope


def test_two_lambdas_on_one_line():
    first, second = (lambda x: torch.abs(x)), (lambda x: torch.neg(x))
    same(ivy.transpile(first, to="jax")(X), [1, 2, 3])
    same(ivy.transpile(second, to="jax")(X), [-1, 2, -3])
    table = {"a": lambda x: torch.abs(x) + 1, "b": lambda x: torch.abs(x) + 2}
    same(ivy.transpile(table["b"], to="jax")(X), [3, 4, 5])


class Scaler:
    """A class of no framework, with every kind of method."""

    unit = 2.0

    def __init__(self, factor):
        self.factor = factor
        self.weights = torch.tensor([1.0, 2.0, 3.0])

    def scaled(self, x):
        return torch.abs(x) * self.factor * self.weights

    @classmethod
    def doubled(cls, x):
        return torch.mul(x, cls.unit)

    @staticmethod
    def shifted(x, by=1.0):
        return torch.add(x, by)

    @property
    def total(self):
        return torch.sum(self.weights) * self.factor

    def __call__(self, x):
        return self.shifted(self.scaled(x))


def test_methods():
    same(ivy.transpile(Scaler.shifted, to="jax")(X), X + 1)
    same(ivy.transpile(Scaler.doubled, to="jax")(X), X * 2)
    cls = ivy.transpile(Scaler, source="torch", to="jax")
    assert cls.__name__ == "Scaler" and cls.__doc__ == Scaler.__doc__
    assert str(inspect.signature(cls)) == "(factor)"
    made = cls(3.0)
    same(made(jnp.asarray(X)), [4, 13, 28])
    same(made.total, 18)
    same(cls.doubled(jnp.asarray(X)), X * 2)


def test_methods_of_plain_objects():
    scaler = Scaler(3.0)
    scaler.factor = 2.0
    same(ivy.transpile(scaler.scaled, to="jax")(X), [2, 8, 18])
    same(ivy.transpile(scaler, source="torch", to="jax")(jnp.asarray(X)), [3, 9, 19])


def test_closures_over_arrays_and_functions():
    weights = torch.tensor([1.0, 2.0, 3.0])

    def inner(x):
        return torch.abs(x) * weights

    def outer(x):
        return torch.sum(inner(x))

    same(ivy.transpile(outer, to="jax")(X), 14)


def test_partials():
    def power(x, n, *, scale=1.0):
        return torch.pow(x, n) * scale

    same(ivy.transpile(functools.partial(power, n=2, scale=torch.tensor(3.0)), to="jax")(X), X**2 * 3)
    same(ivy.transpile(functools.partial(functools.partial(power, scale=2.0), n=3), to="jax")(X), X**3 * 2)


def test_jitted_and_compiled_functions():
    @jax.jit
    def jitted(x):
        return jnp.abs(x) + 1

    @functools.partial(jax.jit, static_argnames="n")
    def static(x, n=2):
        return jnp.power(x, n)

    @torch.compile
    def compiled(x):
        return torch.abs(x) + 1

    @torch.inference_mode()
    def inferred(x):
        return torch.abs(x) + 1

    given = torch.from_numpy(X)
    np.testing.assert_allclose(ivy.transpile(jitted, to="torch")(given), [2, 3, 4])
    np.testing.assert_allclose(ivy.transpile(static, to="torch")(given, n=2), [1, 4, 9])
    np.testing.assert_allclose(ivy.transpile(jax.jit(lambda x: jnp.abs(x) + 2), to="torch")(given), [3, 4, 5])
    same(ivy.transpile(compiled, to="jax")(X), [2, 3, 4])
    same(ivy.transpile(inferred, to="jax")(X), [2, 3, 4])


def test_functions_of_tensorflow_graphs():
    tf = pytest.importorskip("tensorflow")

    @tf.function
    def graph(x):
        return tf.abs(x) + 1

    @tf.function(jit_compile=False)
    def graph_with_options(x):
        return tf.abs(x) + 2

    same(ivy.transpile(graph, to="jax")(X), [2, 3, 4])
    same(ivy.transpile(graph_with_options, to="jax")(X), [3, 4, 5])


def test_local_classes_and_dataclasses():
    class Local:
        def __call__(self, x):
            return torch.abs(x)

    @dataclasses.dataclass
    class Config:
        scale: float = 2.0
        shift: float = 1.0

        def used(self, x):
            return torch.mul(x, self.scale) + self.shift

    same(ivy.transpile(Local, source="torch", to="jax")()(jnp.asarray(X)), [1, 2, 3])
    made = ivy.transpile(Config, source="torch", to="jax")(shift=0.0)
    same(made.used(jnp.asarray(X)), X * 2)
    assert dataclasses.asdict(made) == {"scale": 2.0, "shift": 0.0}


def test_cells():
    scope = cell("import torch\n\ndef helper(x):\n    return torch.abs(x)\n\ndef used(x):\n    return helper(x) + 1\n")
    same(ivy.transpile(scope["used"], to="jax")(X), [2, 3, 4])
    again = cell("import torch\n\ndef used(x):\n    return torch.neg(x)\n")
    same(ivy.transpile(again["used"], to="jax")(X), [-1, 2, -3])  # the cell was changed and run again


def test_without_text():
    scope = {"__name__": "__main__"}
    exec("import torch\ndef unseen(x):\n    return torch.abs(x)\n", scope)  # noqa: S102
    with pytest.raises(exceptions.SourceNotFound, match="unseen"):
        ivy.transpile(scope["unseen"], to="jax")(X)


def test_generators_and_async_functions():
    def rows(x):
        for i in range(3):
            yield torch.mul(x, i)

    async def later(x):
        await asyncio.sleep(0)
        return torch.abs(x)

    found = list(ivy.transpile(rows, to="jax")(X))
    same(found[2], X * 2)
    converted = ivy.transpile(later, to="jax")
    same(asyncio.run(converted(X)), [1, 2, 3])
    assert inspect.iscoroutinefunction(converted.__wrapped__)


def test_recursion():
    def factorial(x, n):
        return torch.ones_like(x) if n == 0 else torch.mul(factorial(x, n - 1), n)

    same(ivy.transpile(factorial, to="jax")(X, 4), [24, 24, 24])


def test_arguments():
    def used(x, /, y=DEFAULT, *more, key, scale=2.0, **others):
        total = torch.add(x, y) * scale + key
        for value in more:
            total = total + value
        return total - sum(others.values())

    converted = ivy.transpile(used, to="jax")
    same(converted(X, key=0.0), [4, -2, 10])
    same(converted(X, X, X, key=torch.ones(3), scale=1.0, extra=torch.ones(3)), X * 3)
    assert list(inspect.signature(converted).parameters) == ["x", "y", "more", "key", "scale", "others"]


@dataclasses.dataclass
class Batch:
    inputs: torch.Tensor
    name: str = "batch"


def test_containers_of_arrays():
    def used(pair, table, batch):
        low = torch.abs(pair.low)
        return Pair(low, pair.high), {"all": [table["a"][0] + low, (table["b"],)]}, batch.inputs * 2

    given = Pair(torch.from_numpy(X), torch.ones(3)), {"a": [torch.ones(3)], "b": X}, Batch(torch.from_numpy(X))
    pair, table, doubled = ivy.transpile(used, to="jax")(*given)
    assert type(pair).__name__ == "Pair"
    same(pair.low, [1, 2, 3])
    same(pair.high, [1, 1, 1])
    same(table["all"][0], [2, 3, 4])
    same(table["all"][1][0], X)
    same(doubled, X * 2)
    assert isinstance(given[2].inputs, torch.Tensor)  # what was given stays what it was


def test_dataclasses_come_out():
    def used(x):
        return Batch(torch.abs(x), name="out")

    found = ivy.transpile(used, to="jax")(X)
    assert found.name == "out"
    same(found.inputs, [1, 2, 3])


def documented(x, scale: float = 2.0):
    """Scaled values."""
    if scale < 0:
        raise ValueError("negative scale")
    return torch.mul(x, scale)


def test_what_a_converted_function_tells(tmp_path):
    converted = ivy.transpile(documented, to="jax")
    assert converted.__doc__ == "Scaled values." and inspect.signature(converted) == inspect.signature(documented)
    assert (
        "jnp" in inspect.getsource(converted)
        or "jax" in inspect.getsource(converted)
        or "x * scale" in inspect.getsource(converted)
    )
    with pytest.raises(ValueError, match="negative scale") as caught:
        converted(X, -1.0)
    assert traceback.extract_tb(caught.value.__traceback__)[-1].line == 'raise ValueError("negative scale")'
    same(pickle.loads(pickle.dumps(converted))(X), X * 2)
    same(copy.deepcopy(converted)(X), X * 2)


def test_threads():
    def slow(x):
        return torch.abs(x) + torch.tensor([1.0, 2.0, 3.0])

    converted, found = ivy.transpile(slow, to="jax"), []
    threads = [threading.Thread(target=lambda: found.append(converted(X))) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(found) == 8
    for value in found:
        same(value, [2, 4, 6])


def test_copies_of_converted_models():
    pytest.importorskip("flax")
    model = ivy.transpile(torch.nn.Sequential(torch.nn.Linear(3, 2), torch.nn.ReLU()), to="jax")
    copied = copy.deepcopy(model)
    x = jnp.asarray(X)[None]
    same(copied(x), model(x))
    copied[0].weight[...] = copied[0].weight[...] * 0
    assert float(jnp.abs(model[0].weight[...]).sum()) > 0


CONFIG = """
import dataclasses
import torch

@dataclasses.dataclass
class Settings{number}:
    scale: float = {scale}
    shift: float = 0.0

def scaled(x):
    return torch.abs(x) * Settings{number}(shift=1.0).scale
"""


def test_classes_without_methods_in_cells():
    scopes = [cell(CONFIG.format(number=1, scale=scale)) for scale in (2.0, 3.0)]
    same(ivy.transpile(scopes[1]["scaled"], to="jax")(X), [3, 6, 9])
    same(ivy.transpile(scopes[0]["scaled"], to="jax")(X), [2, 4, 6])  # of the two classes the one that it is
    scopes = [cell(CONFIG.format(number=2, scale="float(1)") + f"# {i}\n") for i in range(2)]
    with pytest.raises(exceptions.SourceNotFound, match="Settings2.*defined twice"):
        ivy.transpile(scopes[0]["scaled"], to="jax")(X)


def test_dictionaries_of_collections():
    def used(table, counts):
        return table["a"] + counts["b"]

    table = OrderedDict(a=torch.from_numpy(X))
    same(ivy.transpile(used, source="torch", to="jax")(table, defaultdict(list, b=torch.ones(3))), X + 1)
    assert isinstance(table["a"], torch.Tensor)


def test_objects_that_hold_objects():
    outer = Scaler(2.0)
    outer.inner = outer.again = Scaler(5.0)
    outer.table = {"w": torch.ones(3)}
    converted = ivy.transpile(outer, source="torch", to="jax")
    assert converted.inner is converted.again
    same(converted.inner.scaled(jnp.asarray(X)), [5, 20, 45])
    same(converted.table["w"], np.ones(3))
