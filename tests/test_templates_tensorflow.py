"""The TensorFlow templates of torch.nn give PyTorch's numbers, gradients and state names."""

import copy
import importlib
import sys
import types

import numpy as np
import pytest

torch = pytest.importorskip("torch")
tf = pytest.importorskip("tensorflow")
keras = pytest.importorskip("keras")



def load(name):
    """Import one template module as a member of a package made for this test."""
    if "tensorflow_templates" not in sys.modules:
        package = types.ModuleType("tensorflow_templates")
        package.__path__ = [*importlib.import_module("ivy.templates.tensorflow").__path__]
        sys.modules["tensorflow_templates"] = package
    return importlib.import_module(f"tensorflow_templates.{name}")


functional = load("functional")


def draw(spec, seed=0):
    """An array from a shape, or the value itself when it is not a shape tuple of ints."""
    if isinstance(spec, tuple) and all(isinstance(size, int) for size in spec):
        return np.random.default_rng(seed).normal(size=spec).astype(np.float32)
    return spec


def to_torch(value):
    return torch.from_numpy(value) if isinstance(value, np.ndarray) else value


def to_tf(value):
    return tf.constant(value) if isinstance(value, np.ndarray) else value


def arrays(result):
    """The arrays of a result of either framework, flattened."""
    if result is None:
        return []
    if isinstance(result, (tuple, list)):
        return [array for item in result for array in arrays(item)]
    if isinstance(result, torch.Tensor):
        return [result.detach().numpy()]
    return [np.asarray(result)]


def compare(wanted, got, tolerance=2e-5):
    """Assert equal structure, dtypes, shapes and numbers."""
    wanted, got = arrays(wanted), arrays(got)
    assert len(wanted) == len(got)
    for a, b in zip(wanted, got):
        assert a.dtype == b.dtype
        assert a.shape == b.shape
        np.testing.assert_allclose(b, a, rtol=tolerance, atol=tolerance)


def compare_gradients(reference, function, inputs, count=None):
    """Assert equal gradients of a weighted sum of the first result for the float inputs."""
    leaves = [to_torch(x).clone() if isinstance(x, np.ndarray) else x for x in inputs]
    for x in [x for x in leaves if isinstance(x, torch.Tensor) and x.is_floating_point()][:count]:
        x.requires_grad_()
    out = reference(*leaves)
    out = out[0] if isinstance(out, tuple) else out
    ramp = np.cos(np.arange(out.numel(), dtype=np.float32)).reshape(tuple(out.shape))
    (out * torch.from_numpy(ramp)).sum().backward()
    constants = [to_tf(x) for x in inputs]
    floats = [i for i, x in enumerate(inputs) if is_float(x)][:count]
    with tf.GradientTape() as tape:
        tape.watch([constants[i] for i in floats])
        result = function(*constants)
        result = result[0] if isinstance(result, tuple) else result
        total = tf.reduce_sum(result * ramp)
    for i, gradient in zip(floats, tape.gradient(total, [constants[i] for i in floats])):
        wanted = leaves[i].grad
        if wanted is None or gradient is None:
            assert wanted is None or not wanted.any()
            continue
        np.testing.assert_allclose(
            tf.convert_to_tensor(gradient).numpy(), wanted.numpy(), rtol=1e-3, atol=1e-4
        )


def is_float(value):
    return isinstance(value, np.ndarray) and value.dtype == np.float32


ACTIVATIONS = (
    "relu relu6 gelu silu hardswish hardsigmoid hardtanh leaky_relu elu selu celu "
    "softplus mish softsign logsigmoid tanhshrink softshrink hardshrink rrelu"
).split()

CASES = [
    *((name, [(4, 7)], {}) for name in ACTIVATIONS),
    ("gelu", [(4, 7)], dict(approximate="tanh")),
    ("hardtanh", [(4, 7)], dict(min_val=-0.3, max_val=0.5)),
    ("leaky_relu", [(4, 7)], dict(negative_slope=0.3)),
    ("elu", [(4, 7)], dict(alpha=0.7)),
    ("celu", [(4, 7)], dict(alpha=0.7)),
    ("softplus", [(4, 7)], dict(beta=3.0, threshold=2.0)),
    ("prelu", [(2, 3, 4), (3,)], {}),
    ("prelu", [(2, 3, 4), (1,)], {}),
    ("threshold", [(4, 7)], dict(threshold=0.1, value=20.0)),
    ("glu", [(4, 6)], {}),
    ("glu", [(4, 6)], dict(dim=0)),
    ("softmax", [(4, 6)], dict(dim=0)),
    ("softmax", [(2, 4, 6)], {}),
    ("log_softmax", [(4, 6)], dict(dim=-1)),
    ("softmin", [(4, 6)], dict(dim=-1)),
    ("normalize", [(4, 6)], {}),
    ("normalize", [(4, 6)], dict(p=1, dim=0)),
    ("normalize", [(4, 6)], dict(p=3, dim=-1)),
    ("normalize", [np.zeros((4, 6), np.float32)], {}),
    ("linear", [(4, 6), (3, 6), (3,)], {}),
    ("linear", [(2, 4, 6), (3, 6)], {}),
    ("linear", [(6,), (3, 6), (3,)], {}),
    ("bilinear", [(2, 4), (2, 5), (3, 4, 5), (3,)], {}),
    ("conv1d", [(2, 4, 9), (6, 4, 3), (6,)], {}),
    ("conv1d", [(2, 4, 9), (6, 2, 3)], dict(stride=2, padding=1, groups=2)),
    ("conv1d", [(2, 4, 9), (8, 1, 3)], dict(stride=2, dilation=2, groups=4)),
    ("conv1d", [(2, 4, 9), (6, 4, 4)], dict(padding="same")),
    ("conv2d", [(2, 4, 9, 8), (6, 4, 3, 2), (6,)], {}),
    ("conv2d", [(4, 9, 8), (6, 4, 3, 2), (6,)], dict(padding=(2, 1))),
    ("conv2d", [(2, 4, 9, 8), (6, 2, 3, 3)], dict(stride=(2, 1), padding=1, groups=2)),
    ("conv2d", [(2, 4, 9, 8), (8, 1, 3, 3)], dict(stride=2, padding=1, groups=4)),
    ("conv2d", [(2, 4, 9, 8), (4, 1, 3, 3)], dict(stride=(1, 2), padding=(1, 0), groups=4)),
    ("conv2d", [(2, 4, 9, 8), (4, 4, 3, 3), (4,)], dict(dilation=2, padding=2)),
    ("conv2d", [(2, 4, 9, 8), (4, 1, 3, 3)], dict(dilation=(1, 2), padding=2, groups=4)),
    ("conv2d", [(2, 4, 9, 8), (4, 2, 3, 3)], dict(dilation=2, stride=2, padding=3, groups=2)),
    ("conv2d", [(2, 4, 9, 8), (4, 4, 2, 3)], dict(padding="same", dilation=2)),
    ("conv2d", [(2, 4, 9, 8), (4, 4, 2, 3)], dict(padding="valid")),
    ("conv3d", [(1, 4, 5, 6, 7), (4, 4, 3, 2, 3), (4,)], dict(padding=1, stride=(1, 2, 1))),
    ("conv3d", [(1, 4, 5, 6, 7), (4, 2, 3, 2, 3)], dict(groups=2, dilation=(1, 2, 2))),
    ("conv_transpose1d", [(2, 4, 5), (4, 3, 3), (3,)], dict(stride=2, padding=1)),
    ("conv_transpose1d", [(2, 4, 5), (4, 3, 3)], dict(stride=3, output_padding=2)),
    ("conv_transpose2d", [(2, 4, 5, 4), (4, 3, 3, 2), (3,)], {}),
    ("conv_transpose2d", [(4, 5, 4), (4, 3, 2, 2)], dict(stride=2)),
    (
        "conv_transpose2d",
        [(2, 4, 5, 4), (4, 3, 3, 3)],
        dict(stride=2, padding=1, output_padding=1),
    ),
    ("conv_transpose2d", [(2, 4, 5, 4), (4, 2, 3, 3)], dict(groups=2, dilation=2, stride=(1, 2))),
    ("conv_transpose3d", [(1, 2, 3, 4, 5), (2, 3, 3, 3, 3)], dict(stride=2, padding=1)),
    ("avg_pool1d", [(2, 3, 9), 3], dict(stride=2, padding=1)),
    ("avg_pool1d", [(3, 9), 2], dict(ceil_mode=True)),
    ("avg_pool2d", [(2, 3, 9, 8), 3], {}),
    ("avg_pool2d", [(2, 3, 9, 8), 3], dict(stride=2, padding=1, count_include_pad=False)),
    ("avg_pool2d", [(2, 3, 9, 8), (3, 2)], dict(stride=2, padding=1, ceil_mode=True)),
    (
        "avg_pool2d",
        [(2, 3, 8, 8), 3],
        dict(stride=2, padding=1, ceil_mode=True, count_include_pad=False),
    ),
    ("avg_pool2d", [(2, 3, 9, 8), 2], dict(divisor_override=3)),
    ("avg_pool3d", [(2, 3, 5, 6, 7), 2], dict(padding=1, ceil_mode=True)),
    ("max_pool1d", [(2, 3, 9), 3], dict(stride=2, padding=1)),
    ("max_pool2d", [(2, 3, 9, 8), 2], {}),
    ("max_pool2d", [(2, 3, 9, 8), 3], dict(stride=2, padding=1)),
    ("max_pool2d", [(2, 3, 6, 6), 3], dict(stride=2, ceil_mode=True)),
    ("max_pool2d", [(2, 3, 9, 8), 3], dict(stride=2, padding=1, dilation=2)),
    ("max_pool2d", [(2, 3, 9, 8), 3], dict(stride=2, padding=1, return_indices=True)),
    ("max_pool2d", [(3, 9, 8), 2], dict(ceil_mode=True, return_indices=True)),
    ("max_pool3d", [(2, 3, 5, 6, 7), 3], dict(stride=2, padding=1)),
    ("max_pool3d", [(2, 3, 5, 6, 7), 2], dict(return_indices=True)),
    *(
        (f"adaptive_{kind}_pool{n}d", [(2, 3, 7, 6, 5)[: n + 2], size], {})
        for kind in ("avg", "max")
        for n in (1, 2, 3)
        for size in (1, 3, 7, (None, 4, 2)[-n:])
        if n > 1 or isinstance(size, int)
    ),
    ("adaptive_max_pool2d", [(2, 3, 7, 5), (3, 4)], dict(return_indices=True)),
    ("adaptive_avg_pool2d", [(3, 7, 5), (None, 2)], {}),
    ("lp_pool1d", [(2, 3, 9), 2, 3], {}),
    ("lp_pool2d", [(2, 3, 9, 8), 2, 3], dict(stride=2, ceil_mode=True)),
    ("layer_norm", [(2, 3, 4), (4,), (4,), (4,)], {}),
    ("group_norm", [(2, 6, 4, 3), 3, (6,), (6,)], {}),
    ("group_norm", [(2, 6), 2], dict(eps=1e-3)),
    ("instance_norm", [(2, 6, 4, 3)], dict(eps=1e-3)),
    ("local_response_norm", [(2, 6, 4, 3), 3], {}),
    ("local_response_norm", [(2, 6, 4), 4], dict(alpha=0.3, k=2.0)),
    ("pad", [(2, 3, 4), [1, 2]], {}),
    ("pad", [(2, 3, 4), [1, 2, 0, 3]], dict(value=2.5)),
    ("pad", [(2, 3, 4), [1, -2, -1, 3]], dict(value=-1.0)),
    ("pad", [(2, 3, 4, 5), [1, 2, 3, 0]], dict(mode="reflect")),
    ("pad", [(2, 3, 4, 5), [1, 2, 6, -1]], dict(mode="replicate")),
    ("pad", [(2, 3, 4, 5), [1, 5, 3, 2]], dict(mode="circular")),
    ("pad", [(3, 4), [1, 2]], dict(mode="reflect")),
    ("pad", [np.arange(4), [1, 2]], dict(value=7)),
    ("unfold", [(2, 3, 6, 7), 3], {}),
    ("unfold", [(2, 3, 6, 7), (2, 3)], dict(dilation=(2, 1), padding=(1, 2), stride=2)),
    ("fold", [(2, 12, 20), (5, 6), 2], {}),
    ("fold", [(2, 18, 12), (6, 7), 3], dict(stride=2, padding=1)),
    ("pixel_shuffle", [(2, 12, 3, 4), 2], {}),
    ("pixel_unshuffle", [(2, 3, 4, 6), 2], {}),
    ("channel_shuffle", [(2, 6, 3, 4), 3], {}),
    ("one_hot", [np.array([[0, 2], [1, 0]])], {}),
    ("one_hot", [np.array([0, 2])], dict(num_classes=5)),
    ("embedding", [np.array([[0, 2], [1, 0]]), (4, 3)], {}),
    ("embedding", [np.array([[0, 2], [1, 0]]), (4, 3)], dict(padding_idx=-4)),
    ("cosine_similarity", [(4, 6), (4, 6)], {}),
    ("cosine_similarity", [(4, 1, 6), (3, 6)], dict(dim=-1)),
    ("pairwise_distance", [(4, 6), (4, 6)], {}),
    ("pairwise_distance", [(4, 6), (4, 6)], dict(p=1.0, keepdim=True)),
    ("scaled_dot_product_attention", [(2, 3, 4, 8), (2, 3, 5, 8), (2, 3, 5, 6)], {}),
    (
        "scaled_dot_product_attention",
        [(2, 3, 4, 8), (2, 3, 5, 8), (2, 3, 5, 6)],
        dict(is_causal=True, scale=0.3),
    ),
    (
        "scaled_dot_product_attention",
        [(2, 4, 4, 8), (2, 2, 5, 8), (2, 2, 5, 6)],
        dict(enable_gqa=True),
    ),
]

RESIZES = [
    dict(size=(7, 5)),
    dict(size=(7, 23), mode="nearest-exact"),
    dict(scale_factor=2),
    dict(scale_factor=(1.7, 0.6)),
    dict(scale_factor=(1.7, 0.6), recompute_scale_factor=True, mode="bilinear"),
    dict(scale_factor=2, mode="bilinear", align_corners=False),
    dict(scale_factor=(1.7, 0.6), mode="bilinear"),
    dict(size=(7, 23), mode="bilinear", align_corners=True),
    dict(size=(7, 4), mode="bilinear", antialias=True),
    dict(size=(7, 23), mode="bicubic"),
    dict(size=(7, 23), mode="bicubic", align_corners=True),
    dict(scale_factor=(1.7, 0.6), mode="bicubic"),
    dict(size=(17, 4), mode="bicubic", antialias=True),
    dict(size=(7, 5), mode="area"),
    dict(size=(1, 1), mode="bilinear", align_corners=True),
]
CASES += [("interpolate", [(2, 3, 11, 13)], keywords) for keywords in RESIZES]
CASES += [
    ("interpolate", [(2, 3, 11)], dict(scale_factor=1.5, mode="linear")),
    ("interpolate", [(2, 3, 5, 4, 3)], dict(size=(4, 6, 7), mode="trilinear")),
    ("interpolate", [(2, 3, 5, 4, 3)], dict(size=(4, 6, 7))),
]
CASES += [
    ("grid_sample", [(2, 3, 5, 6), (2, 4, 7, 2)], dict(mode=m, padding_mode=p, align_corners=a))
    for m in ("bilinear", "nearest", "bicubic")
    for p in ("zeros", "border", "reflection")
    for a in (False, True)
]
CASES += [
    ("grid_sample", [(2, 3, 4, 5, 6), (2, 4, 3, 2, 3)], dict(padding_mode="border")),
    ("affine_grid", [(2, 2, 3), [2, 3, 4, 5]], dict(align_corners=False)),
    ("affine_grid", [(2, 3, 4), [2, 3, 4, 5, 6]], dict(align_corners=True)),
    ("affine_grid", [(2, 2, 3), [2, 3, 1, 5]], dict(align_corners=True)),
]

# Kinks, and where the gradient of PyTorch is not defined by the numbers alone.
NO_GRADIENT = {"one_hot", "max_pool3d"}


def label(case):
    return f"{case[0]}-{case[2]}"


def drawn(name, args):
    """The arguments of a case, with arrays for the shapes that stand for arrays."""
    fixed = {"layer_norm": (1,), "fold": (1, 2), "unfold": (1,), "avg_pool2d": (1,)}
    keep = (1,) if name.startswith("adaptive") else fixed.get(name, ())
    values = [arg if i in keep else draw(arg, i) for i, arg in enumerate(args)]
    return values


@pytest.fixture(autouse=True)
def seeded():
    """Draws are the same in every run, so that comparing their spread cannot fail by chance."""
    torch.manual_seed(0)
    tf.random.set_seed(0)


@pytest.mark.parametrize("case", CASES, ids=label)
def test_function(case):
    """Numbers, gradients and the result under tf.function agree with torch.nn.functional."""
    name, args, keywords = case
    inputs = drawn(name, args)
    mine, reference = getattr(functional, name), getattr(torch.nn.functional, name)
    others = [i for i, x in enumerate(inputs) if not isinstance(x, np.ndarray)]
    tensors = [i for i, x in enumerate(inputs) if isinstance(x, np.ndarray)]

    def call(function):
        def inner(*values):
            full = dict(zip(tensors, values)) | {i: inputs[i] for i in others}
            return function(*(full[i] for i in range(len(inputs))), **keywords)

        return inner

    values = [inputs[i] for i in tensors]
    wanted = call(reference)(*map(to_torch, values))
    compare(wanted, call(mine)(*map(to_tf, values)))
    compare(wanted, tf.function(call(mine))(*map(to_tf, values)))
    if name not in NO_GRADIENT and any(map(is_float, values)):
        compare_gradients(call(reference), call(mine), values)


layers = load("layers")
losses = load("losses")
initial = load("init")
module = load("module")


def paired(name, *args, **keywords):
    """A torch layer and the Keras layer of the same name with the same state."""
    reference = getattr(torch.nn, name)(*args, **keywords)
    home = next(m for m in (layers, losses, module) if hasattr(m, name))
    mine = getattr(home, name)(*args, **keywords)
    state = reference.state_dict()
    assert list(module.state_dict(mine)) == list(state)
    shapes = {key: tuple(value.shape) for key, value in state.items()}
    assert {key: value.shape for key, value in module.state_dict(mine).items()} == shapes
    assert {k: v.dtype for k, v in module.state_dict(mine).items()} == {
        k: v.numpy().dtype for k, v in state.items()
    }
    module.load_state_dict(mine, {key: value.numpy() for key, value in state.items()})
    return reference, mine


IMAGE = (2, 4, 9, 8)
LAYERS = [
    ("Linear", (6, 3), {}, [(4, 6)]),
    ("Linear", (6, 3), dict(bias=False), [(2, 4, 6)]),
    ("Bilinear", (4, 5, 3), {}, [(2, 4), (2, 5)]),
    ("Identity", (3,), dict(unused=1), [(2, 4)]),
    ("Conv1d", (4, 6, 3), dict(padding=1, padding_mode="circular"), [(2, 4, 9)]),
    ("Conv2d", (4, 6, 3), dict(stride=2, padding=1, groups=2), [IMAGE]),
    ("Conv2d", (4, 6, 3), dict(padding="same", bias=False), [IMAGE]),
    ("Conv2d", (4, 6, (3, 2)), dict(padding=(1, 2), padding_mode="reflect"), [IMAGE]),
    ("Conv2d", (4, 6, 3), dict(padding="same", padding_mode="replicate"), [IMAGE]),
    ("Conv3d", (2, 4, 3), dict(padding=1), [(1, 2, 5, 4, 4)]),
    ("ConvTranspose1d", (4, 6, 3), dict(stride=2, padding=1), [(2, 4, 9)]),
    ("ConvTranspose2d", (4, 6, 3), dict(stride=2, output_padding=1, groups=2), [IMAGE]),
    ("ConvTranspose3d", (2, 4, 3), {}, [(1, 2, 5, 4, 4)]),
    ("BatchNorm1d", (4,), {}, [(5, 4)]),
    ("BatchNorm2d", (4,), {}, [IMAGE]),
    ("BatchNorm2d", (4,), dict(affine=False, momentum=None), [IMAGE]),
    ("BatchNorm2d", (4,), dict(track_running_stats=False), [IMAGE]),
    ("BatchNorm3d", (4,), dict(momentum=0.3, eps=0.1), [(2, 4, 3, 3, 3)]),
    ("LayerNorm", (8,), {}, [IMAGE]),
    ("LayerNorm", ((9, 8),), dict(bias=False), [IMAGE]),
    ("LayerNorm", ([9, 8],), dict(elementwise_affine=False), [IMAGE]),
    ("RMSNorm", (8,), {}, [IMAGE]),
    ("RMSNorm", ((9, 8),), dict(eps=0.1), [IMAGE]),
    ("GroupNorm", (2, 4), {}, [IMAGE]),
    ("InstanceNorm1d", (4,), {}, [(2, 4, 9)]),
    ("InstanceNorm2d", (4,), dict(affine=True), [IMAGE]),
    ("InstanceNorm2d", (4,), dict(affine=True, track_running_stats=True), [IMAGE]),
    ("InstanceNorm2d", (4,), {}, [(4, 9, 8)]),
    ("LocalResponseNorm", (3,), {}, [IMAGE]),
    ("Embedding", (5, 3), {}, [np.array([[0, 4], [1, 1]])]),
    ("Embedding", (5, 3), dict(padding_idx=1), [np.array([[0, 4], [1, 1]])]),
    *((name, (), {}, [(4, 6)]) for name in "GELU Sigmoid Tanh GLU LogSigmoid Softsign".split()),
    *((name, (), {}, [(4, 6)]) for name in "Tanhshrink Softshrink Hardshrink Softplus".split()),
    *(
        (name, (), dict(inplace=False), [(4, 6)])
        for name in "ReLU ReLU6 SiLU Hardswish Hardsigmoid Hardtanh LeakyReLU ELU CELU SELU Mish".split()
    ),
    ("Threshold", (0.1, 3.0), {}, [(4, 6)]),
    ("PReLU", (), {}, [IMAGE]),
    ("PReLU", (4, 0.3), {}, [IMAGE]),
    ("Softmax", (-1,), {}, [(4, 6)]),
    ("LogSoftmax", (0,), {}, [(4, 6)]),
    ("Softmin", (0,), {}, [(4, 6)]),
    ("Softmax2d", (), {}, [IMAGE]),
    ("MaxPool1d", (3,), dict(stride=2), [(2, 4, 9)]),
    ("MaxPool2d", (3, 2, 1), {}, [IMAGE]),
    ("MaxPool2d", (2,), dict(return_indices=True, ceil_mode=True), [IMAGE]),
    ("MaxPool3d", (2,), {}, [(1, 2, 4, 4, 4)]),
    ("AvgPool1d", (3,), {}, [(2, 4, 9)]),
    ("AvgPool2d", (3, 2, 1), dict(ceil_mode=True, count_include_pad=False), [IMAGE]),
    ("AvgPool3d", (2,), {}, [(1, 2, 4, 4, 4)]),
    ("AdaptiveAvgPool1d", (3,), {}, [(2, 4, 9)]),
    ("AdaptiveAvgPool2d", ((3, None),), {}, [IMAGE]),
    ("AdaptiveMaxPool2d", (3,), dict(return_indices=True), [IMAGE]),
    ("LPPool2d", (2, 3), {}, [IMAGE]),
    ("ZeroPad2d", ((1, 2, 0, 1),), {}, [IMAGE]),
    ("ZeroPad1d", (2,), {}, [(2, 4, 9)]),
    ("ConstantPad1d", (1, 2.5), {}, [(2, 4, 9)]),
    ("ReflectionPad2d", (2,), {}, [IMAGE]),
    ("ReplicationPad2d", ((1, 2, 3, 0),), {}, [IMAGE]),
    ("ReplicationPad3d", (1,), {}, [(1, 2, 4, 4, 4)]),
    ("CircularPad2d", (1,), {}, [IMAGE]),
    ("Upsample", (), dict(scale_factor=2, mode="bilinear"), [IMAGE]),
    ("UpsamplingNearest2d", (), dict(size=(4, 20)), [IMAGE]),
    ("UpsamplingBilinear2d", (), dict(scale_factor=2), [IMAGE]),
    ("PixelShuffle", (2,), {}, [IMAGE]),
    ("PixelUnshuffle", (2,), {}, [(2, 3, 4, 6)]),
    ("ChannelShuffle", (2,), {}, [IMAGE]),
    ("Flatten", (), {}, [IMAGE]),
    ("Flatten", (0, 1), {}, [IMAGE]),
    ("Unflatten", (1, (2, 2)), {}, [IMAGE]),
    ("Unfold", (3,), dict(padding=1), [IMAGE]),
    ("Fold", ((5, 6), 2), {}, [(2, 12, 20)]),
    ("CosineSimilarity", (), {}, [(4, 6), (4, 6)]),
    ("PairwiseDistance", (), {}, [(4, 6), (4, 6)]),
    ("MultiheadAttention", (8, 2), {}, [(5, 2, 8), (7, 2, 8), (7, 2, 8)]),
    (
        "MultiheadAttention",
        (8, 2),
        dict(batch_first=True, bias=False, kdim=4, vdim=6),
        [(5, 2, 8), (5, 3, 4), (5, 3, 6)],
    ),
    (
        "MultiheadAttention",
        (8, 2),
        dict(add_bias_kv=True, add_zero_attn=True),
        [(5, 2, 8), (7, 2, 8), (7, 2, 8)],
    ),
    ("MultiheadAttention", (8, 2), {}, [(5, 8), (7, 8), (7, 8)]),
    ("RNN", (3, 4, 2), dict(nonlinearity="relu"), [(5, 2, 3)]),
    ("RNN", (3, 4), dict(bias=False, batch_first=True), [(5, 2, 3), (1, 5, 4)]),
    ("LSTM", (3, 4, 2), dict(bidirectional=True), [(5, 2, 3)]),
    ("LSTM", (3, 4), dict(proj_size=2, batch_first=True), [(5, 2, 3)]),
    ("LSTM", (3, 4), {}, [(5, 3)]),
    ("GRU", (3, 4, 2), dict(bidirectional=True, batch_first=True), [(5, 2, 3), (4, 5, 4)]),
    ("RNNCell", (3, 4), {}, [(2, 3), (2, 4)]),
    ("LSTMCell", (3, 4), {}, [(2, 3)]),
    ("LSTMCell", (3, 4), {}, [(3,)]),
    ("GRUCell", (3, 4), dict(bias=False), [(2, 3), (2, 4)]),
    ("TransformerEncoderLayer", (8, 2, 16, 0.0), {}, [(5, 2, 8)]),
    (
        "TransformerEncoderLayer",
        (8, 2, 16, 0.0, "gelu"),
        dict(norm_first=True, batch_first=True, bias=False),
        [(5, 2, 8)],
    ),
    ("TransformerDecoderLayer", (8, 2, 16, 0.0), {}, [(5, 2, 8), (4, 2, 8)]),
    ("TransformerDecoderLayer", (8, 2, 16, 0.0), dict(norm_first=True), [(5, 2, 8), (4, 2, 8)]),
    ("Transformer", (8, 2, 2, 2, 16, 0.0), {}, [(5, 2, 8), (4, 2, 8)]),
]


@pytest.mark.parametrize("training", [False, True])
@pytest.mark.parametrize("case", LAYERS, ids=label)
def test_layer(case, training):
    """State names, outputs and the state after the call agree with torch.nn, in both modes."""
    name, args, keywords, inputs = case
    reference, mine = paired(name, *args, **keywords)
    reference.train(training)
    values = [draw(shape, i) for i, shape in enumerate(inputs)]
    for _ in range(2):
        wanted = reference(*map(to_torch, values))
        compare(wanted, mine(*map(to_tf, values), training=training), 1e-4)
    compare(list(reference.state_dict().values()), list(module.state_dict(mine).values()), 1e-4)


LOSS_INPUT = draw((4, 5))
LOGITS = draw((4, 5, 3))
CLASSES = np.array([[0, 4, 2], [1, 1, -100], [3, 0, 2], [2, 2, 4]])
FLAT = np.array([0, 4, -100, 2])
PROBABILITY = 1 / (1 + np.exp(-LOSS_INPUT))
SIGNS = np.array([1, -1, 1, -1], np.float32)
WEIGHT = np.array([0.5, 1.0, 2.0, 0.1, 3.0], np.float32)
SOFT = np.exp(LOGITS) / np.exp(LOGITS).sum(1, keepdims=True)
ALL_LOSSES = [
    ("mse_loss", [LOSS_INPUT, draw((4, 5), 1)], {}),
    ("mse_loss", [LOSS_INPUT, draw((4, 5), 1)], dict(weight=PROBABILITY)),
    ("l1_loss", [LOSS_INPUT, draw((4, 5), 1)], {}),
    ("l1_loss", [LOSS_INPUT, draw((4, 5), 1)], dict(weight=PROBABILITY)),
    ("smooth_l1_loss", [LOSS_INPUT, draw((4, 5), 1)], dict(beta=0.5)),
    ("smooth_l1_loss", [LOSS_INPUT, draw((4, 5), 1)], dict(beta=0)),
    ("huber_loss", [LOSS_INPUT, draw((4, 5), 1)], dict(delta=0.5)),
    ("huber_loss", [LOSS_INPUT, draw((4, 5), 1)], dict(weight=PROBABILITY)),
    ("cross_entropy", [LOGITS, CLASSES], {}),
    ("cross_entropy", [LOGITS, CLASSES], dict(weight=WEIGHT, label_smoothing=0.2)),
    ("cross_entropy", [LOSS_INPUT, FLAT], dict(label_smoothing=0.2)),
    ("cross_entropy", [LOSS_INPUT, FLAT], dict(ignore_index=4, weight=WEIGHT, skip=2)),
    ("cross_entropy", [LOGITS, SOFT], dict(weight=WEIGHT, label_smoothing=0.2)),
    ("cross_entropy", [LOSS_INPUT[0], np.array(3)], {}),
    ("nll_loss", [LOGITS, CLASSES], dict(weight=WEIGHT)),
    ("nll_loss", [LOSS_INPUT, FLAT], {}),
    ("binary_cross_entropy", [PROBABILITY, np.round(PROBABILITY)], {}),
    ("binary_cross_entropy", [np.round(PROBABILITY), PROBABILITY], dict(weight=WEIGHT)),
    (
        "binary_cross_entropy_with_logits",
        [LOSS_INPUT * 30, PROBABILITY],
        dict(weight=WEIGHT, pos_weight=WEIGHT[::-1].copy()),
    ),
    ("kl_div", [LOSS_INPUT, np.round(PROBABILITY)], {}),
    ("kl_div", [LOSS_INPUT, draw((4, 5), 1)], dict(log_target=True)),
    ("cosine_embedding_loss", [LOSS_INPUT, draw((4, 5), 1), SIGNS], dict(margin=0.1)),
    ("hinge_embedding_loss", [LOSS_INPUT, np.sign(draw((4, 5), 1))], {}),
    ("margin_ranking_loss", [LOSS_INPUT[:, 0], LOSS_INPUT[:, 1], SIGNS], dict(margin=0.1)),
    (
        "triplet_margin_loss",
        [LOSS_INPUT, draw((4, 5), 1), draw((4, 5), 2)],
        dict(swap=True, margin=3.0),
    ),
    ("poisson_nll_loss", [LOSS_INPUT, PROBABILITY * 3], dict(full=True)),
    ("poisson_nll_loss", [PROBABILITY, PROBABILITY * 3], dict(log_input=False)),
    ("gaussian_nll_loss", [LOSS_INPUT, draw((4, 5), 1), PROBABILITY], dict(full=True, eps=0.4)),
    ("gaussian_nll_loss", [LOSS_INPUT, draw((4, 5), 1), PROBABILITY[:, 0]], {}),
    ("soft_margin_loss", [LOSS_INPUT, np.sign(draw((4, 5), 1))], {}),
    ("multilabel_soft_margin_loss", [LOSS_INPUT, np.round(PROBABILITY)], dict(weight=WEIGHT)),
    (
        "multilabel_margin_loss",
        [LOSS_INPUT, np.array([[1, 3, -1, 2, 0], [0, -1, 0, 0, 0], [-1] * 5, [4, 3, 2, 1, 0]])],
        {},
    ),
    ("multi_margin_loss", [LOSS_INPUT, np.array([1, 3, 0, 2])], dict(weight=WEIGHT)),
    ("multi_margin_loss", [LOSS_INPUT, np.array([1, 3, 0, 2])], dict(p=2)),
    (
        "ctc_loss",
        [
            np.asarray(torch.log_softmax(torch.from_numpy(draw((8, 3, 5))), -1)),
            np.array([[1, 2, 2], [3, 1, 0], [1, 1, 1]]),
            np.array([8, 6, 7]),
            np.array([3, 2, 3]),
        ],
        {},
    ),
]


@pytest.mark.parametrize("reduction", ["mean", "sum", "none"])
@pytest.mark.parametrize("case", ALL_LOSSES, ids=label)
def test_loss(case, reduction):
    """Losses and their gradients agree with torch.nn.functional."""
    name, inputs, keywords = case
    inputs, keywords = list(inputs), dict(keywords)
    if keywords.pop("skip", None) is not None:
        inputs[1] = np.array([0, 4, 1, 2])
    theirs = {key: to_torch(value) for key, value in keywords.items()}
    ours = {key: to_tf(value) for key, value in keywords.items()}

    def reference(*values):
        return getattr(torch.nn.functional, name)(*values, **theirs, reduction=reduction)

    def mine(*values):
        where = load("ctc") if name == "ctc_loss" else losses
        return getattr(where, name)(*values, **ours, reduction=reduction)

    compare(reference(*map(to_torch, inputs)), mine(*map(to_tf, inputs)))
    compare(reference(*map(to_torch, inputs)), tf.function(mine)(*map(to_tf, inputs)))
    compare_gradients(reference, mine, inputs, count=1)


MASKS = {
    "keep": np.array([[True, False, True], [False, False, False], [True, True, True]]),
    "added": draw((3, 3), 5),
    "hidden": np.where(np.eye(3) > 0, -np.inf, 0).astype(np.float32),
    "causal": np.triu(np.full((3, 3), -np.inf, np.float32), 1),
}


@pytest.mark.parametrize("kind", MASKS)
def test_attention_masks(kind):
    """Boolean masks keep, float masks add, fully masked rows give zeros and no NaN gradient."""
    inputs = [draw((2, 3, 4), seed) for seed in range(3)]
    mask = MASKS[kind]

    def reference(*values):
        return torch.nn.functional.scaled_dot_product_attention(*values, to_torch(mask))

    def mine(*values):
        return functional.scaled_dot_product_attention(*values, to_tf(mask))

    compare(reference(*map(to_torch, inputs)), mine(*map(to_tf, inputs)))
    if kind != "keep":
        compare_gradients(reference, mine, inputs)


@pytest.mark.parametrize("need_weights", [False, True])
@pytest.mark.parametrize("shape", [(3, 3), (4, 3, 3)])
@pytest.mark.parametrize("boolean", [False, True])
def test_multihead_attention_masks(shape, boolean, need_weights):
    """Boolean masks of MultiheadAttention hide; both masks combine."""
    reference, mine = paired("MultiheadAttention", 8, 2, batch_first=True)
    x = draw((2, 3, 8))
    mask = np.broadcast_to(np.triu(np.ones((3, 3), bool), 1), shape).copy()
    mask = mask if boolean else np.where(mask, -np.inf, 0.5).astype(np.float32)
    padding = np.array([[False, False, True], [False, True, True]])
    padding = padding if boolean else np.where(padding, -np.inf, 0).astype(np.float32)
    keywords = dict(need_weights=need_weights, average_attn_weights=False)
    a, b = to_torch(x), to_tf(x)
    wanted = reference(a, a, a, to_torch(padding), attn_mask=to_torch(mask), **keywords)
    compare(wanted, mine(b, b, b, to_tf(padding), attn_mask=to_tf(mask), **keywords))


def test_transformer_masks():
    """Masks reach the attention of encoder and decoder."""
    reference, mine = paired("Transformer", 8, 2, 1, 1, 16, 0.0, batch_first=True)
    source, target = draw((2, 5, 8)), draw((2, 4, 8), 1)
    padding = np.array([[False] * 4 + [True], [False] * 3 + [True] * 2])
    wanted = reference(
        to_torch(source),
        to_torch(target),
        tgt_mask=reference.generate_square_subsequent_mask(4),
        memory_key_padding_mask=to_torch(padding),
        src_mask=torch.triu(torch.ones(5, 5, dtype=torch.bool), 1),
    )
    got = mine(
        to_tf(source),
        to_tf(target),
        tgt_mask=mine.generate_square_subsequent_mask(4),
        memory_key_padding_mask=to_tf(padding),
        src_mask=to_tf(np.triu(np.ones((5, 5), bool), 1)),
    )
    compare(wanted, got)


@pytest.mark.parametrize("training", [False, True])
def test_batch_norm_function(training):
    """Normalization, gradients and running statistics agree; the variance kept is unbiased."""
    x, weight, bias = draw((3, 4, 5)), draw((4,), 1), draw((4,), 2)
    means = [torch.zeros(4), tf.Variable(tf.zeros(4))]
    variances = [torch.ones(4), tf.Variable(tf.ones(4))]

    def reference(*values):
        x, w, b = values
        mean, variance = means[0].clone(), variances[0].clone()
        out = torch.nn.functional.batch_norm(x, mean, variance, w, b, training, 0.3)
        return out, mean, variance

    def mine(*values):
        x, w, b = values
        means[1].assign(tf.zeros(4))
        variances[1].assign(tf.ones(4))
        out = functional.batch_norm(x, means[1], variances[1], w, b, training, 0.3)
        return out, means[1].read_value(), variances[1].read_value()

    inputs = [x, weight, bias]
    compare(reference(*map(to_torch, inputs)), mine(*map(to_tf, inputs)))
    compare_gradients(reference, mine, inputs)


@pytest.mark.parametrize(
    "name, axes", [("dropout", 4), ("dropout1d", 2), ("dropout2d", 2), ("dropout3d", 2)]
)
def test_dropout(name, axes):
    """The share of zeros is p, the rest is scaled, whole channels share one draw."""
    rank = 5 if name == "dropout3d" else 3 if name == "dropout1d" else 4
    x = tf.ones([40, 50] + [3] * (rank - 2))
    drop = getattr(functional, name)
    out = drop(x, 0.25, training=True).numpy()
    assert abs((out == 0).mean() - 0.25) < 0.05
    np.testing.assert_allclose(out[out != 0], 1 / 0.75, rtol=1e-6)
    if axes == 2:
        spatial = out.reshape(40, 50, -1)
        assert (spatial == spatial[..., :1]).all()
    assert drop(x, 0.25, training=False) is x
    assert not drop(x, 1.0).numpy().any()


def test_alpha_dropout_keeps_moments():
    """Mean 0 and variance 1 survive."""
    out = functional.alpha_dropout(tf.random.normal([200, 500]), 0.3, training=True)
    assert abs(out.numpy().mean()) < 0.02
    assert abs(out.numpy().std() - 1) < 0.02


def test_dropout_layers_follow_training():
    """Dropout acts in training only, also through nested modules and under tf.function."""
    model = module.Sequential(layers.Linear(4, 400), module.Sequential(layers.Dropout(0.5)))
    x = tf.ones([2, 4])
    assert (model(x) != 0).numpy().all()
    assert (model(x, training=True) == 0).numpy().any()
    traced = tf.function(lambda x: model(x, training=True))
    assert (traced(x) == 0).numpy().any()
    assert (model(x) != 0).numpy().all()


def test_gumbel_softmax():
    """Rows sum to 1; the hard form is one-hot with soft gradients."""
    logits = tf.constant(draw((50, 4)))
    with tf.GradientTape() as tape:
        tape.watch(logits)
        hard = functional.gumbel_softmax(logits, hard=True)
        total = tf.reduce_sum(hard * tf.range(4.0))
    assert tape.gradient(total, logits).numpy().any()
    np.testing.assert_allclose(np.sort(hard.numpy(), -1), [[0, 0, 0, 1]] * 50, atol=1e-6)
    soft = functional.gumbel_softmax(logits, tau=0.5)
    np.testing.assert_allclose(tf.reduce_sum(soft, -1), np.ones(50), rtol=1e-5)


INITIALIZERS = [
    ("uniform_", (-2.0, 3.0), {}),
    ("normal_", (0.5, 2.0), {}),
    ("trunc_normal_", (), dict(std=0.02)),
    ("trunc_normal_", (), dict(mean=0.3, std=1.0, a=-0.5, b=1.0)),
    ("xavier_uniform_", (), dict(gain=2.0)),
    ("xavier_normal_", (), {}),
    ("kaiming_uniform_", (), dict(a=0.3)),
    ("kaiming_normal_", (), dict(mode="fan_out", nonlinearity="relu")),
    ("orthogonal_", (), dict(gain=2.0)),
    ("zeros_", (), {}),
    ("ones_", (), {}),
    ("constant_", (0.3,), {}),
    ("dirac_", (2,), {}),
]


@pytest.mark.parametrize("case", INITIALIZERS, ids=label)
def test_init(case):
    """Moments and bounds agree with torch.nn.init; the variable is assigned and returned."""
    name, args, keywords = case
    theirs = getattr(torch.nn.init, name)(torch.empty(60, 40, 3, 3), *args, **keywords).numpy()
    variable = module.Parameter(tf.zeros([60, 40, 3, 3]))
    assert getattr(initial, name)(variable, *args, **keywords) is variable
    mine = variable.numpy()
    scale = np.abs(theirs).max()
    for statistic in (np.mean, np.std, np.min, np.max):
        slack = (
            0.35 if name.endswith(("normal_", "onal_")) and statistic in (np.min, np.max) else 0.04
        )
        assert abs(statistic(theirs) - statistic(mine)) <= slack * scale


def test_init_exact():
    """Deterministic initial values and fans agree."""
    for shape in ((3, 4, 3), (5, 2, 3, 3)):
        variable = module.Parameter(tf.zeros(shape))
        np.testing.assert_array_equal(
            initial.dirac_(variable).numpy(), torch.nn.init.dirac_(torch.empty(shape)).numpy()
        )
        assert initial._calculate_fan_in_and_fan_out(
            variable
        ) == torch.nn.init._calculate_fan_in_and_fan_out(torch.empty(shape))
    np.testing.assert_array_equal(
        initial.eye_(module.Parameter(tf.zeros([3, 5]))).numpy(), np.eye(3, 5, dtype=np.float32)
    )
    wide = initial.orthogonal_(module.Parameter(tf.zeros([3, 7]))).numpy()
    np.testing.assert_allclose(wide @ wide.T, np.eye(3), atol=1e-6)
    sparse = initial.sparse_(module.Parameter(tf.zeros([10, 4])), 0.25).numpy()
    assert ((sparse == 0).sum(0) == 3).all()
    names = (
        "linear",
        "conv2d",
        "conv_transpose1d",
        "sigmoid",
        "tanh",
        "relu",
        "leaky_relu",
        "selu",
    )
    for name in names:
        assert initial.calculate_gain(name) == torch.nn.init.calculate_gain(name)


STATEFUL = [c for c in LAYERS if getattr(torch.nn, c[0])(*c[1], **c[2]).state_dict()]


@pytest.mark.parametrize("case", [c for c in STATEFUL if "former" not in c[0]], ids=label)
def test_layer_initial_values(case):
    """Freshly made layers have the spread of PyTorch's initial values."""
    name, args, keywords, _ = case
    theirs = [getattr(torch.nn, name)(*args, **keywords).state_dict() for _ in range(30)]
    home = layers if hasattr(layers, name) else losses
    mine = [module.state_dict(getattr(home, name)(*args, **keywords)) for _ in range(30)]
    for key in theirs[0]:
        a = np.stack([state[key].numpy() for state in theirs])
        b = np.stack([state[key] for state in mine])
        assert abs(np.abs(a).max() - np.abs(b).max()) <= 0.4 * np.abs(a).max()
        assert abs(a.std() - b.std()) <= 0.25 * a.std()


class Block(module.Module):
    """A small model with every kind of attribute."""

    def __init__(self, width=4):
        super().__init__()
        self.scale = module.Parameter(tf.ones([width]))
        self.mean = module.Buffer(tf.zeros([width]))
        self.scratch = module.Buffer(tf.zeros([width]), persistent=False)
        self.layers_ = module.ModuleList([layers.Linear(width, width) for _ in range(2)])
        self.heads = module.ModuleDict({"layers": layers.Linear(width, 2), "b": layers.ReLU()})
        self.frozen = module.Parameter(tf.zeros([2]), requires_grad=False)
        self.sizes = [1, 2]
        self.plain = [layers.Linear(1, 1)]
        self.table = {"x": layers.Linear(1, 1), 3: 4}

    def call(self, x, flags=None, *rest, **options):
        for layer in self.layers_:
            x = layer(x * self.scale)
        return {"out": self.heads["b"](self.heads["layers"](x)), "flags": flags}, [rest, options]


NAMES = (
    "scale frozen mean layers.0.weight layers.0.bias layers.1.weight layers.1.bias "
    "heads.layers.weight heads.layers.bias"
).split()


def test_module_names():
    """Modules, parameters, buffers and state have PyTorch's dotted names and order."""
    block = Block()
    assert list(module.state_dict(block)) == NAMES
    parameters = [name for name, _ in module.named_parameters(block)]
    assert parameters == [name for name in NAMES if name != "mean"]
    assert [name for name, _ in module.named_buffers(block)] == ["mean", "scratch"]
    assert [name for name, _ in module.named_modules(block)] == (
        ["", "layers", "layers.0", "layers.1", "heads", "heads.layers", "heads.b"]
    )
    assert [name for name, _ in module.named_children(block)] == ["layers", "heads"]
    assert module.get_submodule(block, "heads.layers") is block.heads["layers"]
    order = []
    assert module.apply(block, lambda m: order.append(type(m).__name__)) is block
    assert order == ["Linear", "Linear", "ModuleList", "Linear", "ReLU", "ModuleDict", "Block"]
    block.scale.requires_grad = False
    assert not block.scale.trainable and block.layers_[0].weight.requires_grad
    assert len(module.requires_grad_(block, False).trainable_variables) == 4


def test_module_calls():
    """Any argument passes, eagerly and under tf.function, with gradients."""
    block, x = Block(), tf.ones([3, 4])
    out, rest = block(x, {"a": [x, None, 1]}, "text", (None, x), key=2)
    assert out["flags"]["a"][1:] == [None, 1] and rest[0][0] == "text" and rest[1] == {"key": 2}
    traced = tf.function(lambda x: block(x)[0]["out"])
    np.testing.assert_allclose(traced(x), block(x)[0]["out"], rtol=1e-6)
    with tf.GradientTape() as tape:
        total = tf.reduce_sum(block.layers_[0](x) ** 2)
    assert tape.gradient(total, block.layers_[0].weight.value) is not None
    with pytest.raises(RuntimeError, match="missing keys"):
        module.load_state_dict(block, {})


def test_training_argument():
    """A keyword-only, a positional and an inherited `training` all arrive."""

    class Outer(module.Module):
        def __init__(self):
            super().__init__()
            self.inner = Inner()

        def call(self, x, *more, training=None):
            return training, self.inner(x), self.inner(x, False), self.inner(x, training=False)

    class Inner(module.Module):
        def call(self, x, training=None):
            return training

    assert Outer()(1, 2, 3, training=True) == (True, True, False, False)
    assert Outer()(1, 2, 3) == (None, None, False, False)


def test_module_copies_and_weights(tmp_path):
    """Saved weights load into a fresh instance; copies are independent; replaced layers go."""
    block, fresh = Block(), Block()
    block.mean.assign(tf.ones([4]))
    block.save_weights(tmp_path / "block.weights.h5")
    fresh.load_weights(tmp_path / "block.weights.h5")
    twin = copy.deepcopy(block)
    for other in (fresh, twin):
        for a, b in zip(module.state_dict(block).values(), module.state_dict(other).values()):
            np.testing.assert_array_equal(a, b)
    twin.scale.assign(tf.zeros([4]))
    assert block.scale.numpy().all() and len(twin.variables) == len(block.variables)
    count = len(block.variables)
    block.heads["layers"] = layers.Linear(4, 3)
    assert len(block.variables) == count
    del block.frozen
    assert len(block.variables) == count - 1


def test_keras_training_and_functional_models():
    """Modules train with fit and take Keras symbolic inputs."""
    model = module.Sequential(layers.Linear(3, 4), layers.BatchNorm1d(4), layers.Linear(4, 1))
    model.compile("sgd", "mse")
    model.fit(np.ones((8, 3), np.float32), np.ones((8, 1), np.float32), verbose=0)
    assert int(model[1].num_batches_tracked) == 1
    model.predict(np.ones((8, 3), np.float32), verbose=0)
    assert int(model[1].num_batches_tracked) == 1
    inputs = keras.Input((3,))
    whole = keras.Model(inputs, keras.layers.ReLU()(model(inputs)))
    np.testing.assert_allclose(whole(tf.ones([2, 3])), tf.nn.relu(model(tf.ones([2, 3]))))


def test_containers():
    """Indexing, slices, insertion and deletion follow PyTorch."""
    first, second, third = (layers.Linear(2, 2) for _ in range(3))
    stack = module.Sequential(first, second).append(third)
    assert stack[-1] is third and [*stack[1:]] == [second, third] and len(stack) == 3
    assert [name for name, _ in module.named_children(stack[1:])] == ["1", "2"]
    del stack[0]
    assert [name for name, _ in module.named_children(stack)] == ["0", "1"]
    items = module.ModuleList([first])
    items.insert(0, second)
    items += [third]
    assert [*items] == [second, first, third] and [*items[::2]] == [second, third]
    assert items.pop(1) is first and [*items] == [second, third]
    table = module.ModuleDict({"keys": first})
    table.update({"b": second})
    assert table.keys() == ["keys", "b"] and table["keys"] is first and "b" in table
    assert table.pop("keys") is first and len(table) == 1
    numbers = module.ParameterList([np.ones(2, np.float32)])
    assert list(module.state_dict(numbers)) == ["0"]
    assert list(module.state_dict(module.ParameterDict({"a": np.ones(2)}))) == ["a"]


def test_bad_input_raises():
    """What PyTorch rejects is not turned into a number."""
    x = tf.ones([1, 8, 5, 5])
    with pytest.raises(ValueError):
        functional.conv2d(x, tf.ones([4, 4, 3, 3]))
    with pytest.raises(ValueError):
        functional.conv2d(x, tf.ones([4, 8, 6, 6]))
    with pytest.raises(ValueError):
        functional.pad(x, [5, 0], mode="reflect")
    with pytest.raises(tf.errors.InvalidArgumentError):
        functional.one_hot(tf.constant([3]), 3)
    with pytest.raises(tf.errors.InvalidArgumentError):
        losses.cross_entropy(tf.ones([1, 3]), tf.constant([3]))
    with pytest.raises(ValueError):
        layers.BatchNorm2d(8)(x[0], training=True)
    with pytest.raises(ValueError):
        functional.batch_norm(tf.ones([1, 3]), None, None, training=True)
