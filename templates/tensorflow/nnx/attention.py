"""Attention of flax.nnx."""

import functools

import tensorflow as tf

from ..flax_functions import flax_attention, lecun_normal, zeros
from ..module import Module
from .layers import LinearGeneral
from .modes import is_deterministic
from .normalization import LayerNorm


class MultiHeadAttention(Module):
    """Attention of several heads; kernels are (in, heads, depth) and (heads, depth, out)."""

    def __init__(
        self,
        num_heads,
        in_features,
        qkv_features=None,
        out_features=None,
        num_kv_heads=None,
        in_kv_features=None,
        *,
        dtype=None,
        param_dtype=tf.float32,
        broadcast_dropout=True,
        dropout_rate=0.0,
        deterministic=None,
        kernel_init=lecun_normal,
        out_kernel_init=None,
        bias_init=zeros,
        out_bias_init=None,
        use_bias=True,
        attention_fn=flax_attention,
        decode=None,
        normalize_qk=False,
    ):
        super().__init__()
        if decode:
            raise NotImplementedError("decoding with a cache is not converted")
        self.num_heads, self.num_kv_heads = num_heads, num_kv_heads or num_heads
        self.in_features, self.in_kv_features = in_features, in_kv_features or in_features
        self.qkv_features, self.out_features = (
            qkv_features or in_features,
            out_features or in_features,
        )
        self.dtype_, self.broadcast_dropout, self.dropout_rate = (
            dtype,
            broadcast_dropout,
            dropout_rate,
        )
        self.attention_fn, self.normalize_qk = attention_fn, normalize_qk
        self.deterministic = bool(deterministic)
        if self.qkv_features % num_heads or num_heads % self.num_kv_heads:
            raise ValueError(
                f"{num_heads} heads with {self.num_kv_heads} for the keys do not fit {self.qkv_features}"
            )
        self.head_dim = self.qkv_features // num_heads
        common = {"dtype": dtype, "param_dtype": param_dtype, "use_bias": use_bias}
        projection = functools.partial(
            LinearGeneral, kernel_init=kernel_init, bias_init=bias_init, **common
        )
        self.query = projection(in_features, (num_heads, self.head_dim))
        self.key = projection(self.in_kv_features, (self.num_kv_heads, self.head_dim))
        self.value = projection(self.in_kv_features, (self.num_kv_heads, self.head_dim))
        norm = functools.partial(
            LayerNorm, self.head_dim, use_bias=False, dtype=dtype, param_dtype=param_dtype
        )
        self.query_ln, self.key_ln = (norm(), norm()) if normalize_qk else (None, None)
        self.out = LinearGeneral(
            (num_heads, self.head_dim), self.out_features, axis=(-2, -1), kernel_init=out_kernel_init or kernel_init,
            bias_init=out_bias_init or bias_init, **common,
        )  # fmt: skip

    def call(
        self,
        inputs_q,
        inputs_k=None,
        inputs_v=None,
        *,
        mask=None,
        deterministic=None,
        rngs=None,
        decode=None,
        is_causal=False,
    ):
        if decode:
            raise NotImplementedError("decoding with a cache is not converted")
        if inputs_k is None and inputs_v is not None:
            raise ValueError("give inputs_k with inputs_v")
        inputs_k = inputs_q if inputs_k is None else inputs_k
        inputs_v = inputs_k if inputs_v is None else inputs_v
        query, key, value = self.query(inputs_q), self.key(inputs_k), self.value(inputs_v)
        if self.normalize_qk:
            query, key = self.query_ln(query), self.key_ln(key)
        off = is_deterministic(self, deterministic)
        attended = self.attention_fn(
            query,
            key,
            value,
            mask=mask,
            dropout_rng=None,
            dropout_rate=self.dropout_rate,
            broadcast_dropout=self.broadcast_dropout,
            deterministic=off or not self.dropout_rate,
            dtype=self.dtype_,
            is_causal=is_causal,
        )
        return self.out(attended)
