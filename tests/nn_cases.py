"""Cases shared by the tests of the neural network templates: calls compared with torch."""

import numpy as np

RNG = np.random.default_rng(0)


def f(*shape, scale=1.0):
    """Normal float32 array."""
    return (RNG.standard_normal(shape) * scale).astype(np.float32)


def p(*shape):
    """Uniform float32 array in (0.05, 0.95)."""
    return RNG.uniform(0.05, 0.95, shape).astype(np.float32)


def i(high, *shape):
    """Integer array in [0, high)."""
    return RNG.integers(0, high, shape)


def b(*shape):
    """Boolean array with at least one true in each last row."""
    mask = RNG.uniform(size=shape) < 0.6
    mask[..., 0] = True
    return mask


def sign(*shape):
    """Float32 array of 1 and -1."""
    return np.where(RNG.uniform(size=shape) < 0.5, -1, 1).astype(np.float32)


SPECIAL = np.array([-30, -6, -3, -1, -0.5, 0, 0.5, 1, 3, 6, 30], np.float32)
HALVES = np.arange(24, dtype=np.float32).reshape(1, 2, 3, 4)

# (function, positional arguments, keyword arguments)
ACTIVATIONS = [
    ("relu", [SPECIAL], {}),
    ("relu6", [SPECIAL], {}),
    ("gelu", [f(3, 4)], {}),
    ("gelu", [f(3, 4)], {"approximate": "tanh"}),
    ("hardtanh", [SPECIAL], {}),
    ("hardtanh", [SPECIAL], {"min_val": -2.0, "max_val": 0.5}),
    ("hardsigmoid", [SPECIAL], {}),
    ("hardswish", [SPECIAL], {}),
    ("leaky_relu", [SPECIAL], {}),
    ("leaky_relu", [SPECIAL], {"negative_slope": 0.2}),
    ("elu", [SPECIAL], {"alpha": 0.7}),
    ("celu", [SPECIAL], {"alpha": 0.7}),
    ("softplus", [SPECIAL], {}),
    ("softplus", [SPECIAL], {"beta": 2.0, "threshold": 5.0}),
    ("softshrink", [SPECIAL], {}),
    ("hardshrink", [SPECIAL], {}),
    ("tanhshrink", [SPECIAL], {}),
    ("threshold", [SPECIAL, 0.1, 20.0], {}),
    ("prelu", [f(2, 3, 4), f(3)], {}),
    ("prelu", [f(2, 3, 4), f(1)], {}),
    ("rrelu", [SPECIAL], {}),
    ("glu", [f(3, 4)], {}),
    ("glu", [f(3, 4, 2)], {"dim": 1}),
    ("softmax", [f(3, 4)], {"dim": -1}),
    ("log_softmax", [f(3, 4)], {"dim": 0}),
    ("softmin", [f(3, 4)], {"dim": 1}),
]
VECTORS = [
    ("normalize", [f(3, 4)], {}),
    ("normalize", [np.zeros((2, 3), np.float32)], {}),
    ("normalize", [f(3, 4)], {"p": 1, "dim": 0}),
    ("normalize", [f(3, 4)], {"p": 3.0, "dim": -1, "eps": 2.0}),
    ("normalize", [f(3, 4)], {"p": float("inf")}),
    ("cosine_similarity", [f(3, 4), f(3, 4)], {}),
    ("cosine_similarity", [f(3, 1, 4), f(1, 5, 4)], {"dim": -1}),
    ("pairwise_distance", [f(3, 4), f(3, 4)], {}),
    ("pairwise_distance", [f(3, 4), f(3, 4)], {"p": 1.0, "keepdim": True}),
    ("pdist", [f(4, 3)], {}),
    ("one_hot", [i(4, 2, 3)], {"num_classes": 5}),
    ("linear", [f(2, 3, 4), f(5, 4), f(5)], {}),
    ("linear", [f(4), f(5, 4)], {}),
    ("linear", [f(2, 4), f(4)], {}),
    ("bilinear", [f(2, 3), f(2, 4), f(5, 3, 4), f(5)], {}),
    ("embedding", [i(6, 2, 3), f(6, 4)], {}),
    ("embedding", [i(6, 2, 3), f(6, 4)], {"padding_idx": -1}),
]
CONVOLUTIONS = [
    ("conv1d", [f(2, 4, 9), f(6, 4, 3), f(6)], {"stride": 2, "padding": 1}),
    ("conv1d", [f(4, 9), f(6, 4, 4)], {"padding": "same", "dilation": 2}),
    ("conv2d", [f(2, 4, 9, 8), f(6, 4, 3, 3), f(6)], {"padding": 1}),
    ("conv2d", [f(2, 4, 9, 8), f(6, 2, 3, 2)], {"stride": (2, 1), "groups": 2, "padding": (0, 2)}),
    ("conv2d", [f(2, 4, 9, 8), f(8, 1, 3, 3)], {"groups": 4, "dilation": (2, 1)}),
    ("conv2d", [f(2, 4, 9, 8), f(6, 4, 4, 3)], {"padding": "same"}),
    ("conv2d", [f(2, 4, 9, 8), f(6, 4, 4, 3)], {"padding": "valid", "stride": 3}),
    ("conv3d", [f(1, 2, 5, 6, 7), f(3, 2, 2, 3, 3), f(3)], {"padding": 1, "stride": 2}),
    ("conv_transpose1d", [f(2, 4, 5), f(4, 3, 3), f(3)], {"stride": 2}),
    (
        "conv_transpose2d",
        [f(2, 4, 5, 6), f(4, 3, 3, 2), f(3)],
        {"stride": 2, "padding": 1, "output_padding": 1},
    ),
    (
        "conv_transpose2d",
        [f(2, 4, 5, 6), f(4, 3, 3, 3)],
        {"stride": 3, "groups": 2, "dilation": 2, "padding": (2, 1)},
    ),
    ("conv_transpose2d", [f(4, 5, 6), f(4, 3, 2, 2)], {"padding": 1}),
    ("conv_transpose3d", [f(1, 2, 3, 4, 3), f(2, 3, 2, 2, 2), f(3)], {"stride": 2}),
]
POOLS = [
    ("avg_pool1d", [f(2, 3, 9), 3], {"stride": 2, "padding": 1}),
    ("avg_pool2d", [f(2, 3, 9, 8), 2], {}),
    ("avg_pool2d", [f(2, 3, 9, 8), (3, 2)], {"stride": 2, "padding": 1, "ceil_mode": True}),
    (
        "avg_pool2d",
        [f(2, 3, 9, 8), 3],
        {"stride": 2, "padding": 1, "ceil_mode": True, "count_include_pad": False},
    ),
    ("avg_pool2d", [f(3, 9, 8), 3], {"stride": 1, "divisor_override": 2}),
    ("avg_pool2d", [f(1, 1, 6, 6), 2], {"stride": 3, "ceil_mode": True}),
    ("avg_pool2d", [f(1, 1, 7, 7), 1], {"stride": 2, "ceil_mode": True}),
    ("avg_pool3d", [f(1, 2, 5, 6, 7), 3], {"stride": 2, "padding": 1, "ceil_mode": True}),
    ("max_pool1d", [f(2, 3, 9), 3], {"stride": 2, "padding": 1}),
    ("max_pool2d", [f(2, 3, 9, 8), 2], {}),
    ("max_pool2d", [f(2, 3, 9, 8), 3], {"stride": 2, "padding": 1, "ceil_mode": True}),
    ("max_pool2d", [f(2, 3, 9, 8), (3, 2)], {"stride": 1, "dilation": 2, "padding": 1}),
    ("max_pool2d", [f(2, 3, 9, 8), 2], {"stride": 3, "ceil_mode": True}),
    (
        "max_pool2d",
        [f(2, 3, 9, 8), 3],
        {"stride": 2, "padding": 1, "ceil_mode": True, "return_indices": True},
    ),
    ("max_pool2d", [f(3, 9, 8), 3], {"stride": 2, "dilation": 2, "return_indices": True}),
    ("max_pool3d", [f(1, 2, 5, 6, 7), 3], {"stride": 2, "padding": 1, "return_indices": True}),
    ("adaptive_avg_pool1d", [f(2, 3, 9), 4], {}),
    ("adaptive_avg_pool2d", [f(2, 3, 9, 8), 1], {}),
    ("adaptive_avg_pool2d", [f(2, 3, 9, 8), (4, None)], {}),
    ("adaptive_avg_pool2d", [f(3, 9, 8), (12, 5)], {}),
    ("adaptive_avg_pool3d", [f(1, 2, 5, 6, 7), 3], {}),
    ("adaptive_max_pool1d", [f(2, 3, 9), 4], {}),
    ("adaptive_max_pool2d", [f(2, 3, 9, 8), (4, 5)], {}),
    ("adaptive_max_pool2d", [f(2, 3, 9, 8), (4, 3)], {"return_indices": True}),
    ("adaptive_max_pool3d", [f(1, 2, 5, 6, 7), (2, None, 4)], {}),
    ("lp_pool1d", [p(2, 3, 9), 2.0, 3], {}),
    ("lp_pool2d", [p(2, 3, 9, 8), 3.0, 2], {"stride": 1, "ceil_mode": True}),
]
NORMS = [
    ("batch_norm", [f(4, 3, 5, 5), f(3), p(3), f(3), f(3)], {"eps": 1e-3}),
    ("batch_norm", [f(4, 3), f(3), p(3)], {}),
    ("batch_norm", [f(4, 3, 5) + 50, None, None, f(3), f(3)], {"training": True}),
    ("instance_norm", [f(2, 3, 5, 5), None, None, f(3), f(3)], {}),
    ("instance_norm", [f(2, 3, 5), f(3), p(3)], {"use_input_stats": False}),
    ("layer_norm", [f(2, 3, 4), (3, 4), f(3, 4), f(3, 4)], {}),
    ("layer_norm", [f(2, 3, 4) + 100, [4]], {"eps": 1e-6}),
    ("group_norm", [f(2, 6, 5, 4), 3, f(6), f(6)], {}),
    ("rms_norm", [f(2, 3, 4), (4,), f(4)], {}),
    ("rms_norm", [f(2, 3, 4), (3, 4)], {"eps": 1e-3}),
    ("local_response_norm", [f(2, 7, 4, 3), 4], {"alpha": 0.5}),
    ("local_response_norm", [f(2, 7, 4), 3], {"k": 2.0}),
]
SHAPES = [
    ("pad", [f(2, 3, 4), (1, 2)], {}),
    ("pad", [f(2, 3, 4), (1, -2, 0, 3)], {"value": 7.0}),
    ("pad", [f(2, 3, 4), (-1, 0, 0, 0, 1, 1)], {}),
    ("pad", [f(1, 2, 4, 5), (3, 1, 2, 2)], {"mode": "reflect"}),
    ("pad", [f(1, 2, 4, 5), (-1, 2, 2, -1)], {"mode": "reflect"}),
    ("pad", [f(1, 2, 4, 5), (6, 1, 2, 2)], {"mode": "replicate"}),
    ("pad", [f(1, 2, 4, 5), (5, 1, 2, 2)], {"mode": "circular"}),
    ("pad", [f(1, 2, 4, 5), (2, -1, -1, 2)], {"mode": "circular"}),
    ("pad", [f(1, 2, 3, 4, 5), (1, 1, 2, 2, 1, 0)], {"mode": "replicate"}),
    ("unfold", [f(2, 3, 6, 7), (2, 3)], {"dilation": 2, "padding": 1, "stride": (1, 2)}),
    ("unfold", [f(2, 3, 6, 7), 3], {}),
    ("fold", [f(2, 12, 20), (5, 6), 2], {}),
    ("fold", [f(2, 18, 12), (5, 6), 3], {"padding": 1, "stride": (2, 1), "dilation": (1, 2)}),
    ("pixel_shuffle", [f(2, 12, 3, 4), 2], {}),
    ("pixel_unshuffle", [f(2, 3, 4, 6), 2], {}),
    ("channel_shuffle", [f(2, 6, 3, 4), 3], {}),
]
RESIZES = [
    ("interpolate", [f(1, 2, 6)], {"scale_factor": 1.7}),
    ("interpolate", [f(1, 2, 5, 7)], {"size": (8, 3)}),
    ("interpolate", [f(1, 2, 5, 7)], {"scale_factor": 2}),
    ("interpolate", [f(1, 2, 5, 7)], {"scale_factor": (0.7, 2.3), "mode": "nearest-exact"}),
    ("interpolate", [f(1, 2, 5)], {"size": 9, "mode": "linear"}),
    ("interpolate", [f(1, 2, 5, 7)], {"size": (8, 3), "mode": "bilinear"}),
    ("interpolate", [f(1, 2, 5, 7)], {"size": 9, "mode": "bilinear", "align_corners": True}),
    ("interpolate", [f(1, 2, 5, 7)], {"scale_factor": 1.7, "mode": "bilinear"}),
    (
        "interpolate",
        [f(1, 2, 5, 7)],
        {"scale_factor": 1.7, "mode": "bilinear", "recompute_scale_factor": True},
    ),
    ("interpolate", [f(1, 2, 5, 7)], {"size": (12, 4), "mode": "bicubic"}),
    ("interpolate", [f(1, 2, 5, 7)], {"size": (12, 4), "mode": "bicubic", "align_corners": True}),
    ("interpolate", [f(1, 2, 9, 11)], {"size": (4, 5), "mode": "bilinear", "antialias": True}),
    ("interpolate", [f(1, 2, 9, 11)], {"size": (4, 15), "mode": "bicubic", "antialias": True}),
    ("interpolate", [f(1, 2, 9, 11)], {"size": (4, 5), "mode": "area"}),
    ("interpolate", [f(1, 2, 3, 4, 5)], {"size": (5, 3, 7), "mode": "trilinear"}),
    ("affine_grid", [f(2, 2, 3), (2, 3, 4, 5)], {}),
    ("affine_grid", [f(2, 2, 3), (2, 3, 4, 1)], {"align_corners": True}),
    ("affine_grid", [f(2, 3, 4), (2, 3, 4, 5, 6)], {"align_corners": False}),
] + [
    (
        "grid_sample",
        [f(2, 3, 5, 6), f(2, 4, 7, 2)],
        {"mode": mode, "padding_mode": padding_mode, "align_corners": corners},
    )
    for mode in ("bilinear", "nearest", "bicubic")
    for padding_mode in ("zeros", "border", "reflection")
    for corners in (False, True)
]
RESIZES.append(("grid_sample", [f(1, 2, 3, 4, 5), f(1, 2, 3, 4, 3)], {}))
ATTENTION = [
    ("scaled_dot_product_attention", [f(2, 3, 5, 4), f(2, 3, 6, 4), f(2, 3, 6, 7)], {}),
    (
        "scaled_dot_product_attention",
        [f(2, 3, 5, 4), f(2, 3, 6, 4), f(2, 3, 6, 4)],
        {"is_causal": True, "scale": 0.3},
    ),
    (
        "scaled_dot_product_attention",
        [f(2, 3, 5, 4), f(2, 3, 6, 4), f(2, 3, 6, 4)],
        {"attn_mask": b(2, 1, 5, 6)},
    ),
    (
        "scaled_dot_product_attention",
        [f(2, 3, 5, 4), f(2, 3, 6, 4), f(2, 3, 6, 4)],
        {"attn_mask": np.arange(5)[:, None] * np.ones((1, 6), int) > 1},
    ),
    (
        "scaled_dot_product_attention",
        [f(2, 3, 5, 4), f(2, 3, 6, 4), f(2, 3, 6, 4)],
        {"attn_mask": f(5, 6)},
    ),
    (
        "scaled_dot_product_attention",
        [f(2, 6, 5, 4), f(2, 2, 6, 4), f(2, 2, 6, 4)],
        {"enable_gqa": True},
    ),
]
_IGNORED = np.array([1, -100, 3, 0])
LOSSES = [
    (name, [f(4, 3), f(4, 3)], {"reduction": reduction})
    for name in ("mse_loss", "l1_loss", "smooth_l1_loss", "huber_loss")
    for reduction in ("mean", "sum", "none")
] + [
    ("smooth_l1_loss", [f(4, 3), f(4, 3)], {"beta": 0.3}),
    ("huber_loss", [f(4, 3), f(4, 3)], {"delta": 0.3}),
    ("cross_entropy", [f(4, 5), i(5, 4)], {}),
    ("cross_entropy", [f(5), i(5)], {}),
    ("cross_entropy", [f(4, 5), i(5, 4)], {"weight": p(5), "label_smoothing": 0.1}),
    ("cross_entropy", [f(4, 5), _IGNORED], {"weight": p(5), "label_smoothing": 0.1}),
    ("cross_entropy", [f(4, 5), _IGNORED], {"weight": p(5), "reduction": "none"}),
    ("cross_entropy", [f(4, 5), i(5, 4)], {"ignore_index": 3, "reduction": "sum"}),
    ("cross_entropy", [f(2, 5, 3, 3), i(5, 2, 3, 3)], {"label_smoothing": 0.2, "weight": p(5)}),
    ("cross_entropy", [f(4, 5), p(4, 5)], {}),
    ("cross_entropy", [f(4, 5), p(4, 5)], {"weight": p(5), "label_smoothing": 0.1}),
    ("cross_entropy", [f(2, 5, 3), p(2, 5, 3)], {"reduction": "none", "weight": p(5)}),
    ("nll_loss", [f(4, 5), i(5, 4)], {}),
    ("nll_loss", [f(2, 5, 3, 3), i(5, 2, 3, 3)], {"weight": p(5), "ignore_index": 2}),
    ("binary_cross_entropy", [p(4, 3), p(4, 3)], {}),
    ("binary_cross_entropy", [np.array([0, 1, 0, 1], "f"), np.array([0, 1, 1, 0], "f")], {}),
    ("binary_cross_entropy", [p(4, 3), p(4, 3)], {"weight": p(3), "reduction": "sum"}),
    ("binary_cross_entropy_with_logits", [f(4, 3, scale=30), p(4, 3)], {}),
    (
        "binary_cross_entropy_with_logits",
        [f(4, 3), p(4, 3)],
        {"weight": p(4, 1), "pos_weight": p(3), "reduction": "none"},
    ),
    ("kl_div", [f(4, 3), p(4, 3)], {"reduction": "batchmean"}),
    ("kl_div", [f(4, 3), np.zeros((4, 3), "f")], {"reduction": "sum"}),
    ("kl_div", [f(4, 3), f(4, 3)], {"log_target": True, "reduction": "none"}),
    ("poisson_nll_loss", [f(4, 3), p(4, 3) * 5], {"full": True}),
    ("poisson_nll_loss", [p(4, 3), p(4, 3)], {"log_input": False, "reduction": "sum"}),
    ("gaussian_nll_loss", [f(4, 3), f(4, 3), p(4, 3)], {"full": True}),
    ("gaussian_nll_loss", [f(4, 3), f(4, 3), p(4, 1)], {"reduction": "none"}),
    ("gaussian_nll_loss", [f(4, 3), f(4, 3), p(4)], {"reduction": "sum"}),
    ("soft_margin_loss", [f(4, 3), sign(4, 3)], {}),
    ("hinge_embedding_loss", [p(4, 3), sign(4, 3)], {"margin": 0.5}),
    ("cosine_embedding_loss", [f(4, 3), f(4, 3), sign(4)], {"margin": 0.1}),
    ("margin_ranking_loss", [f(4), f(4), sign(4)], {"margin": 0.3}),
    ("triplet_margin_loss", [f(4, 3), f(4, 3), f(4, 3)], {}),
    ("triplet_margin_loss", [f(4, 3), f(4, 3), f(4, 3)], {"swap": True, "p": 1.0, "margin": 3.0}),
    ("multi_margin_loss", [f(4, 5), i(5, 4)], {"weight": p(5), "p": 2}),
    ("multilabel_soft_margin_loss", [f(4, 5), i(2, 4, 5).astype("f")], {"weight": p(5)}),
]
FUNCTIONS = ACTIVATIONS + VECTORS + CONVOLUTIONS + POOLS + NORMS + SHAPES + RESIZES + ATTENTION

# (layer, constructor arguments, keyword arguments, inputs)
LAYERS = [
    ("Identity", [3], {"a": 1}, [f(2, 3)]),
    ("Linear", [4, 5], {}, [f(2, 3, 4)]),
    ("Linear", [4, 5], {"bias": False}, [f(4)]),
    ("Bilinear", [3, 4, 5], {}, [f(2, 3), f(2, 4)]),
    ("Conv1d", [4, 6, 3], {"padding": 1, "stride": 2}, [f(2, 4, 9)]),
    ("Conv2d", [4, 6, 3], {"padding": "same", "bias": False}, [f(2, 4, 9, 8)]),
    ("Conv2d", [4, 8, (3, 2)], {"groups": 4, "stride": (2, 1), "dilation": 2}, [f(2, 4, 9, 8)]),
    ("Conv2d", [4, 6, 3], {"padding": (1, 2), "padding_mode": "reflect"}, [f(2, 4, 9, 8)]),
    ("Conv2d", [4, 6, (4, 3)], {"padding": "same", "padding_mode": "circular"}, [f(2, 4, 9, 8)]),
    ("Conv3d", [2, 3, 3], {"padding_mode": "replicate", "padding": 1}, [f(1, 2, 4, 5, 6)]),
    ("ConvTranspose1d", [4, 6, 3], {"stride": 2, "output_padding": 1}, [f(2, 4, 9)]),
    ("ConvTranspose2d", [4, 6, 3], {"stride": 2, "padding": 1, "groups": 2}, [f(2, 4, 5, 6)]),
    ("ConvTranspose2d", [4, 6, 3], {"stride": 2}, [f(2, 4, 5, 6), (12, 14)]),
    ("ConvTranspose3d", [2, 3, 2], {"dilation": 2}, [f(1, 2, 4, 5, 6)]),
    ("BatchNorm1d", [3], {}, [f(4, 3)]),
    ("BatchNorm1d", [3], {"momentum": None}, [f(4, 3, 5)]),
    ("BatchNorm2d", [3], {"eps": 1e-3, "momentum": 0.3}, [f(4, 3, 5, 6) * 3 + 1]),
    ("BatchNorm2d", [3], {"affine": False}, [f(4, 3, 5, 6)]),
    ("BatchNorm2d", [3], {"track_running_stats": False}, [f(4, 3, 5, 6)]),
    ("BatchNorm3d", [3], {}, [f(2, 3, 4, 5, 6)]),
    ("InstanceNorm1d", [3], {}, [f(2, 3, 5)]),
    ("InstanceNorm2d", [3], {"affine": True, "track_running_stats": True}, [f(2, 3, 5, 6) + 2]),
    ("InstanceNorm2d", [3], {}, [f(3, 5, 6)]),
    ("InstanceNorm3d", [3], {}, [f(2, 3, 4, 5, 6)]),
    ("LayerNorm", [4], {}, [f(2, 3, 4)]),
    ("LayerNorm", [(3, 4)], {"bias": False, "eps": 1e-3}, [f(2, 3, 4)]),
    ("LayerNorm", [4], {"elementwise_affine": False}, [f(2, 3, 4)]),
    ("RMSNorm", [4], {}, [f(2, 3, 4)]),
    ("GroupNorm", [2, 6], {}, [f(2, 6, 4, 5)]),
    ("LocalResponseNorm", [3], {}, [f(2, 6, 4, 5)]),
    ("Embedding", [6, 4], {"padding_idx": 2}, [i(6, 2, 3)]),
    ("GELU", [], {}, [f(3, 4)]),
    ("GELU", [], {"approximate": "tanh"}, [f(3, 4)]),
    ("PReLU", [3], {}, [f(2, 3, 4)]),
    ("Softmax", [], {"dim": 1}, [f(2, 3, 4)]),
    ("LogSoftmax", [], {"dim": -1}, [f(2, 3, 4)]),
    ("Softmin", [], {"dim": -1}, [f(2, 3, 4)]),
    ("Softmax2d", [], {}, [f(2, 3, 4, 4)]),
    ("GLU", [], {"dim": 1}, [f(2, 4, 3)]),
    ("Threshold", [0.1, 2.0], {"inplace": True}, [SPECIAL]),
    ("AvgPool1d", [3], {"stride": 2}, [f(2, 3, 9)]),
    ("AvgPool2d", [3], {"stride": 2, "padding": 1, "count_include_pad": False}, [f(2, 3, 9, 8)]),
    ("AvgPool3d", [2], {}, [f(2, 3, 4, 5, 6)]),
    ("MaxPool1d", [3], {"stride": 2}, [f(2, 3, 9)]),
    ("MaxPool2d", [3], {"stride": 2, "padding": 1, "ceil_mode": True}, [f(2, 3, 9, 8)]),
    ("MaxPool2d", [2], {"return_indices": True}, [f(2, 3, 9, 8)]),
    ("MaxPool3d", [2], {}, [f(2, 3, 4, 5, 6)]),
    ("MaxUnpool2d", [2], {}, [f(1, 2, 2, 2), np.array([[[[0, 3], [9, 14]], [[5, 2], [8, 11]]]])]),
    ("AdaptiveAvgPool2d", [(3, None)], {}, [f(2, 3, 9, 8)]),
    ("AdaptiveMaxPool2d", [3], {}, [f(2, 3, 9, 8)]),
    ("AdaptiveAvgPool1d", [3], {}, [f(2, 3, 8)]),
    ("LPPool2d", [2, 3], {}, [p(2, 3, 9, 8)]),
    ("ZeroPad2d", [(1, 2, -1, 0)], {}, [f(2, 3, 4, 5)]),
    ("ReflectionPad2d", [2], {}, [f(2, 3, 4, 5)]),
    ("ReplicationPad1d", [(1, 2)], {}, [f(2, 3, 4)]),
    ("ConstantPad1d", [2, 3.5], {}, [f(2, 3, 4)]),
    ("CircularPad2d", [1], {}, [f(2, 3, 4, 5)]),
    ("Upsample", [], {"scale_factor": 2, "mode": "bilinear"}, [f(1, 2, 3, 4)]),
    ("UpsamplingNearest2d", [], {"scale_factor": 2}, [f(1, 2, 3, 4)]),
    ("UpsamplingBilinear2d", [], {"size": (5, 6)}, [f(1, 2, 3, 4)]),
    ("PixelShuffle", [2], {}, [f(2, 8, 3, 3)]),
    ("PixelUnshuffle", [2], {}, [f(2, 2, 4, 4)]),
    ("ChannelShuffle", [2], {}, [f(2, 4, 3, 3)]),
    ("Flatten", [], {}, [f(2, 3, 4)]),
    ("Flatten", [0, 1], {}, [f(2, 3, 4)]),
    ("Unflatten", [1, (2, -1)], {}, [f(2, 6, 4)]),
    ("Unfold", [2], {"stride": 2}, [f(2, 3, 4, 4)]),
    ("Fold", [(4, 4), 2], {"stride": 2}, [f(2, 12, 4)]),
    ("CosineSimilarity", [], {}, [f(2, 3), f(2, 3)]),
    ("PairwiseDistance", [], {}, [f(2, 3), f(2, 3)]),
    ("RNNCell", [3, 4], {"nonlinearity": "relu"}, [f(2, 3), f(2, 4)]),
    ("LSTMCell", [3, 4], {}, [f(2, 3)]),
    ("LSTMCell", [3, 4], {"bias": False}, [f(2, 3), (f(2, 4), f(2, 4))]),
    ("GRUCell", [3, 4], {}, [f(2, 3), f(2, 4)]),
    ("RNN", [3, 4], {"nonlinearity": "relu", "num_layers": 2}, [f(5, 2, 3)]),
    ("LSTM", [3, 4], {"num_layers": 2, "bidirectional": True, "batch_first": True}, [f(2, 5, 3)]),
    ("LSTM", [3, 4], {"proj_size": 2}, [f(5, 2, 3), (f(1, 2, 2), f(1, 2, 4))]),
    ("LSTM", [3, 4], {}, [f(5, 3)]),
    ("GRU", [3, 4, 2], {"bidirectional": True}, [f(5, 2, 3), f(4, 2, 4)]),
    ("GRU", [3, 4], {"bias": False, "batch_first": True}, [f(2, 5, 3)]),
    ("MultiheadAttention", [8, 2], {}, [f(5, 2, 8), f(6, 2, 8), f(6, 2, 8)]),
    ("MultiheadAttention", [8, 2], {"batch_first": True}, [f(2, 5, 8)] * 3 + [~b(2, 5)]),
    (
        "MultiheadAttention",
        [8, 2],
        {"kdim": 3, "vdim": 4, "add_bias_kv": True, "add_zero_attn": True},
        [f(5, 2, 8), f(6, 2, 3), f(6, 2, 4), ~b(2, 6), False, ~b(5, 6)],
    ),
    (
        "MultiheadAttention",
        [8, 2],
        {"bias": False},
        [f(5, 2, 8), f(6, 2, 8), f(6, 2, 8), None, True, f(4, 5, 6), False],
    ),
    ("MultiheadAttention", [8, 2], {}, [f(5, 8), f(6, 8), f(6, 8)]),
    ("TransformerEncoderLayer", [8, 2, 16], {"dropout": 0.0}, [f(5, 2, 8)]),
    (
        "TransformerEncoderLayer",
        [8, 2, 16],
        {"dropout": 0.0, "norm_first": True, "batch_first": True, "activation": "gelu"},
        [f(2, 5, 8), ~b(5, 5)],
    ),
    ("TransformerDecoderLayer", [8, 2, 16], {"dropout": 0.0}, [f(5, 2, 8), f(6, 2, 8)]),
    (
        "Transformer",
        [8, 2, 1, 2, 16],
        {"dropout": 0.0, "batch_first": True},
        [f(2, 5, 8), f(2, 6, 8)],
    ),
    ("CrossEntropyLoss", [], {"weight": p(5), "label_smoothing": 0.1}, [f(4, 5), i(5, 4)]),
    ("BCEWithLogitsLoss", [], {"pos_weight": p(5)}, [f(4, 5), p(4, 5)]),
    ("BCELoss", [], {}, [p(4, 5), p(4, 5)]),
    ("NLLLoss", [], {"ignore_index": 2}, [f(4, 5), i(5, 4)]),
    ("KLDivLoss", [], {"reduction": "batchmean"}, [f(4, 5), p(4, 5)]),
    ("PoissonNLLLoss", [], {"full": True}, [f(4, 5), p(4, 5)]),
    ("GaussianNLLLoss", [], {}, [f(4, 5), f(4, 5), p(4, 5)]),
    ("HuberLoss", [], {"delta": 0.5}, [f(4, 5), f(4, 5)]),
    ("SmoothL1Loss", [], {"beta": 0.5}, [f(4, 5), f(4, 5)]),
    ("HingeEmbeddingLoss", [], {}, [p(4, 5), sign(4, 5)]),
    ("CosineEmbeddingLoss", [], {}, [f(4, 5), f(4, 5), sign(4)]),
    ("MarginRankingLoss", [], {}, [f(4), f(4), sign(4)]),
    ("TripletMarginLoss", [], {}, [f(4, 5), f(4, 5), f(4, 5)]),
    ("MultiMarginLoss", [], {}, [f(4, 5), i(5, 4)]),
    ("MultiLabelSoftMarginLoss", [], {}, [f(4, 5), i(2, 4, 5).astype("f")]),
    ("SoftMarginLoss", [], {}, [f(4, 5), sign(4, 5)]),
    ("TripletMarginWithDistanceLoss", [], {}, [f(4, 5), f(4, 5), f(4, 5)]),
    ("MSELoss", [], {"reduction": "sum"}, [f(4, 5), f(4, 5)]),
    ("L1Loss", [], {}, [f(4, 5), f(4, 5)]),
]
LAYERS += [
    (name, [], {"inplace": True}, [SPECIAL])
    for name in (
        "ReLU ReLU6 SELU SiLU Mish Hardswish Hardsigmoid Hardtanh LeakyReLU ELU CELU".split()
    )
]
LAYERS += [
    (name, [], {}, [SPECIAL])
    for name in "Sigmoid LogSigmoid Tanh Tanhshrink Softsign Softplus Softshrink Hardshrink".split()
]
