"""Functions of flax.linen, and trees of its variables."""

from ..flax_functions import dot_product_attention_weights, ones, zeros


def zeros_init():
    """An initialiser that gives zeros."""
    return zeros


def ones_init():
    """An initialiser that gives ones."""
    return ones


def merge_param(name, a, b, /):
    """The value of an argument, which either the constructor or the call gives."""
    if (a is None) == (b is None):
        raise ValueError(f"give {name} to the constructor or to the call")
    return b if a is None else a


def unfreeze(x, /):
    """A copy of nested dictionaries with the same arrays."""
    return {key: unfreeze(value) if isinstance(value, dict) else value for key, value in x.items()}


def flatten_dict(xs, /, keep_empty_nodes=False, sep=None):
    """Nested dictionaries as one, by tuples of names or by names that are joined by ``sep``."""
    flat = {}
    for name, value in xs.items():
        path = (name,) if sep is None else name
        if not isinstance(value, dict) or (keep_empty_nodes and not value):
            flat[path] = value
            continue
        for rest, leaf in flatten_dict(value, keep_empty_nodes, sep).items():
            flat[path + rest if sep is None else f"{path}{sep}{rest}"] = leaf
    return flat


def unflatten_dict(xs, /, sep=None):
    """Nested dictionaries from one by tuples of names or by names that are joined by ``sep``."""
    nested = {}
    for path, value in xs.items():
        *outer, name = path if sep is None else path.split(sep)
        part = nested
        for key in outer:
            part = part.setdefault(key, {})
        part[name] = value
    return nested


def attention_weights(
    query,
    key,
    /,
    bias=None,
    mask=None,
    broadcast_dropout=True,
    dropout_rng=None,
    dropout_rate=0.0,
    deterministic=False,
    dtype=None,
):
    """Softmax of the scaled products of queries and keys, (..., length, heads, depth): (..., heads, queries, keys)."""
    return dot_product_attention_weights(
        query, key, bias, mask, broadcast_dropout, dropout_rng, dropout_rate, deterministic, dtype
    )
