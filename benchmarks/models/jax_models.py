"""The models of ``sources.py`` as one writes them in JAX by hand: functions of a dictionary of weights."""

import jax
import jax.numpy as jnp
from jax import lax

MOMENTUM = 0.1
KERNELS = {"NCHW": "OIHW", "NHWC": "HWIO"}


def conv(p, name, x, stride, padding, layout):
    """Convolution without bias."""
    pads = [(padding, padding)] * 2
    return lax.conv_general_dilated(
        x, p[name + ".weight"], (stride, stride), pads, dimension_numbers=(layout, KERNELS[layout], layout)
    )


def batch_norm(p, name, x, train, layout, new):
    """Batch normalisation; running statistics go to ``new`` in training."""
    axis = layout.index("C")
    axes = tuple(i for i in range(4) if i != axis)
    shape = [1, 1, 1, 1]
    shape[axis] = -1
    mean, var = p[name + ".running_mean"], p[name + ".running_var"]
    if train:
        count = x.size // x.shape[axis]
        batch = jnp.mean(x, axes), jnp.var(x, axes)
        new[name + ".running_mean"] = (1 - MOMENTUM) * mean + MOMENTUM * batch[0]
        new[name + ".running_var"] = (1 - MOMENTUM) * var + MOMENTUM * batch[1] * (count / (count - 1))
        mean, var = batch
    scale = p[name + ".weight"] * lax.rsqrt(var + 1e-5)
    shift = p[name + ".bias"] - mean * scale
    return x * scale.reshape(shape) + shift.reshape(shape)


def max_pool(x, layout):
    """3x3 windows, stride 2, padding 1."""
    size = [3 if a in "HW" else 1 for a in layout]
    step = [2 if a in "HW" else 1 for a in layout]
    pads = [(1, 1) if a in "HW" else (0, 0) for a in layout]
    return lax.reduce_window(x, -jnp.inf, lax.max, size, step, pads)


def resnet50(p, x, train, layout="NCHW"):
    """Logits and the new running statistics."""
    new = {}

    def norm(name, x):
        return batch_norm(p, name, x, train, layout, new)

    x = max_pool(jax.nn.relu(norm("bn1", conv(p, "conv1", x, 2, 3, layout))), layout)
    for stage, blocks in enumerate((3, 4, 6, 3), 1):
        for block in range(blocks):
            name = f"layer{stage}.{block}."
            stride = 2 if stage > 1 and block == 0 else 1
            y = jax.nn.relu(norm(name + "bn1", conv(p, name + "conv1", x, 1, 0, layout)))
            y = jax.nn.relu(norm(name + "bn2", conv(p, name + "conv2", y, stride, 1, layout)))
            y = norm(name + "bn3", conv(p, name + "conv3", y, 1, 0, layout))
            if block == 0:
                x = norm(name + "downsample.1", conv(p, name + "downsample.0", x, stride, 0, layout))
            x = jax.nn.relu(x + y)
    x = jnp.mean(x, tuple(i for i, a in enumerate(layout) if a in "HW"))
    return x @ p["fc.weight"].T + p["fc.bias"], new


def dense(p, name, x):
    return x @ p[name + ".weight"].T + p[name + ".bias"]


def layer_norm(p, name, x):
    mean, var = jnp.mean(x, -1, keepdims=True), jnp.var(x, -1, keepdims=True)
    return (x - mean) * lax.rsqrt(var + 1e-6) * p[name + ".weight"] + p[name + ".bias"]


def vit(p, x, train, layout="NCHW"):
    """Logits; nothing else changes in training."""
    size = (16, 16)
    x = lax.conv_general_dilated(
        x, p["patch_embed.weight"], size, "VALID", dimension_numbers=(layout, KERNELS[layout], "NHWC")
    )
    n, dim = x.shape[0], x.shape[-1]
    x = x.reshape(n, -1, dim) + p["patch_embed.bias"]
    cls = jnp.broadcast_to(p["cls_token"], (n, 1, dim))
    x = jnp.concatenate([cls, x], 1) + p["pos_embed"]
    for block in range(12):
        name = f"blocks.{block}."
        qkv = dense(p, name + "attn.qkv", layer_norm(p, name + "norm1", x)).reshape(n, -1, 3, 6, 64)
        q, k, v = qkv[:, :, 0], qkv[:, :, 1], qkv[:, :, 2]
        weights = jax.nn.softmax(jnp.einsum("nqhd,nkhd->nhqk", q * 64**-0.5, k), -1)
        y = jnp.einsum("nhqk,nkhd->nqhd", weights, v).reshape(n, -1, dim)
        x = x + dense(p, name + "attn.proj", y)
        y = jax.nn.gelu(dense(p, name + "mlp.0", layer_norm(p, name + "norm2", x)), approximate=False)
        x = x + dense(p, name + "mlp.2", y)
    return dense(p, "head", layer_norm(p, "norm", x)[:, 0]), {}


def lstm(p, x, train, layout=""):
    """Logits of the last step of (N, T, F)."""
    x = jnp.swapaxes(x, 0, 1)
    for layer in range(2):
        weight = p[f"lstm.weight_hh_l{layer}"]
        bias = p[f"lstm.bias_ih_l{layer}"] + p[f"lstm.bias_hh_l{layer}"]
        gates = x @ p[f"lstm.weight_ih_l{layer}"].T + bias

        def step(state, gate, weight=weight):
            h, c = state
            i, f, g, o = jnp.split(gate + h @ weight.T, 4, -1)
            c = jax.nn.sigmoid(f) * c + jax.nn.sigmoid(i) * jnp.tanh(g)
            h = jax.nn.sigmoid(o) * jnp.tanh(c)
            return (h, c), h

        zero = jnp.zeros((x.shape[1], weight.shape[1]), x.dtype)
        _, x = lax.scan(step, (zero, zero), gates)
    return dense(p, "head", x[-1]), {}


def native_weights(state, layout):
    """Weights as JAX has them for a layout: with channels last kernels are (h, w, I, O)."""
    last = layout == "NHWC"
    return {k: jnp.asarray(v.transpose(2, 3, 1, 0) if last and v.ndim == 4 else v) for k, v in state.items()}


MODELS = {"resnet50": resnet50, "vit": vit, "lstm": lstm}
