"""JAX templates give torch's numbers, gradients and state names."""

import importlib
import importlib.util
import sys
import types
from pathlib import Path

import numpy as np
import pytest

jax = pytest.importorskip("jax")
torch = pytest.importorskip("torch")
nnx = pytest.importorskip("flax.nnx")
jnp = importlib.import_module("jax.numpy")

ROOT = Path(__file__).parent.parent


def _load_cases():
    spec = importlib.util.spec_from_file_location("nn_cases", ROOT / "tests" / "nn_cases.py")
    cases = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(cases)
    return cases


def _load_template(name):
    """A template file as a module of a package of its own, so that it finds its siblings."""
    package = sys.modules.setdefault("jax_templates", types.ModuleType("jax_templates"))
    package.__path__ = [*importlib.import_module("ivy.templates.jax").__path__]
    return importlib.import_module(f"jax_templates.{name}")


@pytest.fixture(autouse=True)
def seeded():
    """Draws are the same in every run, so that comparing their spread cannot fail by chance."""
    torch.manual_seed(0)
    _load_template("random").manual_seed(0)


CASES = _load_cases()
functional, layers, losses, module, init, random = (
    _load_template(name) for name in ("functional", "layers", "losses", "module", "init", "random")
)


NATIVE = {
    "relu": jax.nn.relu,
    "relu6": jax.nn.relu6,
    "hardsigmoid": jax.nn.hard_sigmoid,
    "hardswish": jax.nn.hard_swish,
    "elu": jax.nn.elu,
    "celu": jax.nn.celu,
    "glu": lambda x, dim=-1: jax.nn.glu(x, axis=dim),
}


def find(name):
    """What the JAX tables write for a function: a template or a function of JAX."""
    for source in (functional, losses):
        if hasattr(source, name):
            return getattr(source, name)
    return NATIVE[name]


def to_torch(value):
    """NumPy arrays, also inside tuples, to torch tensors."""
    if isinstance(value, tuple) and value and isinstance(value[0], np.ndarray):
        return tuple(map(to_torch, value))
    return (
        torch.from_numpy(np.array(value)) if isinstance(value, np.ndarray | np.generic) else value
    )


def to_jax(value):
    """NumPy arrays, also inside tuples, to JAX arrays."""
    if isinstance(value, tuple) and value and isinstance(value[0], np.ndarray):
        return tuple(map(to_jax, value))
    return jnp.asarray(value) if isinstance(value, np.ndarray | np.generic) else value


def assert_same(got, want, tolerance=2e-5):
    """Compares results, also inside tuples: shape, float or not, numbers."""
    if isinstance(want, tuple):
        assert len(got) == len(want)
        for pair in zip(got, want):
            assert_same(*pair, tolerance)
    elif want is None:
        assert got is None
    else:
        want, got = want.detach().numpy(), np.asarray(got)
        assert got.shape == want.shape
        assert got.dtype.kind == want.dtype.kind
        np.testing.assert_allclose(got, want, rtol=tolerance, atol=tolerance)


def case_ids(cases):
    """Readable test names."""
    return [f"{case[0]}-{number}" for number, case in enumerate(cases)]


@pytest.mark.parametrize(
    "case", CASES.FUNCTIONS + CASES.LOSSES, ids=case_ids(CASES.FUNCTIONS + CASES.LOSSES)
)
def test_function(case):
    name, args, kwargs = case
    ours = find(name)
    want = getattr(torch.nn.functional, name)(
        *map(to_torch, args), **{key: to_torch(value) for key, value in kwargs.items()}
    )
    got = ours(*map(to_jax, args), **{key: to_jax(value) for key, value in kwargs.items()})
    assert_same(got, want)


GRADIENTS = [
    case
    for case in CASES.FUNCTIONS + CASES.LOSSES
    if case[0] not in ("one_hot", "embedding", "affine_grid") and not case[2].get("return_indices")
]


@pytest.mark.parametrize("case", GRADIENTS, ids=case_ids(GRADIENTS))
def test_gradient(case):
    name, args, kwargs = case
    ours = find(name)
    wanted = [to_torch(arg) for arg in args]
    wanted[0].requires_grad_()
    result = getattr(torch.nn.functional, name)(
        *wanted, **{key: to_torch(value) for key, value in kwargs.items()}
    )
    cotangent = CASES.f(*result.shape)
    result.backward(torch.from_numpy(np.asarray(cotangent)))
    rest = [to_jax(arg) for arg in args[1:]]
    options = {key: to_jax(value) for key, value in kwargs.items()}
    loss = jax.jit(jax.grad(lambda x: jnp.sum(ours(x, *rest, **options) * cotangent)))
    assert_same(loss(jnp.asarray(args[0])), wanted[0].grad, tolerance=2e-4)


def make_layers(case):
    """A torch layer with random state and the template layer with the same state."""
    name, args, kwargs, _ = case
    torch.manual_seed(0)
    theirs = getattr(torch.nn, name)(
        *map(to_torch, args), **{key: to_torch(value) for key, value in kwargs.items()}
    )
    state = theirs.state_dict()
    for value in state.values():
        if value.is_floating_point():
            value.copy_(torch.rand_like(value) * 0.5 + 0.1)
    source = layers if hasattr(layers, name) else losses
    ours = getattr(source, name)(
        *map(to_jax, args), **{key: to_jax(value) for key, value in kwargs.items()}
    )
    assert list(module.state_dict(ours)) == list(state)
    assert [name for name, _ in module.named_modules(ours)] == [
        name for name, _ in theirs.named_modules()
    ] or name in ("TransformerEncoderLayer", "TripletMarginWithDistanceLoss")
    module.load_state_dict(ours, {key: value.numpy() for key, value in state.items()})
    return theirs, ours


@pytest.mark.parametrize("case", CASES.LAYERS, ids=case_ids(CASES.LAYERS))
def test_layer(case):
    theirs, ours = make_layers(case)
    inputs = case[3]
    for _ in range(2):
        want = theirs(*[torch.clone(x) if torch.is_tensor(x) else x for x in map(to_torch, inputs)])
        assert_same(ours(*map(to_jax, inputs)), want)
    for key, value in module.state_dict(ours).items():
        assert_same(value, theirs.state_dict()[key])
    theirs.eval()
    ours.eval()
    want = theirs(*[torch.clone(x) if torch.is_tensor(x) else x for x in map(to_torch, inputs)])
    got = nnx.jit(lambda layer, *args: layer(*args), static_argnums=_static(inputs))(
        ours, *map(to_jax, inputs)
    )
    assert_same(got, want)


def _static(inputs):
    """Positions (after the layer) of inputs that are not arrays."""
    kinds = enumerate(inputs, 1)
    return tuple(
        n
        for n, x in kinds
        if x is not None and to_jax(x) is x or type(x) is tuple and isinstance(x[0], int)
    )


def test_batch_norm_half_precision_keeps_dtype():
    layer = layers.BatchNorm2d(3)
    assert layer(jnp.ones((2, 3, 4, 4), jnp.bfloat16)).dtype == jnp.bfloat16
    assert layer.running_mean[...].dtype == jnp.float32


def test_batch_norm_trains_under_jit():
    layer = layers.BatchNorm1d(3)
    x = jnp.asarray(CASES.f(8, 3) + 5)

    @nnx.jit
    def step(layer, x):
        return nnx.grad(lambda layer: jnp.sum(layer(x) ** 2))(layer)

    step(layer, x)
    np.testing.assert_allclose(layer.running_mean[...], 0.1 * x.mean(0), rtol=1e-5)
    assert int(layer.num_batches_tracked[...]) == 1


@pytest.mark.parametrize("name", ["Dropout", "AlphaDropout", "RReLU"])
def test_random_layers_draw_anew_under_jit(name):
    layer = getattr(layers, name)(rngs=nnx.Rngs(0))
    call = nnx.jit(lambda layer, x: layer(x))
    x = -jnp.ones((4, 50))
    assert not np.array_equal(call(layer, x), call(layer, x))
    layer.eval()
    assert np.array_equal(call(layer, x), call(layer, x))


def test_dropout_share_and_scale():
    y = functional.dropout(jnp.ones((100, 100)), 0.25, rngs=nnx.Rngs(0))
    assert set(np.unique(y)) == {np.float32(0), np.float32(1 / 0.75)}
    assert abs(float((y == 0).mean()) - 0.25) < 0.02
    y = functional.dropout2d(jnp.ones((10, 20, 3, 3)), 0.5, rngs=nnx.Rngs(0))
    assert all(len(np.unique(channel)) == 1 for channel in np.asarray(y).reshape(200, 9))


def test_functions_take_variables():
    weight = nnx.Param(jnp.asarray(CASES.f(6, 4, 3, 3)))
    x = jnp.asarray(CASES.f(2, 4, 5, 5))
    got = functional.conv2d(x, weight, nnx.Param(jnp.ones(6)))
    assert_same(got, torch.conv2d(to_torch(np.array(x)), to_torch(np.array(weight)), torch.ones(6)))


def test_sequential():
    a, c, d = layers.ReLU(), layers.Linear(3, 4), layers.Linear(4, 2)
    model = layers.Sequential(a, c)
    model.append(d)
    assert len(model) == 3 and model[-1] is d and c in model and list(model) == [a, c, d]
    assert [name for name, _ in module.named_children(model)] == ["0", "1", "2"]
    assert list(module.state_dict(model[1:])) == ["1.weight", "1.bias", "2.weight", "2.bias"]
    assert model(jnp.ones((5, 3))).shape == (5, 2)
    named = layers.Sequential({"z": c, "b": a})
    copied = nnx.clone(named)
    assert [name for name, _ in module.named_modules(copied)] == ["", "z", "b"]
    del model[0]
    assert [name for name, _ in module.named_children(model)] == ["0", "1"]


def test_module_list_and_dict():
    items = layers.ModuleList([layers.Linear(2, 2) for _ in range(11)])
    items.append(layers.ReLU()).extend([layers.ReLU()])
    assert len(items) == 13 and isinstance(items[2:4], layers.ModuleList)
    assert list(module.state_dict(nnx.clone(items)))[-1] == "10.bias"
    items.insert(0, layers.Tanh())
    assert isinstance(items[0], layers.Tanh) and isinstance(items[-1], layers.ReLU)
    table = layers.ModuleDict({"z": layers.Linear(2, 2), "a": layers.ReLU()})
    table["m"] = layers.Tanh()
    assert list(nnx.clone(table)) == ["z", "a", "m"] and "a" in table and len(table) == 3
    assert [key for key, _ in table.items()] == ["z", "a", "m"]
    params = layers.ParameterList([jnp.ones(2), nnx.Param(jnp.zeros(3))])
    assert list(module.state_dict(params)) == ["0", "1"]
    assert list(module.state_dict(layers.ParameterDict({"w": jnp.ones(2)}))) == ["w"]


class Block(nnx.Module):
    """A user's module with all kinds of attributes."""

    def __init__(self, rngs):
        self.z = layers.Linear(2, 3, rngs=rngs)
        self.scale = nnx.Param(jnp.ones(3))
        self.table = module.Buffer(jnp.ones(2))
        self.cache = module.Buffer(jnp.ones(2), persistent=False)
        self.blocks = layers.ModuleList([layers.BatchNorm1d(3), layers.Dropout(rngs=rngs)])
        self.same = self.z
        self.count = 3


def test_walking():
    block = Block(nnx.Rngs(0))
    assert [name for name, _ in module.named_modules(block)] == [
        "", "z", "blocks", "blocks.0", "blocks.1",
    ]  # fmt: skip
    assert [name for name, _ in module.named_parameters(block)] == [
        "scale", "z.weight", "z.bias", "blocks.0.weight", "blocks.0.bias",
    ]  # fmt: skip
    assert [name for name, _ in module.named_buffers(block)][:2] == ["table", "cache"]
    assert list(module.state_dict(block)) == [
        "scale", "table", "z.weight", "z.bias", "blocks.0.weight", "blocks.0.bias",
        "blocks.0.running_mean", "blocks.0.running_var", "blocks.0.num_batches_tracked",
        "same.weight", "same.bias",
    ]  # fmt: skip
    seen = []
    assert module.apply(block, seen.append) is block
    assert seen[0] is block.z and seen[-1] is block
    assert module.get_submodule(block, "blocks.0") is block.blocks[0]
    with pytest.raises(RuntimeError):
        module.load_state_dict(block, {})
    state = module.state_dict(block)
    state["scale"] = np.full(3, 7.0)
    module.load_state_dict(block, state)
    assert float(block.scale[0]) == 7.0


@pytest.mark.parametrize(
    "name, kwargs, shape",
    [
        ("xavier_uniform_", {}, (50, 40, 3)),
        ("xavier_normal_", {"gain": 2.0}, (50, 40, 3)),
        ("kaiming_uniform_", {"a": 5**0.5}, (50, 40, 3)),
        ("kaiming_normal_", {"mode": "fan_out", "nonlinearity": "relu"}, (50, 40, 3)),
        ("trunc_normal_", {"std": 0.02}, (100, 100)),
        ("trunc_normal_", {"mean": 1.0, "a": 0.0, "b": 1.5}, (100, 100)),
        ("normal_", {"std": 0.3}, (100, 100)),
        ("uniform_", {"a": -1.0}, (100, 100)),
        ("sparse_", {"sparsity": 0.3}, (100, 100)),
    ],
)
def test_random_init(name, kwargs, shape):
    want = getattr(torch.nn.init, name)(torch.empty(shape), **kwargs).numpy()
    param = nnx.Param(jnp.zeros(shape))
    assert getattr(init, name)(param, **kwargs, generator=nnx.Rngs(0)) is param
    got = np.asarray(param)
    assert abs(got.mean() - want.mean()) < 0.1 * want.std()
    np.testing.assert_allclose(got.std(), want.std(), rtol=0.05)
    np.testing.assert_allclose(np.abs(got).max(), np.abs(want).max(), rtol=0.3)


def test_fixed_init():
    for name, args, shape in [
        ("zeros_", (), (2, 3)),
        ("ones_", (), (2, 3)),
        ("constant_", (0.3,), (2, 3)),
        ("eye_", (), (2, 3)),
        ("dirac_", (2,), (4, 3, 3, 3)),
    ]:
        want = getattr(torch.nn.init, name)(torch.empty(shape), *args)
        assert_same(getattr(init, name)(nnx.Param(jnp.zeros(shape)), *args), want)
    q = np.asarray(init.orthogonal_(nnx.Param(jnp.zeros((3, 4, 2))), 2.0)).reshape(3, 8)
    np.testing.assert_allclose(q @ q.T, 4 * np.eye(3), atol=1e-5)
    for name in ("linear", "conv2d", "sigmoid", "tanh", "relu", "leaky_relu", "selu"):
        assert init.calculate_gain(name) == pytest.approx(torch.nn.init.calculate_gain(name))


@pytest.mark.parametrize("name", ["Linear", "Conv2d", "ConvTranspose2d", "Embedding", "GRU"])
def test_first_values_are_distributed_as_in_torch(name):
    args = {"Linear": (60, 50), "Embedding": (60, 50), "GRU": (60, 50)}.get(name, (20, 30, 5))
    theirs, ours = getattr(torch.nn, name)(*args), getattr(layers, name)(*args)
    for key, value in theirs.state_dict().items():
        got = np.asarray(module.state_dict(ours)[key])
        np.testing.assert_allclose(got.std(), value.std(), rtol=0.35)
        np.testing.assert_allclose(np.abs(got).max(), value.abs().max(), rtol=0.35)


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
    eager = ZeroBias(60, 50, rngs=nnx.Rngs(3))
    assert not np.any(eager.bias[...]) and np.any(eager.weight[...])
    shapes = nnx.eval_shape(lambda: ZeroBias(60, 50, rngs=nnx.Rngs(3)))
    assert shapes.weight.shape == (50, 60)
    jitted = nnx.jit(lambda rngs: ZeroBias(60, 50, rngs=rngs))(nnx.Rngs(3))
    np.testing.assert_allclose(jitted.weight[...], eager.weight[...], rtol=1e-6)
    many = nnx.vmap(lambda key: ZeroBias(60, 50, rngs=nnx.Rngs(key)))(
        jax.random.split(jax.random.key(0), 2)
    )
    assert many.weight.shape == (2, 50, 60)
    assert not np.array_equal(many.weight[0], many.weight[1])
    with pytest.raises(RuntimeError):
        nnx.jit(lambda: ZeroBias(3, 4))()


def test_initial_values_follow_the_seed():
    def first(**rngs):
        return np.asarray(layers.Conv2d(3, 5, 3, **rngs).weight)

    random.manual_seed(1)
    one, two = first(), first()
    random.manual_seed(1)
    assert np.array_equal(one, first()) and not np.array_equal(one, two)
    assert np.array_equal(first(rngs=nnx.Rngs(1)), first(rngs=nnx.Rngs(params=1, dropout=2)))


@pytest.mark.parametrize("shape", [(), (0, 3), (1,), (5, 7)])
def test_random_init_of_any_shape(shape):
    for name in ("uniform_", "normal_", "trunc_normal_"):
        param = nnx.Param(jnp.zeros(shape, jnp.bfloat16))
        getattr(init, name)(param)
        assert param.shape == shape and param.dtype == jnp.bfloat16
