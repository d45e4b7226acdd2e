"""`ivy.transpile` while a program runs: functions, classes, libraries, arrays at the border, the cache, errors."""

import functools
import importlib
import importlib.util
import inspect
import itertools
import linecache
import os
import pickle
import subprocess
import sys
import textwrap
import traceback

import ivy
import numpy as np
import pytest
from ivy import exceptions

torch = pytest.importorskip("torch")
jnp = pytest.importorskip("jax.numpy")

LOSSES = {
    "torch": "import torch\n\ndef loss(predictions, targets):\n    return torch.sqrt(torch.mean((predictions - targets) ** 2))\n",
    "tensorflow": "import tensorflow as tf\n\ndef loss(predictions, targets):\n    return tf.sqrt(tf.reduce_mean(tf.square(predictions - targets)))\n",
    "jax": "import jax.numpy as jnp\n\ndef loss(predictions, targets):\n    return jnp.sqrt(jnp.mean((predictions - targets) ** 2))\n",
    "numpy": "import numpy as np\n\ndef loss(predictions, targets):\n    return np.sqrt(np.mean((predictions - targets) ** 2))\n",
}
PACKAGE = {
    "shapes/__init__.py": "from .models import *\nfrom .models import names\nfrom .ops import area, twice\nfrom . import extra\n",
    "shapes/ops.py": "import torch\n\nfrom plain_words import WORD\nfrom torch_words import shout\n\n\n"
    "def area(x):\n    return torch.sum(shout(x), dim=1)\n\n\ndef twice(x):\n    return x * 2\n",
    "shapes/extra.py": "import torch\n\n\ndef ones(n):\n    return torch.ones(n)\n",
    "shapes/registry.py": "NAMES = {}\n\n\ndef register(fn):\n    NAMES[fn.__name__] = fn\n    return fn\n",
    "shapes/models/__init__.py": "from .square import *\nfrom ..registry import NAMES as names\n",
    "shapes/models/square.py": "import torch\n\nfrom ..registry import register\n\n__all__ = ['square']\n\n\n"
    "@register\ndef square(x):\n    return torch.square(x)\n",
    "shapes/words.txt": "data\n",
    "torch_words.py": "import torch\n\n\ndef shout(x):\n    return torch.abs(x)\n",
    "plain_words.py": "WORD = 'plain'\n",
}
SCALE = torch.tensor([1.0, 2.0, 3.0])


def environment(**more):
    """The environment of a subprocess: quiet and on the CPU."""
    return {**os.environ, "TF_CPP_MIN_LOG_LEVEL": "3", "JAX_PLATFORMS": "cpu", **more}


def run(code, **more):
    """Run a program in a process of its own; what it prints."""
    command = [sys.executable, "-W", "ignore", "-c", code]
    done = subprocess.run(command, env=environment(**more), capture_output=True, text=True, timeout=300)
    assert done.returncode == 0, done.stderr[-3000:]
    return done.stdout


def typed(text, name="cell"):
    """The names that text typed into a notebook defines."""
    filename = f"<{name}-{next(_cells)}>"
    linecache.cache[filename] = (len(text), None, text.splitlines(keepends=True), filename)
    scope = {"__name__": "__main__"}
    exec(compile(text, filename, "exec"), scope)
    return scope


_cells = itertools.count()


def array(framework, values):
    """A float32 array of a framework."""
    values = np.asarray(values, np.float32)
    if framework == "torch":
        return torch.from_numpy(values.copy())
    if framework == "jax":
        return jnp.asarray(values)
    if framework == "tensorflow":
        return pytest.importorskip("tensorflow").constant(values)
    return values


def is_array(value, framework):
    """Whether a result is the framework's."""
    return type(value).__module__.split(".")[0] in {"jax": ("jax", "jaxlib")}.get(framework, (framework,))


@pytest.fixture
def package(tmp_path, monkeypatch):
    for name, text in PACKAGE.items():
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(text)
    monkeypatch.syspath_prepend(str(tmp_path))
    yield tmp_path
    for name in [n for n in sys.modules if n.split(".")[0] in ("shapes", "torch_words", "plain_words")]:
        del sys.modules[name]
    for name in [
        n for n in sys.modules if n.startswith("ivy.s2s.live.") and {"shapes", "torch_words"} & {*n.split(".")}
    ]:
        del sys.modules[name]
    library = importlib.import_module("ivy.s2s.live.library")
    library.open_library.cache_clear()
    library.opened.clear()
    importlib.import_module("ivy.s2s.live.dependencies")._by_its_files.cache_clear()


def test_import_is_light():
    code = "import time; t = time.perf_counter(); import ivy; t = time.perf_counter() - t; import sys; print(t, *sys.modules)"
    seconds, *modules = run(code).split()
    assert float(seconds) < 0.1
    assert not {"torch", "jax", "tensorflow", "keras", "numpy", "libcst"} & set(modules)


@pytest.mark.parametrize("source, target", itertools.permutations(LOSSES, 2))
def test_loss(source, target):
    if "tensorflow" in (source, target):
        pytest.importorskip("tensorflow")
    loss = typed(LOSSES[source])["loss"]
    converted = ivy.transpile(loss, source=source, to=target)
    out = converted(array(target, [3, 2, 1]), array(target, [0, 0, 0]))
    assert is_array(out, target)
    np.testing.assert_allclose(np.asarray(out), 2.1602469, rtol=1e-6)
    assert ivy.transpile(loss, to=target, args=(1,)).__name__ == "loss"  # the source is found, conversion is eager
    foreign = converted(array(source, [3, 2, 1]), targets=array("numpy", [0, 0, 0]))
    assert is_array(foreign, target)
    np.testing.assert_allclose(np.asarray(foreign), 2.1602469, rtol=1e-6)


def test_shows_itself():
    text = 'import torch\n\ndef head(x, n: int = 2):\n    """First rows."""\n    assert n > 0, "rows"  # checked\n    return torch.narrow(x, 0, 0, n)\n'
    head = typed(text)["head"]
    converted = ivy.transpile(head, to="jax")
    assert (converted.__name__, converted.__doc__) == ("head", "First rows.")
    assert inspect.signature(converted) == inspect.signature(head)
    source = inspect.getsource(converted)
    assert source.startswith("def head(x, n: int = 2):\n") and "# checked" in source and "torch" not in source
    file = inspect.getsourcefile(converted.__wrapped__)
    assert os.path.exists(file)
    with pytest.raises(AssertionError) as caught:
        converted(array("jax", [1.0]), n=0)
    frame = traceback.extract_tb(caught.value.__traceback__)[-1]
    assert (frame.filename, frame.line) == (file, 'assert n > 0, "rows"  # checked')


def test_what_a_function_uses_comes_along():
    def scaled(factor):
        weights = torch.tensor([1.0, 0.0, 2.0])

        def inner(x, power=factor):
            return helper(x) * weights * SCALE**power

        return inner

    def helper(x):
        return torch.relu(x) if x.ndim else x

    converted = ivy.transpile(scaled(2), to="numpy")
    out = converted(array("numpy", [1, -1, 2]))
    np.testing.assert_array_equal(out, np.array([1, 0, 36], np.float32))
    assert out.dtype == np.float32
    assert ivy.transpile(scaled(1), to="numpy")(array("numpy", [1, 1, 1]))[2] == 6  # each closure has its own values


def test_lambdas_partials_and_decorated_functions():
    x = array("jax", [1, 2, 3])
    added = [ivy.transpile(lambda x, i=i: torch.add(x, i), to="jax") for i in range(3)]
    assert [float(f(x)[0]) for f in added] == [1, 2, 3]
    loss = typed(LOSSES["torch"])["loss"]
    held = ivy.transpile(functools.partial(loss, targets=torch.zeros(3)), to="jax")
    np.testing.assert_allclose(held(x), 2.1602469, rtol=1e-6)

    def tenfold(fn):
        @functools.wraps(fn)
        def wrapper(*args):
            return fn(*args) * 10

        return wrapper

    @tenfold
    def total(x):
        return torch.sum(x)

    @torch.no_grad()
    def quiet(x):
        return torch.sum(x)

    assert float(ivy.transpile(total, to="jax")(x)) == 60
    assert float(ivy.transpile(quiet, to="jax")(x)) == 6


def test_recursion_tables_and_rebinding():
    text = textwrap.dedent("""
        import torch

        def even(x, n):
            return x if n == 0 else odd(x, n - 1)

        def odd(x, n):
            return torch.neg(x) if n == 0 else even(x, n - 1)

        TABLE = {"odd": odd, "w": torch.ones(2)}

        def looked_up(x):
            return TABLE["odd"](x, 2) + TABLE["w"]

        def counter():
            n = 0

            def count(x):
                nonlocal n
                n += 1
                return torch.add(x, n)

            return count
        """)
    scope = typed(text)
    x = array("numpy", [1, 2])
    assert ivy.transpile(scope["even"], to="numpy")(x, 3).tolist() == [-1, -2]
    assert ivy.transpile(scope["looked_up"], to="numpy")(x).tolist() == [0, -1]
    with pytest.raises(exceptions.NotConvertible, match="rebinds variables"):
        ivy.transpile(scope["counter"](), to="numpy")(x)


def test_classes():
    text = textwrap.dedent("""
        import torch
        from torch import nn

        class Net(nn.Module):
            def __init__(self, width=4):
                super().__init__()
                self.fc = nn.Linear(3, width)

            def forward(self, x):
                return torch.relu(self.fc(x))
        """)
    scope = typed(text)
    pytest.importorskip("flax")
    net = ivy.transpile(scope["Net"], to="jax")
    assert isinstance(net, type) and net.__name__ == "Net"
    model, source = net(), scope["Net"]()
    ivy.load_weights(model, source.state_dict())
    x = np.ones((2, 3), np.float32)
    np.testing.assert_allclose(
        model(jnp.asarray(x)), source(torch.from_numpy(x)).detach().numpy(), rtol=1e-5, atol=1e-6
    )


MODEL = """
import torch
import torch.nn.functional as F
from torch import nn

class Block(nn.Module):
    def __init__(self, width, act=F.gelu):
        super().__init__()
        self.fc = nn.Linear(width, width)
        self.norm = nn.LayerNorm(width)
        self.act = act
        self.scale = nn.Parameter(torch.randn(width))
        self.register_buffer("kept", torch.randn(width))
        self.register_buffer("unsaved", torch.randn(width), persistent=False)
        self.times = 3

    def forward(self, x):
        return self.act(self.fc(self.norm(x))) * self.scale + self.kept + self.unsaved * self.times

class Net(nn.Module):
    def __init__(self, width=8):
        super().__init__()
        print("constructed")
        self.conv = nn.Conv2d(3, width, 3, padding=1, bias=False)
        self.bn = nn.BatchNorm2d(width)
        self.blocks = nn.ModuleList([Block(width) for _ in range(2)])
        self.shared = self.blocks[0]
        self.head = nn.Sequential(nn.Dropout(0.5), nn.Linear(width, 2))
        self.layers = 2

    def forward(self, x):
        x = F.relu(self.bn(self.conv(x))).mean((2, 3))
        for block in self.blocks:
            x = block(x)
        return self.head(self.shared(x)) * self.layers
"""


@pytest.mark.parametrize("target, package", [("jax", "flax"), ("tensorflow", "keras"), ("numpy", "numpy")])
def test_live_models_keep_their_state(target, package, capsys):
    pytest.importorskip(package)
    torch.manual_seed(0)
    source = typed(MODEL)["Net"]()
    source(torch.randn(4, 3, 5, 5))  # running statistics that are not the initial ones
    source.eval()
    source.blocks[1].times = 5  # an attribute that the constructor did not set
    x = np.random.default_rng(0).standard_normal((2, 3, 6, 6)).astype(np.float32)
    wanted = source(torch.from_numpy(x)).detach().numpy()
    capsys.readouterr()
    model = ivy.transpile(source, to=target, args=(x,))
    assert capsys.readouterr().out == ""
    np.testing.assert_allclose(np.asarray(model(array(target, x))), wanted, rtol=1e-5, atol=1e-5)
    assert model.shared is model.blocks[0]
    source.bn.register_forward_hook(lambda *args: None)
    with pytest.raises(exceptions.NotConvertible, match="hooks"):
        ivy.transpile(source, to=target)


def test_the_frameworks_own_functions_have_counterparts():
    assert ivy.transpile(torch.sqrt, to="jax").__wrapped__ is jnp.sqrt
    assert ivy.transpile(torch.nn.functional.relu, source="torch", to="numpy")(np.array([-1.0, 2.0])).tolist() == [0, 2]
    assert ivy.transpile(torch.float32, to="jax") is jnp.float32


def test_the_frameworks_own_functions_take_the_sources_arguments():
    x = torch.tensor([[1.0, -2.0], [0.5, 4.0]])
    total = ivy.transpile(torch.sum, to="jax")
    for args, options in [((), {}), ((1, True), {}), ((), {"dim": 0}), ((0,), {"dtype": torch.float16})]:
        expected, found = torch.sum(x, *args, **options), total(jnp.asarray(x), *args, **options)
        assert found.shape == tuple(expected.shape) and str(found.dtype) == str(expected.dtype).removeprefix("torch.")
        np.testing.assert_allclose(found, expected, rtol=1e-6)
    softmax = torch.nn.functional.softmax
    assert inspect.signature(ivy.transpile(softmax, to="jax")) == inspect.signature(softmax)
    gelu = ivy.transpile(torch.nn.functional.gelu, to="jax")
    for approximate in ("none", "tanh"):
        expected = torch.nn.functional.gelu(x, approximate=approximate)
        np.testing.assert_allclose(gelu(jnp.asarray(x), approximate=approximate), expected, rtol=1e-5)
    joined = ivy.transpile(torch.cat, to="numpy")([x.numpy(), x.numpy()], dim=1)
    np.testing.assert_array_equal(joined, torch.cat([x, x], dim=1))
    again = pickle.loads(pickle.dumps(total))
    np.testing.assert_array_equal(again(jnp.asarray(x), 1), total(jnp.asarray(x), 1))
    with pytest.raises(exceptions.NotConvertible, match="lu_factor_ex"):
        ivy.transpile(torch.linalg.lu_factor_ex, to="jax")(jnp.eye(2))


def test_dtypes_of_the_source_are_converted_as_arguments():
    def zeros(x, dtype=torch.float64, device=None):
        return torch.zeros(x.shape, dtype=dtype, device=device)

    made = ivy.transpile(zeros, to="jax")
    assert made(jnp.ones(2), torch.float16).dtype == jnp.float16
    assert made(jnp.ones(2), dtype=torch.int32, device=torch.device("cpu")).dtype == jnp.int32
    assert made(jnp.ones(2), jnp.float16).dtype == jnp.float16


def test_arrays_in_containers_are_converted_and_others_are_not():
    from ivy.s2s.live.boundary import to_native

    given = {"a": [torch.ones(2), (np.zeros(3), "word")], "b": 3, "c": (1, 2)}
    found = to_native(given, "jax")
    assert is_array(found["a"][0], "jax") and is_array(found["a"][1][0], "jax") and found["a"][1][1] == "word"
    assert found["c"] is given["c"]
    native = {"x": [jnp.ones(2)]}
    assert to_native(native, "jax") is native
    source = torch.ones(2, requires_grad=True)
    copy = to_native(source, "numpy")
    copy[0] = 5
    assert float(source[0]) == 1  # a copy: neither side sees what the other writes
    half = to_native(torch.ones(2, dtype=torch.bfloat16), "jax")
    assert half.dtype == jnp.bfloat16 and to_native(half, "torch").dtype == torch.bfloat16


def test_pickles(tmp_path):
    scope = typed("import torch\n\nW = torch.ones(2)\n\ndef shifted(x):\n    return torch.neg(x) + W\n")
    converted = ivy.transpile(scope["shifted"], to="numpy")
    again = pickle.loads(pickle.dumps(converted))
    np.testing.assert_array_equal(again(np.ones(2)), [0, 0])
    doubled = ivy.transpile(lambda x: torch.add(x, x), to="numpy")
    assert pickle.loads(pickle.dumps(doubled))(3) == 6
    (tmp_path / "f.pickle").write_bytes(pickle.dumps(converted))
    code = f"""
import pickle, sys, numpy as np
f = pickle.load(open({str(tmp_path / "f.pickle")!r}, "rb"))
print(f.__name__, f(np.ones(2)), "torch" in sys.modules)
"""
    assert run(code, IVY_S2S_CACHE=str(tmp_path / "empty")) == "shifted [0. 0.] False\n"


def test_library_is_converted_when_it_is_used(package):
    shapes = importlib.import_module("shapes")
    assert shapes.names  # importing registers
    converted = ivy.transpile(shapes, source="torch", to="numpy")
    prefix = "ivy.s2s.live.torch_to_numpy."
    loaded = lambda: {n[len(prefix) :] for n in sys.modules if n.startswith(prefix + "shapes")}
    assert not loaded()
    np.testing.assert_array_equal(converted.twice(np.ones(2)), [2, 2])
    assert "shapes.ops" in loaded() and "shapes.extra" not in loaded()
    np.testing.assert_array_equal(converted.area(-np.ones((2, 3))), [3, 3])  # `torch_words` is converted too
    assert prefix + "plain_words" not in sys.modules
    assert list(converted.names) == ["square"] and converted.square(3.0) == 9  # the registry is filled
    assert converted.extra.ones(2).tolist() == [1, 1]
    assert {"area", "extra", "names", "square", "twice"} <= set(dir(converted))
    file = sys.modules[prefix + "shapes.ops"].__file__
    assert open(os.path.join(os.path.dirname(file), "words.txt")).read() == "data\n"
    with pytest.raises(AttributeError, match="missing"):
        _ = converted.missing
    assert inspect.getsource(converted.area) == "def area(x):\n    return np.sum(shout(x), axis=1)\n"


def test_functions_of_a_package_come_from_its_converted_module(package):
    ops = importlib.import_module("shapes.ops")
    area = ivy.transpile(ops.area, to="numpy")
    np.testing.assert_array_equal(area(torch.full((1, 2), -1.0)), [2])
    assert area.__wrapped__.__module__ == "ivy.s2s.live.torch_to_numpy.shapes.ops"


def test_the_cache_is_used_and_shared(package, tmp_path):
    code = (
        "import shapes, numpy, ivy; print(ivy.transpile(shapes, source='torch', to='numpy').area(-numpy.ones((1, 3))))"
    )
    more = {"IVY_S2S_CACHE": str(tmp_path / "cache"), "PYTHONPATH": f"{package}:{os.environ.get('PYTHONPATH', '')}"}
    command = [sys.executable, "-c", code]
    both = [subprocess.Popen(command, env=environment(**more), stdout=subprocess.PIPE, text=True) for _ in range(2)]
    assert [process.communicate(timeout=300)[0] for process in both] == ["[3.]\n", "[3.]\n"]
    files = {p: p.stat().st_mtime_ns for p in (tmp_path / "cache").rglob("*.py")}
    assert files and run(code, **more) == "[3.]\n"
    assert {p: p.stat().st_mtime_ns for p in (tmp_path / "cache").rglob("*.py")} == files
    (package / "shapes/ops.py").write_text(PACKAGE["shapes/ops.py"].replace("dim=1", "dim=0"))
    assert run(code, **more) == "[1. 1. 1.]\n"


@pytest.mark.parametrize(
    "obj, given, error, words",
    [
        (len, {"source": "torch", "to": "numpy"}, exceptions.SourceNotFound, "builtin"),
        (torch, {"to": "numpy"}, exceptions.NotConvertible, "framework itself"),
        (3, {"source": "torch", "to": "numpy"}, exceptions.SourceNotFound, "builtin"),
        (textwrap.dedent, {"to": "numpy"}, exceptions.UnknownFramework, "name it with source="),
        (textwrap.dedent, {"source": "paddle", "to": "numpy"}, exceptions.UnknownFramework, "choose one of"),
        (textwrap.dedent, {"source": "torch"}, exceptions.WrongTarget, "to is missing"),
        (textwrap.dedent, {"source": "torch", "to": "paddle"}, exceptions.WrongTarget, "choose one of"),
        (textwrap.dedent, {"to": torch}, exceptions.WrongTarget, "choose one of"),
        (len, {"to": "numpy"}, exceptions.SourceNotFound, "^len: a builtin or compiled object"),
        (torch.nn.Linear(2, 2), {"to": "torch"}, exceptions.UnknownFramework, "^an object of class Linear: no source"),
    ],
)
def test_errors(obj, given, error, words):
    with pytest.raises(error, match=words):
        ivy.transpile(obj, **given, args=())


def test_no_source_and_no_package():
    code = "import torch, ivy\nf = lambda x: torch.sum(x)\ntry:\n    ivy.transpile(f, to='numpy')(1)\nexcept ivy.exceptions.SourceNotFound as e:\n    print(e)"
    if sys.version_info < (3, 13):
        assert "no source is available" in run(code)
    code = "import sys, ivy\nsys.modules['jax'] = None\ntry:\n    ivy.transpile(len, 'torch', 'jax')\nexcept ivy.exceptions.FrameworkNotInstalled as e:\n    print(e)"
    assert "pip install" in run(code)


def test_transforms_of_the_target_take_converted_functions():
    jax = pytest.importorskip("jax")
    loss = ivy.transpile(typed(LOSSES["torch"])["loss"], to="jax")
    p, t = array("jax", [3, 2, 1]), array("jax", [0, 0, 0])
    np.testing.assert_allclose(jax.jit(loss)(p, t), 2.1602469, rtol=1e-6)
    np.testing.assert_allclose(jax.grad(loss)(p, t), p / (3 * 2.1602469), rtol=1e-6)
    tf = pytest.importorskip("tensorflow")
    loss = tf.function(ivy.transpile(typed(LOSSES["torch"])["loss"], to="tensorflow"))
    np.testing.assert_allclose(loss(array("tensorflow", [3, 2, 1]), tf.zeros(3)), 2.1602469, rtol=1e-6)


def test_nothing_is_printed(capfd):
    loss = typed(LOSSES["torch"])["loss"]
    ivy.transpile(loss, to="numpy")(np.ones(2), np.zeros(2))
    assert capfd.readouterr() == ("", "")


EAGER_AND_LAZY = """
import ivy
import jax
ivy.set_backend("jax")

def test_fn(x):
    return jax.numpy.sum(x)

x1 = ivy.array([1., 2.])
eager_graph = ivy.transpile(test_fn, source="jax", to="torch", args=(x1,))
ret = eager_graph(x1)
assert (type(ret).__module__, float(ret)) == ("torch", 3.0)
lazy_graph = ivy.transpile(test_fn, source="jax", to="torch")
ret = lazy_graph(x1)
ret = lazy_graph(x1)
assert (type(ret).__module__, float(ret)) == ("torch", 3.0)
"""
DOT_AND_MEAN = """
import ivy
import torch
import jax

def jax_fn(x):
    a = jax.numpy.dot(x, x)
    b = jax.numpy.mean(x)
    return x * a + b

jax_x = jax.numpy.array([1., 2., 3.])
torch_x = torch.tensor([1., 2., 3.])
torch_fn = ivy.transpile(jax_fn, source="jax", to="torch", args=(jax_x,))
ret = torch_fn(torch_x)
assert torch.equal(ret, torch.tensor([16., 30., 44.]))
"""
RAX = """
import ivy
import rax
import {package}

converted = ivy.transpile(rax, source="jax", to="{target}")
scores = {array}([2.2, 1.3, 5.4])
labels = {array}([1.0, 0.0, 0.0])
out = converted.poly1_softmax_loss(scores, labels)
assert abs(float(out) - 4.217199802398682) < 1e-5, out
"""


@pytest.mark.slow
@pytest.mark.parametrize("text", [EAGER_AND_LAZY, DOT_AND_MEAN], ids=["eager-and-lazy", "dot-and-mean"])
def test_examples(text, tmp_path):
    (tmp_path / "example.py").write_text(text)
    run(f"import runpy; runpy.run_path({str(tmp_path / 'example.py')!r}, run_name='__main__')")


OPTAX = """
import ivy, jax, jax.numpy as jnp, numpy as np, optax

def loss(scores, labels):
    return optax.softmax_cross_entropy(scores, labels).mean() + optax.huber_loss(scores, labels, delta=0.3).sum()

scores = np.linspace(-2, 3, 12, dtype=np.float32).reshape(3, 4)
labels = np.eye(4, dtype=np.float32)[:3]
wanted = float(loss(jnp.asarray(scores), jnp.asarray(labels)))
for target in ("torch", "numpy"):
    np.testing.assert_allclose(float(ivy.transpile(loss, source="jax", to=target)(scores, labels)), wanted, rtol=1e-5)
"""
COMPILED = """
import ivy, jax, numpy as np, torch
from scipy import ndimage, special

def smooth(x):
    return special.erfcx(x) + ndimage.gaussian_filter(x, 1.0)

def written(x):
    found = np.zeros_like(x)
    ndimage.gaussian_filter(x, 1.0, output=found)
    return found

x = np.linspace(-1, 1, 30).reshape(5, 6)
for function in (smooth, written):
    found = ivy.transpile(function, source="numpy", to="torch")(torch.from_numpy(x))
    assert isinstance(found, torch.Tensor)
    np.testing.assert_allclose(found.numpy(), function(x))
found = ivy.transpile(smooth, source="numpy", to="jax")(x)
assert isinstance(found, jax.Array)
np.testing.assert_allclose(found, smooth(x), rtol=1e-4)
try:
    ivy.transpile(written, source="numpy", to="jax")(x)
except ivy.exceptions.NotConvertible as error:
    assert "changes its arguments" in str(error)
else:
    raise AssertionError("the change was lost")
"""


@pytest.mark.parametrize("package, text", [("optax", OPTAX), ("scipy", COMPILED)])
def test_libraries_that_code_uses(package, text, tmp_path):
    pytest.importorskip(package)
    program = tmp_path / "program.py"
    program.write_text(text, encoding="utf-8")
    run(f"import runpy; runpy.run_path({str(program)!r}, run_name='__main__')")


@pytest.mark.slow
@pytest.mark.parametrize(
    "target, array", [("torch", "torch.tensor"), ("tensorflow", "tensorflow.constant"), ("numpy", "numpy.array")]
)
def test_rax(target, array):
    pytest.importorskip("rax")
    run(RAX.format(package=target, target=target, array=array))


@pytest.mark.slow
def test_timm_model_with_its_weights():
    if importlib.util.find_spec("timm") is None:
        pytest.skip("timm is not installed")
    code = """
import timm, torch, ivy, numpy as np
model = timm.create_model("mixer_b16_224", pretrained=False, num_classes=0)
rng = np.random.default_rng(1)
state = model.state_dict()
state = {k: torch.from_numpy((rng.standard_normal(v.shape) * 0.05).astype(np.float32)) for k, v in state.items()}
model.load_state_dict(state)
noise = torch.randn(1, 3, 224, 224)
encoder = ivy.transpile(model, to="tensorflow", args=(noise,))
import tensorflow as tf
x = tf.constant(np.random.default_rng(0).standard_normal((1, 3, 224, 224)).astype(np.float32))
print(*np.asarray(encoder(x))[0, :5])
"""
    registered = (
        "import torch\nops = torch.library.Library('torchvision', 'DEF')\n"
        "ops.define('nms(Tensor dets, Tensor scores, float iou_threshold) -> Tensor')\n"
        "ops.define('qnms(Tensor dets, Tensor scores, float iou_threshold) -> Tensor')\n"
    )  # the installed torchvision may lack its compiled part
    found = [float(v) for v in run(registered + code).split()]
    np.testing.assert_allclose(found, [-0.0288059, -0.0267903, -0.1509034, -0.0016726, -0.0516879], atol=1e-5)


@pytest.mark.slow
@pytest.mark.parametrize("target", ["jax", "tensorflow", "numpy"])
def test_kornia(target):
    pytest.importorskip("kornia")
    code = f"""
import ivy, kornia, numpy as np
converted = ivy.transpile(kornia, source="torch", to="{target}")
img = np.random.default_rng(0).random((1, 3, 64, 80), dtype=np.float32)
if "{target}" == "jax":
    import jax.numpy as jnp
    img = jnp.asarray(img)
if "{target}" == "tensorflow":
    import tensorflow as tf
    img = tf.constant(img)
out = np.asarray(converted.enhance.sharpness(img, 5))
print(out.dtype, out.shape, out.mean(dtype=np.float64), *out[0, 0, 1, 1:4])
"""
    dtype, *rest = run(code).replace("(", "").replace(")", "").replace(",", "").split()
    assert (dtype, rest[:4]) == ("float32", ["1", "3", "64", "80"])
    np.testing.assert_allclose(
        [float(v) for v in rest[4:]], [0.4997909665, 0.4626057, 0.0, 0.0716941], rtol=1e-5, atol=1e-7
    )


@pytest.mark.parametrize(
    "framework, modules",
    (
        ("torch", "torch torch.nn torch.nn.functional torch.special torch.linalg"),
        ("tensorflow", "tensorflow tensorflow.math keras.ops keras.layers"),
        ("jax", "jax.nn jax.numpy.linalg flax.nnx flax.linen"),
        ("numpy", "numpy numpy.linalg numpy.fft"),
    ),
)
def test_functions_of_frameworks_are_known_as_values(framework, modules):
    from ivy.s2s.live.snippets import place_of_value
    from ivy.s2s.tables import load

    table = load()[framework]
    tried = 0
    for module in modules.split():
        owner = importlib.import_module(module)
        for name in dir(owner):
            value = getattr(owner, name)
            entry = table.find(f"{module}.{name}")
            if entry is None or not entry.op or not callable(value) or inspect.ismodule(value):
                continue
            tried += 1
            place = place_of_value("value", value)
            assert place is not None, f"{module}.{name}"
            assert table.find(".".join(place)) is not None, f"{module}.{name}: {place}"
    assert tried > 60


def test_layer_classes_of_all_files_convert():
    torch = pytest.importorskip("torch")
    model = torch.nn.Sequential(torch.nn.Flatten(), torch.nn.Unflatten(1, (1, 2, 2)), torch.nn.PixelShuffle(1))
    converted = ivy.transpile(model, source="torch", to="numpy")
    x = np.arange(8, dtype=np.float32).reshape(2, 4)
    np.testing.assert_array_equal(converted(x), model(torch.from_numpy(x)).numpy())
