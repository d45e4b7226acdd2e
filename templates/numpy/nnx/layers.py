"""Linear layers, convolutions and embeddings of flax.nnx, with its weight names and layouts."""

import math

import numpy as np

from ..flax_functions import (
    dropped_out,
    embedding_normal,
    flax_conv_transpose,
    flax_convolution,
    lecun_normal,
    new_key,
    promoted,
    zeros,
)
from ..layers import ModuleDict, ModuleList
from ..module import Module
from ..windows import several
from .modes import is_deterministic


class Linear(Module):
    """``x @ kernel + bias`` with a kernel of shape (in_features, out_features)."""

    def __init__(
        self,
        in_features,
        out_features,
        *,
        use_bias=True,
        dtype=None,
        param_dtype=np.float32,
        kernel_init=lecun_normal,
        bias_init=zeros,
    ):
        self.in_features, self.out_features = in_features, out_features
        self.use_bias, self.dtype = use_bias, dtype
        self.kernel = kernel_init(new_key(), (in_features, out_features), param_dtype)
        bias = bias_init(new_key(), (out_features,), param_dtype) if use_bias else None
        self.bias = bias

    def __call__(self, inputs):
        inputs, kernel, bias = promoted(inputs, self.kernel, self.bias, dtype=self.dtype)
        y = inputs @ kernel
        return y if bias is None else y + bias


class LinearGeneral(Module):
    """A linear layer over several axes; the kernel has the input features first and then the output features."""

    def __init__(
        self,
        in_features,
        out_features,
        *,
        axis=-1,
        use_bias=True,
        dtype=None,
        param_dtype=np.float32,
        kernel_init=lecun_normal,
        bias_init=zeros,
    ):
        self.in_features, self.out_features = several(in_features), several(out_features)
        self.axis, self.use_bias, self.dtype = several(axis), use_bias, dtype
        flat = (math.prod(self.in_features), math.prod(self.out_features))
        shape = (*self.in_features, *self.out_features)
        self.kernel = kernel_init(new_key(), flat, param_dtype).reshape(shape)
        if use_bias:
            bias = bias_init(new_key(), (math.prod(self.out_features),), param_dtype)
            self.bias = bias.reshape(self.out_features)
        else:
            self.bias = None

    def __call__(self, inputs):
        inputs, kernel, bias = promoted(inputs, self.kernel, self.bias, dtype=self.dtype)
        axes = [axis % inputs.ndim for axis in self.axis]
        y = np.tensordot(inputs, kernel, (axes, list(range(len(axes)))))
        return y if bias is None else y + bias


class Einsum(Module):
    """``einsum(einsum_str, inputs, kernel)`` plus a bias."""

    def __init__(
        self,
        einsum_str,
        kernel_shape,
        bias_shape=None,
        *,
        dtype=None,
        param_dtype=np.float32,
        kernel_init=lecun_normal,
        bias_init=zeros,
    ):
        self.einsum_str = einsum_str.replace(" ", "")
        self.kernel_shape, self.bias_shape, self.dtype = kernel_shape, bias_shape, dtype
        self.kernel = kernel_init(new_key(), tuple(kernel_shape), param_dtype)
        made = None if bias_shape is None else bias_init(new_key(), tuple(bias_shape), param_dtype)
        self.bias = made

    def __call__(self, inputs, einsum_str=None):
        equation = (einsum_str or self.einsum_str).replace(" ", "")
        inputs, kernel, bias = promoted(inputs, self.kernel, self.bias, dtype=self.dtype)
        y = np.einsum(equation, inputs, kernel, optimize=True)
        if bias is None:
            return y
        terms, result = equation.split("->")
        letters = terms.split(",")[1].replace(".", "")
        sizes = dict(zip(letters, self.kernel_shape, strict=True))
        return y + bias.reshape([sizes.get(letter, 1) for letter in result.replace(".", "")])


class Conv(Module):
    """Convolution over the axes before the channels, which come last; the kernel is (window, in / groups, out)."""

    def __init__(
        self,
        in_features,
        out_features,
        kernel_size,
        strides=1,
        *,
        padding="SAME",
        input_dilation=1,
        kernel_dilation=1,
        feature_group_count=1,
        use_bias=True,
        mask=None,
        dtype=None,
        param_dtype=np.float32,
        kernel_init=lecun_normal,
        bias_init=zeros,
    ):
        self.in_features, self.out_features = in_features, out_features
        self.kernel_size, self.strides, self.padding = several(kernel_size), strides, padding
        self.input_dilation, self.kernel_dilation = input_dilation, kernel_dilation
        self.feature_group_count, self.use_bias, self.mask, self.dtype = (
            feature_group_count,
            use_bias,
            mask,
            dtype,
        )
        self.kernel_shape = (*self.kernel_size, in_features // feature_group_count, out_features)
        self.kernel = kernel_init(new_key(), self.kernel_shape, param_dtype)
        bias = bias_init(new_key(), (out_features,), param_dtype) if use_bias else None
        self.bias = bias

    def __call__(self, inputs):
        kernel = self.kernel if self.mask is None else self.kernel * self.mask
        inputs, kernel, bias = promoted(inputs, kernel, self.bias, dtype=self.dtype)
        return flax_convolution(
            inputs,
            kernel,
            bias,
            self.strides,
            self.padding,
            self.input_dilation,
            self.kernel_dilation,
            self.feature_group_count,
        )


class ConvTranspose(Module):
    """Transposed convolution; the kernel is (window, in, out), or (window, out, in) with ``transpose_kernel``."""

    def __init__(
        self,
        in_features,
        out_features,
        kernel_size,
        strides=None,
        *,
        padding="SAME",
        kernel_dilation=None,
        use_bias=True,
        mask=None,
        dtype=None,
        param_dtype=np.float32,
        kernel_init=lecun_normal,
        bias_init=zeros,
        transpose_kernel=False,
    ):
        self.in_features, self.out_features = in_features, out_features
        self.kernel_size, self.strides, self.padding = several(kernel_size), strides, padding
        self.kernel_dilation, self.use_bias, self.mask, self.dtype = (
            kernel_dilation,
            use_bias,
            mask,
            dtype,
        )
        self.transpose_kernel = transpose_kernel
        channels = (out_features, in_features) if transpose_kernel else (in_features, out_features)
        self.kernel = kernel_init(new_key(), (*self.kernel_size, *channels), param_dtype)
        bias = bias_init(new_key(), (out_features,), param_dtype) if use_bias else None
        self.bias = bias

    def __call__(self, inputs):
        kernel = self.kernel if self.mask is None else self.kernel * self.mask
        inputs, kernel, bias = promoted(inputs, kernel, self.bias, dtype=self.dtype)
        return flax_conv_transpose(
            inputs,
            kernel,
            bias,
            self.strides,
            self.padding,
            self.kernel_dilation,
            self.transpose_kernel,
        )


class Embed(Module):
    """Rows of a table by integer indices."""

    def __init__(
        self,
        num_embeddings,
        features,
        *,
        dtype=None,
        param_dtype=np.float32,
        embedding_init=embedding_normal,
    ):
        self.num_embeddings, self.features, self.dtype = num_embeddings, features, dtype
        self.embedding = embedding_init(new_key(), (num_embeddings, features), param_dtype)

    def __call__(self, inputs):
        if not np.issubdtype(inputs.dtype, np.integer):
            raise ValueError("the indices of an embedding must be integers")
        (table,) = promoted(self.embedding, dtype=self.dtype)
        return table[inputs]

    def attend(self, query):
        """The products of queries with all rows, as logits."""
        query, table = promoted(query, self.embedding, dtype=self.dtype)
        return query @ table.T


class Dropout(Module):
    """Zeros with a probability while training; everything else is divided by the probability to stay."""

    def __init__(self, rate, *, broadcast_dims=(), deterministic=False):
        self.rate, self.broadcast_dims = rate, broadcast_dims
        self.deterministic = deterministic

    def __call__(self, inputs, *, deterministic=None, rngs=None):
        if is_deterministic(self, deterministic) or not self.rate:
            return inputs
        shape = list(inputs.shape)
        for axis in self.broadcast_dims:
            shape[axis] = 1
        return dropped_out(inputs, self.rate, shape)


class PReLU(Module):
    """The identity for positive inputs, a learned slope for negative ones."""

    def __init__(self, negative_slope_init=0.01, *, dtype=None, param_dtype=np.float32):
        self.dtype = dtype
        self.negative_slope = np.array(negative_slope_init, param_dtype)

    def __call__(self, inputs):
        if self.dtype is not None:
            inputs = inputs.astype(self.dtype)
        return np.where(inputs >= 0, inputs, self.negative_slope.astype(inputs.dtype) * inputs)


class Sequential(Module):
    """Functions one after the other; a tuple is the arguments of the next one, a dictionary its keywords."""

    def __init__(self, *fns):
        self.layers = ModuleList(fn if isinstance(fn, Module) else Function(fn) for fn in fns)

    def __call__(self, *args, rngs=None, **kwargs):
        output = None
        for index, layer in enumerate(self.layers):
            if index:
                args, kwargs = output if isinstance(output, tuple) else (output,), {}
                if isinstance(output, dict):
                    args, kwargs = (), output
            output = layer(*args, **kwargs)
        return output


class Function(Module):
    """A function as a module."""

    def __init__(self, function):
        self.function = function

    def __call__(self, *args, **kwargs):
        return self.function(*args, **kwargs)


class Dict(ModuleDict):
    """Modules by name, also as attributes."""

    def __init__(self, *args, **kwargs):
        super().__init__(dict(*args, **kwargs))
