"""NumPy templates give torch's numbers, dtypes and state names, in inference."""

import importlib
import importlib.util
import sys
import types
from pathlib import Path

import numpy as np
import pytest

torch = pytest.importorskip("torch")

ROOT = Path(__file__).parent.parent


def _load_cases():
    spec = importlib.util.spec_from_file_location("nn_cases", ROOT / "tests" / "nn_cases.py")
    cases = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(cases)
    return cases


def _load_template(name):
    """A template file as a module of a package of its own, so that it finds its siblings."""
    package = sys.modules.setdefault("numpy_templates", types.ModuleType("numpy_templates"))
    package.__path__ = [*importlib.import_module("ivy.templates.numpy").__path__]
    return importlib.import_module(f"numpy_templates.{name}")


@pytest.fixture(autouse=True)
def seeded():
    """Draws are the same in every run, so that comparing their spread cannot fail by chance."""
    torch.manual_seed(0)
    _load_template("random").manual_seed(0)


CASES = _load_cases()
functional, layers, losses, module, init = (
    _load_template(name) for name in ("functional", "layers", "losses", "module", "init")
)
MORE = [
    (name, [CASES.SPECIAL], {}) for name in "selu silu mish sigmoid logsigmoid softsign".split()
]
CALLS = CASES.FUNCTIONS + CASES.LOSSES + MORE


def to_torch(value):
    """NumPy arrays, also inside tuples, to torch tensors."""
    if isinstance(value, tuple) and value and isinstance(value[0], np.ndarray):
        return tuple(map(to_torch, value))
    if isinstance(value, np.ndarray | np.generic):
        return torch.from_numpy(np.array(value))
    return value


def assert_same(got, want, tolerance=2e-5):
    """Compares results, also inside tuples: shape, dtype, numbers."""
    if isinstance(want, tuple):
        assert len(got) == len(want)
        for pair in zip(got, want):
            assert_same(*pair, tolerance)
    elif want is None:
        assert got is None
    else:
        want, got = want.detach().numpy(), np.asarray(got)
        assert got.shape == want.shape
        assert got.dtype == want.dtype
        np.testing.assert_allclose(got, want, rtol=tolerance, atol=tolerance)


def case_ids(cases):
    """Readable test names."""
    return [f"{case[0]}-{number}" for number, case in enumerate(cases)]


@pytest.mark.parametrize("case", CALLS, ids=case_ids(CALLS))
def test_function(case):
    name, args, kwargs = case
    ours = getattr(functional, name, None) or getattr(losses, name)
    options = {key: to_torch(value) for key, value in kwargs.items()}
    want = getattr(torch.nn.functional, name)(*map(to_torch, args), **options)
    assert_same(ours(*args, **kwargs), want)


def make_layers(case):
    """A torch layer in inference with random state and the template layer with the same state."""
    name, args, kwargs, _ = case
    torch.manual_seed(0)
    options = {key: to_torch(value) for key, value in kwargs.items()}
    theirs = getattr(torch.nn, name)(*map(to_torch, args), **options).eval()
    state = theirs.state_dict()
    for value in state.values():
        if value.is_floating_point():
            value.copy_(torch.rand_like(value) * 0.5 + 0.1)
    source = layers if hasattr(layers, name) else losses
    ours = getattr(source, name)(*args, **kwargs)
    assert list(module.state_dict(ours)) == list(state)
    assert all(
        value.dtype.name == str(state[key].dtype)[6:]
        for key, value in module.state_dict(ours).items()
    )
    module.load_state_dict(ours, {key: value.numpy() for key, value in state.items()})
    return theirs, ours


@pytest.mark.parametrize("case", CASES.LAYERS, ids=case_ids(CASES.LAYERS))
def test_layer(case):
    theirs, ours = make_layers(case)
    inputs = case[3]
    want = theirs(*[x.clone() if torch.is_tensor(x) else x for x in map(to_torch, inputs)])
    assert_same(ours(*inputs), want)


def test_training_is_refused():
    with pytest.raises(NotImplementedError):
        functional.dropout(np.ones(3, np.float32))
    with pytest.raises(NotImplementedError):
        layers.Dropout().train()
    x = np.ones(3, np.float32)
    assert layers.Dropout()(x) is x and functional.dropout(x, training=False) is x


def test_sequential():
    a, c, d = layers.ReLU(), layers.Linear(3, 4), layers.Linear(4, 2)
    model = layers.Sequential(a, c)
    model.append(d)
    assert len(model) == 3 and model[-1] is d and c in model and list(model) == [a, c, d]
    assert list(module.state_dict(model[1:])) == ["1.weight", "1.bias", "2.weight", "2.bias"]
    assert model(np.ones((5, 3), np.float32)).shape == (5, 2)
    assert [name for name, _ in module.named_children(layers.Sequential({"z": c, "b": a}))] == [
        "z",
        "b",
    ]
    del model[0]
    assert [name for name, _ in module.named_children(model)] == ["0", "1"]


def test_module_list_and_dict():
    items = layers.ModuleList([layers.Linear(2, 2) for _ in range(11)])
    items.append(layers.ReLU()).extend([layers.ReLU()])
    assert len(items) == 13 and isinstance(items[2:4], layers.ModuleList)
    items.insert(0, layers.Tanh())
    assert isinstance(items[0], layers.Tanh) and isinstance(items[-1], layers.ReLU)
    table = layers.ModuleDict({"z": layers.Linear(2, 2), "a": layers.ReLU()})
    table["m"] = layers.Tanh()
    assert list(table) == ["z", "a", "m"] and "a" in table and len(table) == 3
    assert list(module.state_dict(layers.ParameterList([np.ones(2), np.zeros(3)]))) == ["0", "1"]


def test_init():
    for name, args, shape in [
        ("zeros_", (), (2, 3)),
        ("constant_", (0.3,), (2, 3)),
        ("eye_", (), (2, 3)),
        ("dirac_", (2,), (4, 3, 3, 3)),
    ]:
        want = getattr(torch.nn.init, name)(torch.empty(shape), *args)
        assert_same(getattr(init, name)(np.zeros(shape, np.float32), *args), want)
    for name in ("xavier_uniform_", "kaiming_normal_", "trunc_normal_"):
        want = getattr(torch.nn.init, name)(torch.empty(50, 40)).numpy()
        got = getattr(init, name)(np.zeros((50, 40), np.float32))
        np.testing.assert_allclose(got.std(), want.std(), rtol=0.1)
    q = init.orthogonal_(np.zeros((3, 4, 2), np.float32), 2.0).reshape(3, 8)
    np.testing.assert_allclose(q @ q.T, 4 * np.eye(3), atol=1e-5)


def test_gumbel_softmax():
    x = CASES.f(50, 4)
    hard = functional.gumbel_softmax(x, hard=True)
    assert hard.dtype == np.float32 and set(np.unique(hard)) == {0.0, 1.0}
    np.testing.assert_allclose(functional.gumbel_softmax(x, dim=0).sum(0), 1, rtol=1e-5)


RESETS = [
    ("Linear", (60, 50), {}),
    ("Bilinear", (20, 30, 40), {}),
    ("Conv1d", (40, 60, 5), {"groups": 2}),
    ("Conv2d", (20, 30, 5), {"bias": False}),
    ("ConvTranspose2d", (20, 60, 5), {}),
    ("BatchNorm2d", (5,), {}),
    ("InstanceNorm1d", (5,), {"affine": True, "track_running_stats": True}),
    ("LayerNorm", ((4, 5),), {}),
    ("RMSNorm", (5,), {}),
    ("GroupNorm", (2, 6), {}),
    ("Embedding", (60, 50), {"padding_idx": -1}),
    ("PReLU", (3, 0.1), {}),
    ("LSTM", (50, 40), {"num_layers": 2, "proj_size": 30, "bidirectional": True}),
    ("GRUCell", (60, 50), {}),
    ("MultiheadAttention", (40, 4), {"add_bias_kv": True}),
    ("MultiheadAttention", (40, 4), {"kdim": 60, "vdim": 50}),
    ("Transformer", (40, 4, 1, 1, 60), {}),
]


def assert_alike(got, want):
    """Compares the spread of draws, and constants exactly."""
    got, want = np.asarray(got), want.numpy()
    assert got.shape == want.shape
    if want.size > 1 and want.std() > 0:
        np.testing.assert_allclose(got.std(), want.std(), rtol=max(0.35, 4 / want.size**0.5))
        if want.size > 100:
            np.testing.assert_allclose(np.abs(got).max(), np.abs(want).max(), rtol=0.35)
    else:
        np.testing.assert_array_equal(got, want)


@pytest.mark.parametrize("name, args, kwargs", RESETS, ids=case_ids(RESETS))
def test_reset_parameters(name, args, kwargs):
    theirs, ours = (getattr(lib, name)(*args, **kwargs) for lib in (torch.nn, layers))
    reset = getattr(ours, "reset_parameters", None) or ours._reset_parameters
    untouched = {"out_proj.weight"} if name == "MultiheadAttention" else set()
    if name == "Transformer":
        untouched = {key for key, value in theirs.state_dict().items() if value.ndim == 1}
    for again in (False, True):
        if again:
            state = module.state_dict(ours)
            module.load_state_dict(ours, {key: np.full(x.shape, 9) for key, x in state.items()})
            reset()
        state = module.state_dict(ours)
        for key, want in theirs.state_dict().items():
            if again and key in untouched:
                assert np.all(np.asarray(state[key]) == 9)
            else:
                assert_alike(state[key], want)


class ZeroBias(layers.Linear):
    """A user's layer with initial values of its own, which the constructor uses."""

    def reset_parameters(self):
        super().reset_parameters()
        init.zeros_(self.bias)


def test_constructor_calls_reset_parameters_of_a_subclass():
    layer = ZeroBias(60, 50)
    weight, before = layer.weight, layer.weight.copy()
    assert not np.any(layer.bias) and np.any(weight)
    layer.reset_parameters()
    assert layer.weight is weight and not np.array_equal(weight, before)
