"""Neural network functions with PyTorch's signatures, (N, C, ...) layout and numbers."""

import itertools
import math

import numpy as np
import tensorflow as tf

from .channels import known_channels_last, to_channels_first, to_channels_last
from .module import Kernel, channels_to_end
from .shape import shape_of


def spatial_tuple(value, n):
    """A tuple of n numbers from one number or from a sequence of one or n."""
    if isinstance(value, (list, tuple, tf.TensorShape)):
        value = tuple(value)
        return value * n if len(value) == 1 else value
    return (value,) * n


def known_sizes(x, n):
    """The last n sizes of a tensor as Python ints; raises where one is unknown."""
    sizes = x.shape.as_list()[-n:]
    if None in sizes:
        raise ValueError(f"the last {n} sizes must be known when the function is traced: {x.shape}")
    return sizes


def channel_shape(x):
    """The shape that broadcasts a per-channel vector over (N, C, ...)."""
    return [1, -1] + [1] * (x.shape.rank - 2)


def compute_float32(x):
    """Half precision as float32, in which PyTorch accumulates; other dtypes unchanged."""
    return tf.cast(x, tf.float32) if x.dtype in (tf.float16, tf.bfloat16) else x


# ---------------------------------------------------------------- activations


def relu(input):
    """max(x, 0)."""
    return tf.nn.relu(input)


def relu6(input):
    """min(max(x, 0), 6)."""
    return tf.nn.relu6(input)


def gelu(input, approximate="none"):
    """x * Phi(x); by tanh where `approximate` is "tanh"."""
    return tf.nn.gelu(input, approximate={"none": False, "tanh": True}[approximate])


def silu(input):
    """x * sigmoid(x)."""
    return tf.nn.silu(tf.convert_to_tensor(input))


def hardswish(input):
    """x * relu6(x + 3) / 6."""
    return input * tf.nn.relu6(input + 3.0) / 6.0


def hardsigmoid(input):
    """relu6(x + 3) / 6."""
    return tf.nn.relu6(input + 3.0) / 6.0


def hardtanh(input, min_val=-1.0, max_val=1.0):
    """x clipped to [min_val, max_val]; the gradient is zero at both bounds."""
    clipped = tf.minimum(tf.maximum(input, min_val), max_val)
    return tf.where((input > min_val) & (input < max_val), input, tf.stop_gradient(clipped))


def leaky_relu(input, negative_slope=0.01):
    """x where positive, else negative_slope * x."""
    return tf.nn.leaky_relu(input, alpha=negative_slope)


def elu(input, alpha=1.0):
    """x where positive, else alpha * (exp(x) - 1)."""
    return tf.where(input > 0, input, alpha * tf.math.expm1(tf.minimum(input, 0.0)))


def selu(input):
    """Scaled ELU that keeps mean 0 and variance 1."""
    return tf.nn.selu(input)


def celu(input, alpha=1.0):
    """x where positive, else alpha * (exp(x / alpha) - 1)."""
    return tf.where(input > 0, input, alpha * tf.math.expm1(tf.minimum(input, 0.0) / alpha))


def softplus(input, beta=1.0, threshold=20.0):
    """log(1 + exp(beta * x)) / beta, and x where beta * x > threshold."""
    scaled = input * beta
    linear = scaled > threshold
    smooth = tf.math.softplus(tf.where(linear, tf.zeros_like(scaled), scaled)) / beta
    return tf.where(linear, input, smooth)


def mish(input):
    """x * tanh(softplus(x))."""
    return input * tf.tanh(tf.math.softplus(input))


def softsign(input):
    """x / (1 + |x|)."""
    return input / (1.0 + tf.abs(input))


def logsigmoid(input):
    """log(sigmoid(x))."""
    return tf.math.log_sigmoid(input)


def tanhshrink(input):
    """x - tanh(x)."""
    return input - tf.tanh(input)


def softshrink(input, lambd=0.5):
    """x moved towards 0 by lambd, and 0 in [-lambd, lambd]."""
    return tf.where(tf.abs(input) <= lambd, tf.zeros_like(input), input - tf.sign(input) * lambd)


def hardshrink(input, lambd=0.5):
    """x, but 0 in [-lambd, lambd]."""
    return tf.where(tf.abs(input) <= lambd, tf.zeros_like(input), input)


def prelu(input, weight):
    """x where positive, else weight * x; weight has one value, or one for each channel (axis 1)."""
    weight = tf.convert_to_tensor(weight)
    if weight.shape.num_elements() > 1:
        if input.shape.rank < 2 or input.shape[1] != weight.shape[0]:
            raise ValueError(f"weight {weight.shape} does not match the channels of {input.shape}")
        weight = tf.reshape(weight, channel_shape(input))
    return tf.where(input > 0, input, weight * input)


def rrelu(input, lower=1.0 / 8, upper=1.0 / 3, training=False):
    """Leaky ReLU whose slope is drawn from [lower, upper) in training, else their mean."""
    if not training:
        return tf.nn.leaky_relu(input, alpha=(lower + upper) / 2)
    slope = tf.random.uniform(tf.shape(input), lower, upper, dtype=input.dtype)
    return tf.where(input > 0, input, slope * input)


def threshold(input, threshold, value):
    """x where it is greater than threshold, else value."""
    return tf.where(input > threshold, input, tf.cast(value, input.dtype))


def glu(input, dim=-1):
    """The first half along dim times the sigmoid of the second half."""
    first, second = tf.split(input, 2, axis=dim)
    return first * tf.sigmoid(second)


def implicit_softmax_dim(rank):
    """The axis that PyTorch takes when none is given."""
    return 0 if rank in (0, 1, 3) else 1


def softmax(input, dim=None, dtype=None):
    """exp(x) divided by its sum along dim."""
    input = tf.convert_to_tensor(input) if dtype is None else tf.cast(input, dtype)
    dim = implicit_softmax_dim(input.shape.rank) if dim is None else dim
    return tf.nn.softmax(input, axis=dim)


def log_softmax(input, dim=None, dtype=None):
    """Logarithm of the softmax along dim."""
    input = tf.convert_to_tensor(input) if dtype is None else tf.cast(input, dtype)
    dim = implicit_softmax_dim(input.shape.rank) if dim is None else dim
    return tf.nn.log_softmax(input, axis=dim)


def softmin(input, dim=None, dtype=None):
    """Softmax of -x along dim."""
    return softmax(-input, dim, dtype)


def gumbel_softmax(logits, tau=1, hard=False, eps=1e-10, dim=-1):
    """A sample of the Gumbel-softmax distribution; `hard` gives one-hot values with soft gradients.

    `eps` has no effect, as in PyTorch.
    """
    tiny = logits.dtype.as_numpy_dtype(np.finfo(np.float32).tiny)
    uniform = tf.random.uniform(tf.shape(logits), tiny, 1.0, dtype=logits.dtype)
    soft = tf.nn.softmax((logits - tf.math.log(-tf.math.log(uniform))) / tau, axis=dim)
    if not hard:
        return soft
    best = tf.argmax(soft, axis=dim)
    one = tf.one_hot(best, tf.shape(soft)[dim], axis=dim, dtype=soft.dtype)
    return one + soft - tf.stop_gradient(soft)


def vector_norm_safe(x, p, axis, keepdims):
    """The p-norm along an axis with gradient 0, not NaN, at 0."""
    if p == math.inf:
        return tf.reduce_max(tf.abs(x), axis=axis, keepdims=keepdims)
    if p == 1:
        return tf.reduce_sum(tf.abs(x), axis=axis, keepdims=keepdims)
    if p == 0:
        return tf.reduce_sum(tf.cast(x != 0, x.dtype), axis=axis, keepdims=keepdims)
    power = x * x if p == 2 else tf.abs(x) ** p
    total = tf.reduce_sum(power, axis=axis, keepdims=keepdims)
    positive = tf.where(total > 0, total, tf.ones_like(total))
    root = tf.sqrt(positive) if p == 2 else positive ** (1.0 / p)
    return tf.where(total > 0, root, total)


def normalize(input, p=2.0, dim=1, eps=1e-12):
    """x divided by max(its p-norm along dim, eps)."""
    norm = vector_norm_safe(input, p, dim, keepdims=True)
    return input / tf.maximum(norm, tf.cast(eps, norm.dtype))


# ---------------------------------------------------------------- linear maps


def linear(input, weight, bias=None):
    """input @ weight.T + bias; weight is (out, in) or (in,)."""
    x, weight = tf.convert_to_tensor(input), tf.convert_to_tensor(weight)
    if weight.shape.rank != 2:
        out = tf.tensordot(x, weight, [[-1], [-1]])
        return out if bias is None else out + tf.convert_to_tensor(bias)
    # As one batch: a product of plain matrices is slower on the CPU when one of them is transposed.
    rows = x if x.shape.rank == 2 else tf.reshape(x, [1, -1, weight.shape[1]])
    out = tf.matmul(rows, weight, transpose_b=True)
    out = out if bias is None else out + tf.convert_to_tensor(bias)
    return out if x.shape.rank == 2 else tf.reshape(out, [*shape_of(x)[:-1], weight.shape[0]])


def bilinear(input1, input2, weight, bias=None):
    """x1 @ weight[o] @ x2 for every output o; weight is (out, in1, in2)."""
    out = tf.einsum("...i,oij,...j->...o", input1, tf.convert_to_tensor(weight), input2)
    return out if bias is None else out + tf.convert_to_tensor(bias)


# ---------------------------------------------------------------- convolution


def conv_padding(padding, kernel, stride, dilation):
    """Pairs (before, after) for each spatial axis from PyTorch's `padding`."""
    if padding == "same":
        if any(s != 1 for s in stride):
            raise ValueError("padding='same' is not supported for strided convolutions")
        totals = [d * (k - 1) for k, d in zip(kernel, dilation)]
        return [(total // 2, total - total // 2) for total in totals]
    if isinstance(padding, str) and padding != "valid":
        raise ValueError(f"padding must be a number, 'same' or 'valid', got {padding!r}")
    return [(p, p) for p in spatial_tuple(0 if padding == "valid" else padding, len(kernel))]


def check_conv_sizes(x, weight, kernel, pads, dilation, groups):
    """Raise on inputs for which TensorFlow would return something where PyTorch raises."""
    if x.shape[-1] != weight.shape[1] * groups or weight.shape[0] % groups:
        raise ValueError(
            f"{x.shape} has not the channels of weight {weight.shape}, groups {groups}"
        )
    for size, k, (before, after), d in zip(x.shape[1:-1], kernel, pads, dilation):
        if size is not None and size + before + after < d * (k - 1) + 1:
            raise ValueError(f"kernel {tuple(kernel)} is larger than the padded input {x.shape}")


def conv_channels_last(x, kernel, stride, groups):
    """Unpadded 2-D or 3-D convolution of (N, ..., C) by (..., C / groups, O)."""
    n = len(stride)
    if groups == 1:
        plain = tf.nn.conv2d if n == 2 else tf.nn.conv3d
        return plain(x, kernel, [1, *stride, 1], "VALID")
    if n == 2 and kernel.shape[2] == 1 and stride[0] == stride[1]:
        depthwise = tf.reshape(kernel, [*kernel.shape[:2], groups, kernel.shape[3] // groups])
        return tf.nn.depthwise_conv2d(x, depthwise, [1, *stride, 1], "VALID")
    # TensorFlow has no gradient of grouped convolutions on the CPU.
    parts = zip(tf.split(x, groups, axis=-1), tf.split(kernel, groups, axis=-1))
    done = [conv_channels_last(a, k, stride, 1) for a, k in parts]
    return tf.concat(done, axis=-1)


def dilated_conv_channels_last(x, kernel, stride, dilation, groups):
    """Unpadded convolution with gaps in the kernel, by space-to-batch (works on CPU)."""
    n = len(stride)

    def dense(block, _rank, _padding):
        return conv_channels_last(block, kernel, (1,) * n, groups)

    out = tf.nn.with_space_to_batch(x, dilation, "VALID", dense)
    if any(s != 1 for s in stride):
        out = out[(slice(None), *(slice(None, None, s) for s in stride))]
    return out


def as_kernel(weight):
    """A weight (O, I, ...) as TensorFlow's convolutions take it: (..., I, O)."""
    if isinstance(weight, Kernel):
        return tf.convert_to_tensor(weight.stored)
    return channels_to_end(tf.convert_to_tensor(weight))


def conv_nd(n, input, weight, bias, stride, padding, dilation, groups):
    """Cross-correlation of (N, C, ...) or (C, ...) with (O, C / groups, ...)."""
    x = tf.convert_to_tensor(input)
    batched = x.shape.rank == n + 2
    x = x if batched else x[None]
    options = (stride, padding, dilation, groups)
    out = to_channels_first(conv_last(n, to_channels_last(x), weight, bias, *options))
    return out if batched else out[0]


def is_pointwise(kernel, stride, pads, groups):
    """Whether a convolution is one matrix product at all places."""
    sizes = (*kernel.shape[:-2], *stride, groups)
    return all(size == 1 for size in sizes) and not any(map(any, pads))


def conv_last(n, x, weight, bias, stride, padding, dilation, groups):
    """Cross-correlation of (N, ..., C) with (O, C / groups, ...)."""
    stride, dilation = spatial_tuple(stride, n), spatial_tuple(dilation, n)
    pads = conv_padding(padding, weight.shape[2:], stride, dilation)
    check_conv_sizes(x, weight, weight.shape[2:], pads, dilation, groups)
    kernel = as_kernel(weight)
    if is_pointwise(kernel, stride, pads, groups):
        rows = tf.reshape(x, [-1, kernel.shape[-2]])
        out = tf.matmul(rows, tf.reshape(kernel, kernel.shape[-2:]))
        out = out if bias is None else out + tf.convert_to_tensor(bias)
        return tf.reshape(out, [*shape_of(x)[:-1], kernel.shape[-1]])
    plain = n == 2 and groups == 1 and all(d == 1 for d in dilation)
    if any(before or after for before, after in pads) and not plain:
        x = tf.pad(x, [(0, 0), *pads, (0, 0)])
    if n == 1:
        x, kernel = x[:, None], kernel[None]
        stride, dilation = stride * 2, (1, *dilation)
    if plain:
        out = tf.nn.conv2d(x, kernel, stride, [(0, 0), *pads, (0, 0)])
    elif any(d != 1 for d in dilation):
        out = dilated_conv_channels_last(x, kernel, stride, dilation, groups)
    else:
        out = conv_channels_last(x, kernel, stride, groups)
    out = out[:, 0] if n == 1 else out
    return out if bias is None else out + tf.convert_to_tensor(bias)


def conv1d(input, weight, bias=None, stride=1, padding=0, dilation=1, groups=1):
    """1-D convolution of (N, C, L) with (O, C / groups, k)."""
    return conv_nd(1, input, weight, bias, stride, padding, dilation, groups)


def conv2d(input, weight, bias=None, stride=1, padding=0, dilation=1, groups=1):
    """2-D convolution of (N, C, H, W) with (O, C / groups, kh, kw)."""
    return conv_nd(2, input, weight, bias, stride, padding, dilation, groups)


def conv3d(input, weight, bias=None, stride=1, padding=0, dilation=1, groups=1):
    """3-D convolution of (N, C, D, H, W) with (O, C / groups, kd, kh, kw)."""
    return conv_nd(3, input, weight, bias, stride, padding, dilation, groups)


def insert_gaps(x, axis, step):
    """Put step - 1 zeros between neighbours along an axis."""
    if step == 1:
        return x
    sizes = shape_of(x)
    rank = len(sizes)
    pads = [(0, step - 1) if i == axis + 1 else (0, 0) for i in range(rank + 1)]
    spread = tf.pad(tf.expand_dims(x, axis + 1), pads)
    merged = tf.reshape(spread, [*sizes[:axis], sizes[axis] * step, *sizes[axis + 1 :]])
    return merged[(slice(None),) * axis + (slice(0, sizes[axis] * step - step + 1),)]


def full_conv_transpose(x, kernel, stride):
    """Uncropped transposed convolution of (N, ..., C) with (..., O, C)."""
    sizes = shape_of(x)
    out = [(size - 1) * s + k for size, s, k in zip(sizes[1:-1], stride, kernel.shape)]
    shape = [sizes[0], *out, kernel.shape[-2]]
    return tf.nn.conv_transpose(x, kernel, shape, strides=stride, padding="VALID")


def conv_transpose_nd(n, input, weight, bias, stride, padding, output_padding, groups, dilation):
    """Transposed convolution of (N, C, ...) or (C, ...) with (C, O / groups, ...)."""
    x = tf.convert_to_tensor(input)
    batched = x.shape.rank == n + 2
    x = to_channels_last(x if batched else x[None])
    options = (stride, padding, output_padding, groups, dilation)
    out = to_channels_first(conv_transpose_last(n, x, weight, bias, *options))
    return out if batched else out[0]


def conv_transpose_last(n, x, weight, bias, stride, padding, output_padding, groups, dilation):
    """Transposed convolution of (N, ..., C) with (C, O / groups, ...)."""
    stride, padding = spatial_tuple(stride, n), spatial_tuple(padding, n)
    extra, dilation = spatial_tuple(output_padding, n), spatial_tuple(dilation, n)
    if any(e >= max(s, d) for e, s, d in zip(extra, stride, dilation)):
        raise ValueError("output_padding must be smaller than stride or dilation")
    if x.shape[-1] != weight.shape[0]:
        raise ValueError(f"{x.shape[-1]} channels do not match weight {weight.shape}")
    kernel = as_kernel(weight)
    for i, d in enumerate(dilation):
        kernel = insert_gaps(kernel, i, d)
    parts = zip(tf.split(x, groups, axis=-1), tf.split(kernel, groups, axis=-1))
    done = [full_conv_transpose(a, k, stride) for a, k in parts]
    out = done[0] if groups == 1 else tf.concat(done, axis=-1)
    if any(extra):
        out = tf.pad(out, [(0, 0), *((0, e) for e in extra), (0, 0)])
    out = out[(slice(None), *(slice(p, -p if p else None) for p in padding))]
    return out if bias is None else out + tf.convert_to_tensor(bias)


def conv_transpose1d(
    input, weight, bias=None, stride=1, padding=0, output_padding=0, groups=1, dilation=1
):
    """1-D transposed convolution of (N, C, L) with (C, O / groups, k)."""
    return conv_transpose_nd(
        1, input, weight, bias, stride, padding, output_padding, groups, dilation
    )


def conv_transpose2d(
    input, weight, bias=None, stride=1, padding=0, output_padding=0, groups=1, dilation=1
):
    """2-D transposed convolution of (N, C, H, W) with (C, O / groups, kh, kw)."""
    return conv_transpose_nd(
        2, input, weight, bias, stride, padding, output_padding, groups, dilation
    )


def conv_transpose3d(
    input, weight, bias=None, stride=1, padding=0, output_padding=0, groups=1, dilation=1
):
    """3-D transposed convolution of (N, C, D, H, W) with (C, O / groups, kd, kh, kw)."""
    return conv_transpose_nd(
        3, input, weight, bias, stride, padding, output_padding, groups, dilation
    )


# ---------------------------------------------------------------- pooling


def pool_pads(sizes, kernel, stride, padding, dilation, ceil_mode):
    """Pairs (before, after) for each axis; ceil_mode adds what the last window needs."""
    pads = []
    for size, k, s, p, d in zip(sizes, kernel, stride, padding, dilation):
        if p > k // 2:
            raise ValueError("padding must be at most half of the kernel size")
        span = d * (k - 1) + 1
        if not ceil_mode:
            if size is not None and size + 2 * p < span:
                raise ValueError(f"the pooling window {span} is larger than the input {size}")
            pads.append((p, p))
            continue
        if size is None:
            raise ValueError("ceil_mode needs spatial sizes known when the function is traced")
        count = -(-(size + 2 * p - span) // s) + 1
        if (count - 1) * s >= size + p:
            count -= 1
        pads.append((p, max(p, (count - 1) * s + span - size - p)))
    return pads


def mean_windows(x, kernel, stride):
    """Mean of every window of (N, ..., C)."""
    pool = (tf.nn.avg_pool1d, tf.nn.avg_pool2d, tf.nn.avg_pool3d)[len(kernel) - 1]
    return pool(x, kernel, stride, "VALID")


def avg_pool_nd(
    n, input, kernel_size, stride, padding, ceil_mode, count_include_pad, divisor_override
):
    """Average pooling of (N, C, ...) or (C, ...)."""
    batched = input.shape.rank == n + 2
    x = to_channels_last(input if batched else input[None])
    options = (stride, padding, ceil_mode, count_include_pad, divisor_override)
    out = to_channels_first(pooled_means(n, x, kernel_size, *options))
    return out if batched else out[0]


def pooled_means(
    n, x, kernel_size, stride, padding, ceil_mode, count_include_pad, divisor_override
):
    """Average pooling of (N, ..., C)."""
    kernel = spatial_tuple(kernel_size, n)
    stride = kernel if stride is None or stride == [] else spatial_tuple(stride, n)
    padding = spatial_tuple(padding, n)
    pads = pool_pads(x.shape[1:-1], kernel, stride, padding, (1,) * n, ceil_mode)
    padded = tf.pad(x, [(0, 0), *pads, (0, 0)]) if any(map(any, pads)) else x
    out = mean_windows(padded, kernel, stride)
    window = math.prod(kernel)
    grown = any(pair != (p, p) for pair, p in zip(pads, padding))
    if divisor_override is not None:
        out = out * (window / divisor_override)
    elif grown or (any(padding) and not count_include_pad):
        inner = [(p, p) if count_include_pad else (0, 0) for p in padding]
        outer = [(a - c, b - d) for (a, b), (c, d) in zip(pads, inner)]
        ones = tf.pad(tf.ones_like(x[:1, ..., :1]), [(0, 0), *inner, (0, 0)], constant_values=1)
        counted = mean_windows(tf.pad(ones, [(0, 0), *outer, (0, 0)]), kernel, stride)
        out = out * (window / tf.round(counted * window))
    return out


def avg_pool1d(input, kernel_size, stride=None, padding=0, ceil_mode=False, count_include_pad=True):
    """Mean over windows of (N, C, L)."""
    return avg_pool_nd(1, input, kernel_size, stride, padding, ceil_mode, count_include_pad, None)


def avg_pool2d(
    input,
    kernel_size,
    stride=None,
    padding=0,
    ceil_mode=False,
    count_include_pad=True,
    divisor_override=None,
):
    """Mean over windows of (N, C, H, W)."""
    return avg_pool_nd(
        2, input, kernel_size, stride, padding, ceil_mode, count_include_pad, divisor_override
    )


def avg_pool3d(
    input,
    kernel_size,
    stride=None,
    padding=0,
    ceil_mode=False,
    count_include_pad=True,
    divisor_override=None,
):
    """Mean over windows of (N, C, D, H, W)."""
    return avg_pool_nd(
        3, input, kernel_size, stride, padding, ceil_mode, count_include_pad, divisor_override
    )


def window_index(size, k, s, d):
    """Positions (windows, k) that sliding windows cover on an axis of this size."""
    starts = np.arange(0, size - d * (k - 1), s)
    return starts[:, None] + d * np.arange(k)


def gather_windows(x, indices):
    """Windows (N, C, o1, .., on, k1, .., kn) of (N, C, ...) at positions (o, k) for each axis."""
    n = len(indices)
    for i, index in enumerate(indices):
        x = tf.gather(x, index, axis=2 + 2 * i)
    return tf.transpose(x, [0, 1, *range(2, 2 + 2 * n, 2), *range(3, 3 + 2 * n, 2)])


def max_of_windows(x, indices):
    """Maximum of each window and its position in the flattened spatial axes."""
    n = len(indices)
    sizes = known_sizes(x, n)
    windows = gather_windows(x, indices)
    flat = tf.reshape(windows, [*shape_of(windows)[: n + 2], -1])
    best = tf.argmax(flat, axis=-1)
    places = np.zeros([1] * (2 * n), np.int64)
    for i, (index, size) in enumerate(zip(indices, sizes)):
        shape = [1] * (2 * n)
        shape[i], shape[n + i] = index.shape
        places = places * size + index.reshape(shape)
    places = tf.constant(places.reshape(*places.shape[:n], -1))
    places = tf.broadcast_to(places, tf.shape(flat, out_type=tf.int64))
    pick = best[..., None]
    values = tf.gather(flat, pick, batch_dims=n + 2)[..., 0]
    return values, tf.gather(places, pick, batch_dims=n + 2)[..., 0]


def max_windows(x, kernel, stride):
    """Maximum of every window of (N, ..., C)."""
    pool = (tf.nn.max_pool1d, tf.nn.max_pool2d, tf.nn.max_pool3d)[len(kernel) - 1]
    return pool(x, kernel, stride, "VALID")


def pooled_maxima(n, x, kernel_size, stride, padding, ceil_mode):
    """Max pooling of (N, ..., C) by windows without gaps."""
    kernel = spatial_tuple(kernel_size, n)
    stride = kernel if stride is None or stride == [] else spatial_tuple(stride, n)
    padding = spatial_tuple(padding, n)
    pads = pool_pads(x.shape[1:-1], kernel, stride, padding, (1,) * n, ceil_mode)
    if any(map(any, pads)):
        x = tf.pad(x, [(0, 0), *pads, (0, 0)], constant_values=lowest(x.dtype))
    return max_windows(x, kernel, stride)


def lowest(dtype):
    """The value that never wins a maximum."""
    dtype = tf.as_dtype(dtype)
    return -math.inf if dtype.is_floating else dtype.min


def max_pool_nd(n, input, kernel_size, stride, padding, dilation, ceil_mode, return_indices):
    """Max pooling of (N, C, ...) or (C, ...); indices count positions of the unpadded input."""
    kernel, dilation = spatial_tuple(kernel_size, n), spatial_tuple(dilation, n)
    stride = kernel if stride is None or stride == [] else spatial_tuple(stride, n)
    batched = input.shape.rank == n + 2
    x = input if batched else input[None]
    if not return_indices and all(d == 1 for d in dilation):
        out = pooled_maxima(n, to_channels_last(x), kernel, stride, padding, ceil_mode)
        return to_channels_first(out) if batched else to_channels_first(out)[0]
    padding = spatial_tuple(padding, n)
    pads = pool_pads(x.shape[2:], kernel, stride, padding, dilation, ceil_mode)
    if any(map(any, pads)):
        padded = tf.pad(x, [(0, 0), (0, 0), *pads], constant_values=lowest(x.dtype))
    else:
        padded = x
    parts = zip(known_sizes(padded, n), kernel, stride, dilation)
    values, places = max_of_windows(padded, [window_index(*part) for part in parts])
    if return_indices:
        places = unpadded_places(places, known_sizes(padded, n), known_sizes(x, n), pads)
    values, places = (values, places) if batched else (values[0], places[0])
    return (values, places) if return_indices else values


def unpadded_places(places, padded_sizes, sizes, pads):
    """Flat positions in the padded axes as flat positions in the unpadded axes."""
    out, unit = tf.zeros_like(places), 1
    for padded, size, (before, _) in reversed(list(zip(padded_sizes, sizes, pads))):
        out += (places % padded - before) * unit
        places, unit = places // padded, unit * size
    return out


def max_pool1d(
    input, kernel_size, stride=None, padding=0, dilation=1, ceil_mode=False, return_indices=False
):
    """Maximum over windows of (N, C, L)."""
    return max_pool_nd(1, input, kernel_size, stride, padding, dilation, ceil_mode, return_indices)


def max_pool2d(
    input, kernel_size, stride=None, padding=0, dilation=1, ceil_mode=False, return_indices=False
):
    """Maximum over windows of (N, C, H, W)."""
    return max_pool_nd(2, input, kernel_size, stride, padding, dilation, ceil_mode, return_indices)


def max_pool3d(
    input, kernel_size, stride=None, padding=0, dilation=1, ceil_mode=False, return_indices=False
):
    """Maximum over windows of (N, C, D, H, W)."""
    return max_pool_nd(3, input, kernel_size, stride, padding, dilation, ceil_mode, return_indices)


def max_unpool_nd(n, input, indices, kernel_size, stride, padding, output_size):
    """Put values back at the positions that max pooling took them from; zeros elsewhere."""
    kernel = spatial_tuple(kernel_size, n)
    stride = kernel if stride is None or stride == [] else spatial_tuple(stride, n)
    padding = spatial_tuple(padding, n)
    batched = input.shape.rank == n + 2
    x, indices = (input, indices) if batched else (input[None], indices[None])
    if output_size is None:
        parts = zip(known_sizes(x, n), kernel, stride, padding)
        output_size = [(size - 1) * s - 2 * p + k for size, k, s, p in parts]
    output_size = list(output_size)[-n:]
    batch, channels = shape_of(x)[:2]
    rows, total = batch * channels, math.prod(output_size)
    places = tf.reshape(tf.cast(indices, tf.int64), [rows, -1])
    offset = tf.range(tf.cast(rows, tf.int64))[:, None] * total
    target = tf.reshape(places + offset, [-1, 1])
    flat = tf.zeros([rows * total], x.dtype)
    flat = tf.tensor_scatter_nd_update(flat, target, tf.reshape(x, [-1]))
    out = tf.reshape(flat, [batch, channels, *output_size])
    return out if batched else out[0]


def max_unpool1d(input, indices, kernel_size, stride=None, padding=0, output_size=None):
    """Partial inverse of max_pool1d with return_indices."""
    return max_unpool_nd(1, input, indices, kernel_size, stride, padding, output_size)


def max_unpool2d(input, indices, kernel_size, stride=None, padding=0, output_size=None):
    """Partial inverse of max_pool2d with return_indices."""
    return max_unpool_nd(2, input, indices, kernel_size, stride, padding, output_size)


def max_unpool3d(input, indices, kernel_size, stride=None, padding=0, output_size=None):
    """Partial inverse of max_pool3d with return_indices."""
    return max_unpool_nd(3, input, indices, kernel_size, stride, padding, output_size)


def adaptive_windows(size, out):
    """Positions (out, longest window) of adaptive pooling windows, and which of them count."""
    starts = np.arange(out) * size // out
    ends = -(-(np.arange(1, out + 1) * size) // out)
    places = starts[:, None] + np.arange((ends - starts).max())
    return np.minimum(places, size - 1), places < ends[:, None]


def adaptive_sizes(output_size, sizes):
    """The output sizes of adaptive pooling; None keeps the size of the input."""
    wanted = spatial_tuple(output_size, len(sizes))
    return [have if want is None else want for want, have in zip(wanted, sizes)]


def adaptive_avg_pool_nd(n, input, output_size):
    """Mean over windows of the last axes chosen to give the output size."""
    x = tf.convert_to_tensor(input)
    return adaptive_means(x, range(x.shape.rank - n, x.shape.rank), output_size)


def adaptive_means(x, axes, output_size):
    """Mean over windows of these axes chosen to give the output size."""
    wanted = adaptive_sizes(output_size, [x.shape[axis] for axis in axes])
    if all(want == 1 for want in wanted):
        return tf.reduce_mean(x, axis=list(axes), keepdims=True)
    for axis, want in zip(axes, wanted):
        size = x.shape[axis]
        if want == size:
            continue
        if size is None:
            raise ValueError("adaptive pooling needs sizes known when the function is traced")
        places, counts = adaptive_windows(size, want)
        shape = [*counts.shape] + [1] * (x.shape.rank - axis - 1)
        windows = tf.gather(x, places, axis=axis)
        kept = tf.where(counts.reshape(shape), windows, tf.zeros_like(windows))
        lengths = counts.sum(1).reshape([want] + shape[2:])
        x = tf.reduce_sum(kept, axis=axis + 1) / tf.constant(lengths, x.dtype)
    return x


def adaptive_avg_pool1d(input, output_size):
    """Mean pooling of (N, C, L) to the given size."""
    return adaptive_avg_pool_nd(1, input, output_size)


def adaptive_avg_pool2d(input, output_size):
    """Mean pooling of (N, C, H, W) to the given sizes."""
    return adaptive_avg_pool_nd(2, input, output_size)


def adaptive_avg_pool3d(input, output_size):
    """Mean pooling of (N, C, D, H, W) to the given sizes."""
    return adaptive_avg_pool_nd(3, input, output_size)


def adaptive_max_pool_nd(n, input, output_size, return_indices):
    """Maximum over windows chosen to give the output size."""
    x = tf.convert_to_tensor(input)
    wanted = adaptive_sizes(output_size, x.shape[-n:])
    if not return_indices and all(want == 1 for want in wanted):
        return tf.reduce_max(x, axis=list(range(-n, 0)), keepdims=True)
    batched = x.shape.rank == n + 2
    x = x if batched else x[None]
    # A window shorter than the longest repeats its last position, which changes no maximum.
    places = [adaptive_windows(size, want) for size, want in zip(known_sizes(x, n), wanted)]
    last = [
        np.where(counts, p, p[np.arange(len(p)), counts.sum(1) - 1][:, None])
        for p, counts in places
    ]
    values, index = max_of_windows(x, last)
    values, index = (values, index) if batched else (values[0], index[0])
    return (values, index) if return_indices else values


def adaptive_max_pool1d(input, output_size, return_indices=False):
    """Max pooling of (N, C, L) to the given size."""
    return adaptive_max_pool_nd(1, input, output_size, return_indices)


def adaptive_max_pool2d(input, output_size, return_indices=False):
    """Max pooling of (N, C, H, W) to the given sizes."""
    return adaptive_max_pool_nd(2, input, output_size, return_indices)


def adaptive_max_pool3d(input, output_size, return_indices=False):
    """Max pooling of (N, C, D, H, W) to the given sizes."""
    return adaptive_max_pool_nd(3, input, output_size, return_indices)


def lp_pool_nd(n, input, norm_type, kernel_size, stride, ceil_mode):
    """p-norm over windows of (N, C, ...)."""
    kernel = spatial_tuple(kernel_size, n)
    power = tf.pow(input, tf.cast(norm_type, input.dtype))
    mean = avg_pool_nd(n, power, kernel, stride, 0, ceil_mode, True, None)
    total = tf.nn.relu(mean) * math.prod(kernel)
    some = tf.where(total > 0, total, tf.ones_like(total))
    return tf.where(total > 0, tf.pow(some, tf.cast(1.0 / norm_type, input.dtype)), total)


def lp_pool1d(input, norm_type, kernel_size, stride=None, ceil_mode=False):
    """p-norm over windows of (N, C, L)."""
    return lp_pool_nd(1, input, norm_type, kernel_size, stride, ceil_mode)


def lp_pool2d(input, norm_type, kernel_size, stride=None, ceil_mode=False):
    """p-norm over windows of (N, C, H, W)."""
    return lp_pool_nd(2, input, norm_type, kernel_size, stride, ceil_mode)


def lp_pool3d(input, norm_type, kernel_size, stride=None, ceil_mode=False):
    """p-norm over windows of (N, C, D, H, W)."""
    return lp_pool_nd(3, input, norm_type, kernel_size, stride, ceil_mode)


# ---------------------------------------------------------------- normalization


def moments_over(x, axes, keepdims=False):
    """Mean and variance over some axes; unlike `tf.nn.moments` right in second derivatives too."""
    mean = tf.reduce_mean(x, axes, keepdims=True)
    variance = tf.reduce_mean(tf.math.squared_difference(x, mean), axes, keepdims=keepdims)
    return mean if keepdims else tf.squeeze(mean, axes), variance


def standardize(x, mean, variance, eps, weight, bias, shape):
    """(x - mean) / sqrt(variance + eps) * weight + bias, the parameters reshaped to `shape`."""
    out = (x - mean) * tf.math.rsqrt(variance + tf.cast(eps, x.dtype))
    if weight is not None:
        out = out * tf.cast(tf.reshape(tf.convert_to_tensor(weight), shape), x.dtype)
    if bias is not None:
        out = out + tf.cast(tf.reshape(tf.convert_to_tensor(bias), shape), x.dtype)
    return out


def update_running_stats(running_mean, running_var, mean, variance, count, momentum):
    """Move running statistics towards those of a batch; the variance is stored unbiased."""
    count = tf.cast(count, variance.dtype)
    unbiased = variance * (count / (count - 1.0))
    for running, new in ((running_mean, mean), (running_var, unbiased)):
        if running is not None:
            old = tf.convert_to_tensor(running)
            running.assign(old * (1.0 - momentum) + tf.cast(new, old.dtype) * momentum)


def batch_norm(
    input, running_mean, running_var, weight=None, bias=None, training=False, momentum=0.1, eps=1e-5
):
    """Normalize each channel (axis 1); training uses the batch and assigns the averages."""
    x = compute_float32(tf.convert_to_tensor(input))
    options = (running_mean, running_var, weight, bias, training, momentum, eps)
    if known_channels_last(x) is not None:
        axes, shape = list(range(x.shape.rank - 1)), [-1]
        out = to_channels_first(normalized_batch(to_channels_last(x), axes, shape, *options))
    else:
        axes, shape = [0, *range(2, x.shape.rank)], channel_shape(x)
        out = normalized_batch(x, axes, shape, *options)
    return tf.cast(out, input.dtype)


def normalized_batch(
    x, axes, shape, running_mean, running_var, weight, bias, training, momentum, eps
):
    """Normalize over these axes; vectors of channels broadcast with this shape."""
    if training:
        count = tf.reduce_prod(tf.gather(tf.shape(x), axes))
        if None not in x.shape and all(x.shape[axis] == 1 for axis in axes):
            raise ValueError(f"expected more than 1 value per channel when training: {x.shape}")
        mean, variance = moments_over(x, axes)
        update_running_stats(running_mean, running_var, mean, variance, count, momentum)
    else:
        mean = tf.cast(tf.convert_to_tensor(running_mean), x.dtype)
        variance = tf.cast(tf.convert_to_tensor(running_var), x.dtype)
    scale = tf.math.rsqrt(variance + tf.cast(eps, x.dtype))
    if weight is not None:
        scale = scale * tf.cast(tf.convert_to_tensor(weight), x.dtype)
    if bias is None:
        shift = -mean * scale
    else:
        shift = tf.cast(tf.convert_to_tensor(bias), x.dtype) - mean * scale
    if len(shape) > 1:
        scale, shift = tf.reshape(scale, shape), tf.reshape(shift, shape)
    return x * scale + shift


def layer_norm(input, normalized_shape, weight=None, bias=None, eps=1e-05):
    """Normalize over the last axes, whose sizes are `normalized_shape`."""
    x = compute_float32(tf.convert_to_tensor(input))
    n = len(normalized_shape)
    if list(x.shape[x.shape.rank - n :]) != list(normalized_shape):
        raise ValueError(f"the last sizes of {x.shape} are not {tuple(normalized_shape)}")
    moments = moments_over(x, list(range(x.shape.rank - n, x.shape.rank)), keepdims=True)
    return tf.cast(standardize(x, *moments, eps, weight, bias, normalized_shape), input.dtype)


def rms_norm(input, normalized_shape, weight=None, eps=None):
    """Divide by the root mean square over the last axes; eps None is the dtype's epsilon."""
    x = compute_float32(tf.convert_to_tensor(input))
    if eps is None:
        eps = float(np.finfo(x.dtype.as_numpy_dtype).eps)
    n = len(normalized_shape)
    if list(x.shape[x.shape.rank - n :]) != list(normalized_shape):
        raise ValueError(f"the last sizes of {x.shape} are not {tuple(normalized_shape)}")
    square = tf.reduce_mean(x * x, axis=list(range(x.shape.rank - n, x.shape.rank)), keepdims=True)
    out = standardize(x, 0.0, square, eps, weight, None, normalized_shape)
    return tf.cast(out, input.dtype)


def group_norm(input, num_groups, weight=None, bias=None, eps=1e-05):
    """Normalize groups of channels of (N, C, ...) together with all spatial positions."""
    x = compute_float32(tf.convert_to_tensor(input))
    if x.shape[1] % num_groups:
        raise ValueError(f"{x.shape[1]} channels do not divide into {num_groups} groups")
    sizes, shape = shape_of(x), [num_groups, -1, 1]
    grouped = tf.reshape(x, [sizes[0], num_groups, x.shape[1] // num_groups, -1])
    moments = moments_over(grouped, [2, 3], keepdims=True)
    out = standardize(grouped, *moments, eps, weight, bias, shape)
    return tf.cast(tf.reshape(out, sizes), input.dtype)


def instance_norm(
    input,
    running_mean=None,
    running_var=None,
    weight=None,
    bias=None,
    use_input_stats=True,
    momentum=0.1,
    eps=1e-05,
):
    """Normalize each channel of each sample over its spatial positions."""
    if not use_input_stats:
        return batch_norm(input, running_mean, running_var, weight, bias, False, momentum, eps)
    x = compute_float32(tf.convert_to_tensor(input))
    axes = list(range(2, x.shape.rank))
    if None not in x.shape[2:] and x.shape[2:].num_elements() == 1:
        raise ValueError(f"expected more than 1 spatial element: {x.shape}")
    mean, variance = moments_over(x, axes, keepdims=True)
    if running_mean is not None or running_var is not None:
        count = tf.reduce_prod(tf.shape(x)[2:])
        batch = [tf.reshape(tf.reduce_mean(s, axis=0), [-1]) for s in (mean, variance)]
        update_running_stats(running_mean, running_var, *batch, count, momentum)
    out = standardize(x, mean, variance, eps, weight, bias, channel_shape(x))
    return tf.cast(out, input.dtype)


def local_response_norm(input, size, alpha=0.0001, beta=0.75, k=1.0):
    """Divide by (k + alpha * mean of squares over `size` neighbouring channels) ** beta."""
    square = tf.square(input)
    pads = [(0, 0), (size // 2, (size - 1) // 2)] + [(0, 0)] * (input.shape.rank - 2)
    padded = tf.pad(square, pads)
    channels = input.shape[1]
    total = tf.add_n([padded[:, i : i + channels] for i in range(size)])
    return input / tf.pow(total * (alpha / size) + k, tf.cast(beta, input.dtype))


# ---------------------------------------------------------------- padding and resampling


def pad_index(size, before, after, mode):
    """Source positions of an axis padded by reflection, edge values or wrapping."""
    places = np.arange(-before, size + after)
    if mode == "replicate":
        return np.clip(places, 0, size - 1)
    if mode == "circular":
        if max(before, after) > size:
            raise ValueError(f"circular padding {before, after} is larger than the size {size}")
        return places % size
    if max(before, after) >= size:
        raise ValueError(f"reflect padding {before, after} must be smaller than the size {size}")
    places = np.abs(places)
    return np.where(places >= size, 2 * (size - 1) - places, places)


def pad(input, pad, mode="constant", value=None):
    """Pads the last axes by (before, after) pairs, the last axis first; a negative number crops."""
    x = tf.convert_to_tensor(input)
    pairs = [(0, 0)] * (x.shape.rank - len(pad) // 2)
    pairs += [tuple(pad[i : i + 2]) for i in range(len(pad) - 2, -2, -2)]
    if mode == "constant":
        crop = [slice(max(-a, 0), -max(-b, 0) or None) for a, b in pairs]
        grow = [(max(a, 0), max(b, 0)) for a, b in pairs]
        x = x[tuple(crop)] if any(a < 0 or b < 0 for a, b in pairs) else x
        fill = tf.cast(0 if value is None else value, x.dtype)
        return tf.pad(x, grow, constant_values=fill)
    if mode not in ("reflect", "replicate", "circular"):
        raise NotImplementedError(f"unknown padding mode {mode!r}")
    for axis, (before, after) in enumerate(pairs):
        if before or after:
            if x.shape[axis] is None:
                raise ValueError(f"{mode} padding needs a size known when the function is traced")
            x = tf.gather(x, pad_index(x.shape[axis], before, after, mode), axis=axis)
    return x


def resize_scale(size, out, scale, align_corners, real):
    """Source step of one output step, in the precision `real`."""
    if align_corners:
        return real(size - 1) / real(out - 1) if out > 1 else real(0)
    return real(1.0 / scale) if scale else real(size) / real(out)


def cubic_weights(t, a):
    """Weights (..., 4) of the cubic convolution kernel at fraction t."""
    far = lambda d: ((a * d - 5 * a) * d + 8 * a) * d - 4 * a  # noqa: E731
    near = lambda d: ((a + 2) * d - (a + 3)) * d * d + 1  # noqa: E731
    return [far(t + 1), near(t), near(1 - t), far(2 - t)]


def linear_taps(size, out, step, align_corners):
    """Positions (out, 2) and weights (out, 2) of linear interpolation."""
    real = type(step)
    i = np.arange(out, dtype=real)
    source = step * i if align_corners else np.maximum(step * (i + real(0.5)) - real(0.5), 0)
    low = np.minimum(source.astype(np.int64), size - 1)
    t = np.minimum(source - low.astype(real), real(1))
    return np.stack([low, np.minimum(low + 1, size - 1)], 1), np.stack([1 - t, t], 1)


def cubic_taps(size, out, step, align_corners):
    """Positions (out, 4) and weights (out, 4) of cubic convolution with a = -0.75."""
    real = type(step)
    i = np.arange(out, dtype=real)
    source = step * i if align_corners else step * (i + real(0.5)) - real(0.5)
    low = np.floor(source)
    weights = np.stack(cubic_weights(source - low, real(-0.75)), 1)
    places = low.astype(np.int64)[:, None] + np.arange(-1, 3)
    return np.clip(places, 0, size - 1), weights


def antialias_taps(size, out, step, cubic):
    """Positions and weights of a triangle or cubic (a = -0.5) filter widened when shrinking."""
    step = float(step)
    support = (2.0 if cubic else 1.0) * max(step, 1.0)
    center = step * (np.arange(out) + 0.5)
    low = np.maximum((center - support + 0.5).astype(np.int64), 0)
    high = np.minimum((center + support + 0.5).astype(np.int64), size)
    places = low[:, None] + np.arange(max((high - low).max(), 1))
    d = np.abs((places - center[:, None] + 0.5) / max(step, 1.0))
    if cubic:
        _, near, _, _ = cubic_weights(d, -0.5)
        far = cubic_weights(d - 1, -0.5)[0]
        weights = np.where(d < 1, near, np.where(d < 2, far, 0.0))
    else:
        weights = np.maximum(1.0 - d, 0.0)
    weights = np.where(places < high[:, None], weights, 0.0)
    return np.minimum(places, size - 1), weights / weights.sum(1, keepdims=True)


def nearest_places(size, out, step, exact):
    """Source positions of nearest-neighbour resizing."""
    i = np.arange(out, dtype=type(step))
    source = (i + type(step)(0.5)) * step if exact else i * step
    return np.minimum(np.floor(source).astype(np.int64), size - 1)


def resample_axis(x, axis, places, weights):
    """Weighted sum of the elements at places (out, taps) along an axis."""
    shape = [-1] + [1] * (x.shape.rank - axis - 1)
    out = 0.0
    for tap in range(places.shape[1]):
        weight = tf.reshape(tf.constant(weights[:, tap], x.dtype), shape)
        out += tf.gather(x, places[:, tap], axis=axis) * weight
    return out


def output_sizes(sizes, size, scale_factor):
    """Output sizes and scale factors (None where the size was given) of interpolate."""
    n = len(sizes)
    if (size is None) == (scale_factor is None):
        raise ValueError("give either size or scale_factor")
    if size is not None:
        return [int(s) for s in spatial_tuple(size, n)], [None] * n
    scales = [float(s) for s in spatial_tuple(scale_factor, n)]
    return [math.floor(have * s) for have, s in zip(sizes, scales)], scales


def interpolate(
    input,
    size=None,
    scale_factor=None,
    mode="nearest",
    align_corners=None,
    recompute_scale_factor=None,
    antialias=False,
):
    """Resize the spatial axes of (N, C, ...).

    Modes: nearest, nearest-exact, linear, bilinear, trilinear, bicubic (a = -0.75), area.
    """
    options = (size, scale_factor, mode, align_corners, recompute_scale_factor, antialias)
    return resized(input, range(2, input.shape.rank), *options)


def resized(input, axes, size, scale_factor, mode, align_corners, recompute_scale_factor, antialias):
    """The input resized along these axes."""
    ranks = {"linear": 1, "bilinear": 2, "trilinear": 3, "bicubic": 2}
    if mode not in ("nearest", "nearest-exact", "area") and ranks.get(mode) != len(axes):
        raise NotImplementedError(f"mode {mode!r} for an input of shape {input.shape}")
    if mode not in ranks and align_corners is not None:
        raise ValueError(f"align_corners has no meaning for mode {mode!r}")
    if antialias and mode not in ("bilinear", "bicubic"):
        raise ValueError("antialias is for bilinear and bicubic only")
    sizes = [input.shape[axis] for axis in axes]
    if None in sizes:
        raise ValueError(f"sizes must be known when the function is traced: {input.shape}")
    outs, scales = output_sizes(sizes, size, scale_factor)
    if recompute_scale_factor:
        scales = [None] * len(axes)
    if mode == "area":
        return adaptive_means(input, axes, outs)
    real = np.float64 if input.dtype == tf.float64 else np.float32
    x = compute_float32(input)
    for axis, have, out, scale in zip(axes, sizes, outs, scales):
        step = resize_scale(have, out, scale, align_corners, real)
        if mode.startswith("nearest"):
            places = nearest_places(have, out, step, mode == "nearest-exact")
            x = tf.gather(x, places, axis=axis)
        elif antialias:
            x = resample_axis(x, axis, *antialias_taps(have, out, step, mode == "bicubic"))
        elif mode == "bicubic":
            x = resample_axis(x, axis, *cubic_taps(have, out, step, align_corners))
        elif have != out or not (align_corners or step == 1):
            x = resample_axis(x, axis, *linear_taps(have, out, step, align_corners))
    return tf.cast(x, input.dtype)


def reflect_coordinate(x, twice_low, twice_high):
    """Coordinates folded back between two borders, which are given doubled."""
    if twice_low == twice_high:
        return tf.zeros_like(x)
    low, span = twice_low / 2, (twice_high - twice_low) / 2
    x = tf.abs(x - low)
    extra = tf.math.floormod(x, span)
    flips = tf.floor(x / span)
    return tf.where(tf.math.floormod(flips, 2.0) == 0, extra + low, span - extra + low)


def grid_position(coordinate, size, align_corners):
    """Coordinates in [-1, 1] as positions on an axis."""
    if align_corners:
        return (coordinate + 1) / 2 * (size - 1)
    return ((coordinate + 1) * size - 1) / 2


def bound_position(position, size, padding_mode, align_corners):
    """Positions moved inside an axis by clipping or reflection."""
    if padding_mode == "reflection":
        ends = (0, 2 * (size - 1)) if align_corners else (-1, 2 * size - 1)
        position = reflect_coordinate(position, *ends)
    if padding_mode in ("border", "reflection"):
        # At the border the gradient is zero, as outside.
        bounded = tf.stop_gradient(tf.clip_by_value(position, 0.0, float(size - 1)))
        position = tf.where((position <= 0) | (position >= size - 1), bounded, position)
    return position


def sample_at(flat, sizes, places):
    """Values (N, P, C) at whole positions for each axis; zeros outside."""
    index, inside = 0, True
    for place, size in zip(places, sizes):
        inside = (place >= 0) & (place <= size - 1) & inside
        whole = tf.cast(tf.clip_by_value(place, 0.0, float(size - 1)), tf.int32)
        index = index * size + whole
    values = tf.gather(flat, index, batch_dims=1)
    return tf.where(inside[..., None], values, tf.zeros_like(values))


def axis_taps(position, size, mode, padding_mode, align_corners):
    """Pairs (whole position, weight) that an axis contributes to a sample."""
    if mode == "bicubic":
        low = tf.floor(position)
        weights = cubic_weights(position - low, -0.75)
        return [
            (bound_position(low + (i - 1.0), size, padding_mode, align_corners), w)
            for i, w in enumerate(weights)
        ]
    position = bound_position(position, size, padding_mode, align_corners)
    if mode == "nearest":
        return [(tf.round(position), tf.ones_like(position))]
    low = tf.floor(position)
    return [(low, low + 1 - position), (low + 1, position - low)]


def grid_sample(input, grid, mode="bilinear", padding_mode="zeros", align_corners=None):
    """Values of (N, C, H, W) or (N, C, D, H, W) at the positions `grid`.

    grid is (N, ..., 2 or 3) in [-1, 1] with x first. Modes: bilinear, nearest, bicubic (4-D only);
    padding: zeros, border, reflection.
    """
    n = input.shape.rank - 2
    if mode not in ("bilinear", "nearest", "bicubic") or (mode == "bicubic" and n != 2):
        raise ValueError(f"mode {mode!r} for an input of shape {input.shape}")
    if padding_mode not in ("zeros", "border", "reflection"):
        raise ValueError(f"unknown padding_mode {padding_mode!r}")
    sizes = known_sizes(input, n)
    batch, channels = shape_of(input)[:2]
    flat = tf.reshape(to_channels_last(input), [batch, -1, channels])
    points = tf.reshape(grid, [batch, -1, n])
    taps = []
    for axis, size in enumerate(sizes):
        position = grid_position(points[..., n - 1 - axis], size, align_corners)
        taps.append(axis_taps(position, size, mode, padding_mode, align_corners))
    out = 0.0
    for corner in itertools.product(*taps):
        places, weights = zip(*corner)
        out += sample_at(flat, sizes, places) * math.prod(weights[1:], start=weights[0])[..., None]
    out = tf.reshape(out, [batch, *shape_of(grid)[1:-1], channels])
    return to_channels_first(out)


def affine_grid(theta, size, align_corners=None):
    """Sampling grid (N, ..., n) of affine maps theta (N, n, n + 1) for outputs of shape `size`."""
    axes = []
    for length in size[2:]:
        line = np.linspace(-1.0, 1.0, length) if length > 1 else np.zeros(1)
        axes.append(line if align_corners else line * (length - 1) / length)
    mesh = np.meshgrid(*axes, indexing="ij")
    base = np.stack([*reversed(mesh), np.ones_like(mesh[0])], axis=-1)
    points = tf.constant(base.reshape(-1, base.shape[-1]), theta.dtype)
    out = tf.einsum("pk,nik->npi", points, theta)
    return tf.reshape(out, [size[0], *size[2:], len(axes)])


def unfold(input, kernel_size, dilation=1, padding=0, stride=1):
    """Windows of (N, C, H, W) as columns (N, C * kh * kw, windows)."""
    kernel, dilation = spatial_tuple(kernel_size, 2), spatial_tuple(dilation, 2)
    padding, stride = spatial_tuple(padding, 2), spatial_tuple(stride, 2)
    batched = input.shape.rank == 4
    x = input if batched else input[None]
    x = tf.pad(x, [(0, 0), (0, 0), *((p, p) for p in padding)])
    parts = zip(known_sizes(x, 2), kernel, stride, dilation)
    windows = gather_windows(x, [window_index(*part) for part in parts])
    batch, channels, rows, columns = shape_of(windows)[:4]
    moved = tf.transpose(windows, [0, 1, 4, 5, 2, 3])
    out = tf.reshape(moved, [batch, channels * math.prod(kernel), rows * columns])
    return out if batched else out[0]


def fold(input, output_size, kernel_size, dilation=1, padding=0, stride=1):
    """Sum of columns (N, C * kh * kw, windows) into (N, C, H, W)."""
    kernel, dilation = spatial_tuple(kernel_size, 2), spatial_tuple(dilation, 2)
    padding, stride = spatial_tuple(padding, 2), spatial_tuple(stride, 2)
    height, width = spatial_tuple(output_size, 2)
    padded = (height + 2 * padding[0], width + 2 * padding[1])
    rows, columns = (window_index(*part) for part in zip(padded, kernel, stride, dilation))
    places = rows.T[:, None, :, None] * padded[1] + columns.T[None, :, None, :]
    batched = input.shape.rank == 3
    x = input if batched else input[None]
    if x.shape[2] != len(rows) * len(columns):
        raise ValueError(f"{x.shape[2]} windows, but the sizes need {len(rows) * len(columns)}")
    batch, channels = shape_of(x)[0], x.shape[1] // math.prod(kernel)
    flat = tf.transpose(tf.reshape(x, [batch * channels, -1]))
    total = tf.math.unsorted_segment_sum(flat, places.reshape(-1), math.prod(padded))
    out = tf.reshape(tf.transpose(total), [batch, channels, *padded])
    top, left = padding
    out = out[:, :, top : top + height, left : left + width]
    return out if batched else out[0]


def pixel_shuffle(input, upscale_factor):
    """(..., C * r * r, H, W) to (..., C, H * r, W * r)."""
    r = upscale_factor
    *lead, channels, height, width = shape_of(input)
    if channels % (r * r):
        raise ValueError(f"{channels} channels do not divide by {r * r}")
    x = tf.reshape(input, [-1, channels // (r * r), r, r, height, width])
    x = tf.transpose(x, [0, 1, 4, 2, 5, 3])
    return tf.reshape(x, [*lead, channels // (r * r), height * r, width * r])


def pixel_unshuffle(input, downscale_factor):
    """(..., C, H * r, W * r) to (..., C * r * r, H, W)."""
    r = downscale_factor
    *lead, channels, height, width = shape_of(input)
    x = tf.reshape(input, [-1, channels, height // r, r, width // r, r])
    x = tf.transpose(x, [0, 1, 3, 5, 2, 4])
    return tf.reshape(x, [*lead, channels * r * r, height // r, width // r])


def channel_shuffle(input, groups):
    """Interleave the groups of channels of (N, C, ...)."""
    sizes = shape_of(input)
    x = tf.reshape(input, [sizes[0], groups, sizes[1] // groups, *sizes[2:]])
    return tf.reshape(tf.transpose(x, [0, 2, 1, *range(3, x.shape.rank)]), sizes)


# ---------------------------------------------------------------- embedding, similarity, dropout


def one_hot(tensor, num_classes=-1):
    """int64 one-hot vectors on a new last axis; num_classes -1 means the largest class plus one."""
    x = tf.cast(tensor, tf.int64)
    count = tf.reduce_max(x) + 1 if num_classes == -1 else tf.constant(num_classes, tf.int64)
    tf.debugging.assert_non_negative(x, "class values must be non-negative")
    tf.debugging.assert_less(x, count, "class values must be smaller than num_classes")
    depth = tf.cast(count, tf.int32) if num_classes == -1 else num_classes
    return tf.one_hot(x, depth, dtype=tf.int64)


def embedding(
    input,
    weight,
    padding_idx=None,
    max_norm=None,
    norm_type=2.0,
    scale_grad_by_freq=False,
    sparse=False,
):
    """Rows of weight (num, dim); the row padding_idx gets no gradient."""
    if max_norm is not None or scale_grad_by_freq:
        raise NotImplementedError("embedding with max_norm or scale_grad_by_freq")
    weight = tf.convert_to_tensor(weight)
    tf.debugging.assert_less(tf.cast(input, tf.int64), tf.cast(weight.shape[0], tf.int64))
    out = tf.gather(weight, input)
    if padding_idx is None:
        return out
    padding_idx = padding_idx % weight.shape[0]
    return tf.where((input == padding_idx)[..., None], tf.stop_gradient(out), out)


def pdist(input, p=2.0):
    """p-norm distances between all pairs of rows of (N, M), in order (0, 1), (0, 2), ..."""
    first, second = np.triu_indices(known_sizes(input, 2)[0], 1)
    return vector_norm_safe(tf.gather(input, first) - tf.gather(input, second), p, -1, False)


def cosine_similarity(x1, x2, dim=1, eps=1e-08):
    """Dot product along dim divided by both norms, each at least eps."""
    x1, x2 = tf.convert_to_tensor(x1), tf.convert_to_tensor(x2)
    x1, x2 = x1 + tf.zeros_like(x2), x2 + tf.zeros_like(x1)
    smallest = tf.cast(eps, x1.dtype)
    first = tf.maximum(vector_norm_safe(x1, 2, dim, keepdims=True), smallest)
    second = tf.maximum(vector_norm_safe(x2, 2, dim, keepdims=True), smallest)
    return tf.reduce_sum((x1 / first) * (x2 / second), axis=dim)


def pairwise_distance(x1, x2, p=2.0, eps=1e-06, keepdim=False):
    """p-norm of x1 - x2 + eps along the last axis."""
    return vector_norm_safe(x1 - x2 + tf.cast(eps, x1.dtype), p, -1, keepdims=keepdim)


def drop_with_noise(input, p, noise_shape):
    """Zero with probability p and scale the rest; one draw for each element of noise_shape."""
    if not 0.0 <= p <= 1.0:
        raise ValueError(f"dropout probability has to be between 0 and 1, got {p}")
    if p == 0.0 or p == 1.0:
        return input * (1.0 - p)
    return tf.nn.dropout(input, rate=p, noise_shape=noise_shape)


def dropout(input, p=0.5, training=True):
    """Zero each element with probability p and divide the rest by 1 - p."""
    return drop_with_noise(input, p, None) if training else input


def channel_noise(input, n):
    """The shape of one draw for each channel of (N, C, ...) or (C, ...) with n spatial axes."""
    return [*shape_of(input)[: input.shape.rank - n], *[1] * n]


def dropout1d(input, p=0.5, training=True):
    """Zero whole channels of (N, C, L) with probability p."""
    return drop_with_noise(input, p, channel_noise(input, 1)) if training else input


def dropout2d(input, p=0.5, training=True):
    """Zero whole channels of (N, C, H, W) with probability p."""
    if input.shape.rank == 3:
        # PyTorch reads three axes as (N, C, L) here.
        return drop_with_noise(input, p, channel_noise(input, 1)) if training else input
    return drop_with_noise(input, p, channel_noise(input, 2)) if training else input


def dropout3d(input, p=0.5, training=True):
    """Zero whole channels of (N, C, D, H, W) with probability p."""
    return drop_with_noise(input, p, channel_noise(input, 3)) if training else input


def drop_to_saturation(input, p, noise_shape):
    """Set to SELU's negative limit with probability p, keeping mean and variance."""
    if not 0.0 <= p <= 1.0:
        raise ValueError(f"dropout probability has to be between 0 and 1, got {p}")
    if p == 1.0:
        return input * 0.0
    limit = -1.7580993408473766
    scale = 1.0 / math.sqrt((1.0 - p) * (1.0 + p * limit * limit))
    keep = tf.random.uniform(noise_shape, dtype=input.dtype) >= tf.cast(p, input.dtype)
    kept = tf.where(keep, input, tf.cast(limit, input.dtype))
    return kept * scale - scale * p * limit


def alpha_dropout(input, p=0.5, training=False):
    """Dropout that keeps the mean and variance of SELU activations."""
    return drop_to_saturation(input, p, tf.shape(input)) if training else input


def feature_alpha_dropout(input, p=0.5, training=False):
    """Alpha dropout of whole channels of (N, C, ...)."""
    if not training:
        return input
    return drop_to_saturation(input, p, channel_noise(input, input.shape.rank - 2))


# ---------------------------------------------------------------- attention


def masked_softmax(scores):
    """Softmax along the last axis; a row that is -inf throughout gives zeros."""
    dead = tf.reduce_all(tf.math.is_inf(scores) & (scores < 0), axis=-1, keepdims=True)
    weights = tf.nn.softmax(tf.where(dead, tf.zeros_like(scores), scores), axis=-1)
    return tf.where(dead, tf.zeros_like(weights), weights)


def scaled_dot_product_attention(
    query, key, value, attn_mask=None, dropout_p=0.0, is_causal=False, scale=None, enable_gqa=False
):
    """softmax(query @ key.T * scale + mask) @ value; a boolean mask keeps where true."""
    if is_causal and attn_mask is not None:
        raise ValueError("give either attn_mask or is_causal, not both")
    if enable_gqa:
        key = tf.repeat(key, query.shape[-3] // key.shape[-3], axis=-3)
        value = tf.repeat(value, query.shape[-3] // value.shape[-3], axis=-3)
    scale = 1.0 / math.sqrt(query.shape[-1]) if scale is None else scale
    scores = tf.matmul(query * tf.cast(scale, query.dtype), key, transpose_b=True)
    if is_causal:
        length, source = shape_of(scores)[-2:]
        attn_mask = tf.range(length)[:, None] >= tf.range(source)
    if attn_mask is None:
        weights = tf.nn.softmax(scores, axis=-1)
    elif attn_mask.dtype == tf.bool:
        hidden = tf.constant(-math.inf, scores.dtype)
        weights = masked_softmax(tf.where(attn_mask, scores, hidden))
    else:
        weights = masked_softmax(scores + tf.cast(attn_mask, scores.dtype))
    return tf.matmul(dropout(weights, dropout_p), value)
