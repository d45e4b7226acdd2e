"""The models of ``sources.py`` as one writes them in TensorFlow by hand: functions of a dictionary of weights.

TensorFlow convolves channels-last data on the CPU, so images (N, C, H, W) are transposed once, at the start.
"""

import keras
import tensorflow as tf

MOMENTUM = 0.1


def conv(p, name, x, stride, padding):
    """Convolution without bias; kernels are (h, w, I, O)."""
    pads = [[0, 0], [padding, padding], [padding, padding], [0, 0]]
    return tf.nn.conv2d(x, p[name + ".weight"], stride, pads)


def batch_norm(p, name, x, train):
    """Batch normalisation; running statistics are assigned in training."""
    mean, var = p[name + ".running_mean"], p[name + ".running_var"]
    if train:
        batch = tf.nn.moments(x, [0, 1, 2])
        count = tf.cast(tf.size(x) // x.shape[-1], x.dtype)
        mean.assign((1 - MOMENTUM) * mean + MOMENTUM * batch[0])
        var.assign((1 - MOMENTUM) * var + MOMENTUM * batch[1] * (count / (count - 1)))
        mean, var = batch
    return tf.nn.batch_normalization(x, mean, var, p[name + ".bias"], p[name + ".weight"], 1e-5)


def resnet50(p, x, train, layout="NCHW"):
    """Logits of a batch of images."""
    x = tf.transpose(x, [0, 2, 3, 1]) if layout == "NCHW" else x
    x = tf.nn.relu(batch_norm(p, "bn1", conv(p, "conv1", x, 2, 3), train))
    x = tf.nn.max_pool2d(x, 3, 2, [[0, 0], [1, 1], [1, 1], [0, 0]])
    for stage, blocks in enumerate((3, 4, 6, 3), 1):
        for block in range(blocks):
            name = f"layer{stage}.{block}."
            stride = 2 if stage > 1 and block == 0 else 1
            y = tf.nn.relu(batch_norm(p, name + "bn1", conv(p, name + "conv1", x, 1, 0), train))
            y = tf.nn.relu(batch_norm(p, name + "bn2", conv(p, name + "conv2", y, stride, 1), train))
            y = batch_norm(p, name + "bn3", conv(p, name + "conv3", y, 1, 0), train)
            if block == 0:
                x = batch_norm(p, name + "downsample.1", conv(p, name + "downsample.0", x, stride, 0), train)
            x = tf.nn.relu(x + y)
    return dense(p, "fc", tf.reduce_mean(x, [1, 2]))


def dense(p, name, x):
    """Affine map of the last axis; kernels are (I, O)."""
    return tf.matmul(x, p[name + ".weight"]) + p[name + ".bias"]


def layer_norm(p, name, x):
    mean, var = tf.nn.moments(x, [-1], keepdims=True)
    return tf.nn.batch_normalization(x, mean, var, p[name + ".bias"], p[name + ".weight"], 1e-6)


def vit(p, x, train, layout="NCHW"):
    """Logits of a batch of images."""
    x = tf.transpose(x, [0, 2, 3, 1]) if layout == "NCHW" else x
    kernel = p["patch_embed.weight"]
    x = tf.nn.conv2d(x, kernel, kernel.shape[:2], "VALID") + p["patch_embed.bias"]
    n, dim = x.shape[0], x.shape[-1]
    x = tf.reshape(x, [n, -1, dim])
    x = tf.concat([tf.broadcast_to(p["cls_token"], [n, 1, dim]), x], 1) + p["pos_embed"]
    for block in range(12):
        name = f"blocks.{block}."
        qkv = dense(p, name + "attn.qkv", layer_norm(p, name + "norm1", x))
        q, k, v = tf.unstack(tf.transpose(tf.reshape(qkv, [n, -1, 3, 6, 64]), [2, 0, 3, 1, 4]))
        weights = tf.nn.softmax(tf.matmul(q * 64**-0.5, k, transpose_b=True))
        y = tf.reshape(tf.transpose(tf.matmul(weights, v), [0, 2, 1, 3]), [n, -1, dim])
        x = x + dense(p, name + "attn.proj", y)
        y = tf.nn.gelu(dense(p, name + "mlp.0", layer_norm(p, name + "norm2", x)))
        x = x + dense(p, name + "mlp.2", y)
    return dense(p, "head", layer_norm(p, "norm", x)[:, 0])


def lstm(p, x, train, layout=""):
    """Logits of the last step of (N, T, F)."""
    x = tf.transpose(x, [1, 0, 2])
    for layer in range(2):
        weight = p[f"lstm.weight_hh_l{layer}"]
        bias = p[f"lstm.bias_ih_l{layer}"] + p[f"lstm.bias_hh_l{layer}"]
        gates = tf.matmul(x, p[f"lstm.weight_ih_l{layer}"]) + bias
        h = c = tf.zeros([x.shape[1], weight.shape[0]])
        outputs = tf.TensorArray(x.dtype, x.shape[0])
        for t in tf.range(x.shape[0]):
            i, f, g, o = tf.split(gates[t] + tf.matmul(h, weight), 4, -1)
            c = tf.sigmoid(f) * c + tf.sigmoid(i) * tf.tanh(g)
            h = tf.sigmoid(o) * tf.tanh(c)
            outputs = outputs.write(t, h)
        x = outputs.stack()
        x.set_shape([gates.shape[0], gates.shape[1], weight.shape[0]])
    return dense(p, "head", x[-1])


def native_weights(state):
    """Weights in TensorFlow's layouts, as variables: kernels (h, w, I, O) and (I, O)."""
    made = {}
    for name, value in state.items():
        is_matrix = value.ndim == 2 and ("weight" in name)
        axes = (2, 3, 1, 0) if value.ndim == 4 else (1, 0) if is_matrix else range(value.ndim)
        made[name] = keras.Variable(value.transpose(*axes), trainable="running" not in name).value
    return made


MODELS = {"resnet50": resnet50, "vit": vit, "lstm": lstm}
