"""Attention of flax.nnx over given queries, keys and values."""

from ..flax_functions import flax_attention


def attention(
    query,
    key,
    value,
    /,
    bias=None,
    mask=None,
    broadcast_dropout=True,
    dropout_rng=None,
    dropout_rate=0.0,
    deterministic=False,
    dtype=None,
    is_causal=False,
):
    """Attention over arrays of shape (..., length, heads, depth)."""
    return flax_attention(
        query,
        key,
        value,
        bias,
        mask,
        broadcast_dropout,
        dropout_rng,
        dropout_rate,
        deterministic,
        dtype,
        is_causal,
    )
