"""A small transformer that reads images through learned queries, as a transformed Haiku function.

Images, (batch, 3, 224, 224) float32, are cut into patches; 512 learned vectors attend to them and to each other. The
result is (batch, 512, 1024). Dropout is called at rate 0 with a key, as training code that is run for inference does.
"""

import haiku as hk
import jax
import jax.numpy as jnp
from einops import rearrange

key = jax.random.PRNGKey(42)


class Attention(hk.Module):
    """Scaled dot-product attention of queries to keys and values of another width."""

    def __init__(self, heads, width, name=None):
        super().__init__(name=name)
        self.heads = heads
        self.width = width

    def __call__(self, queries, items):
        q = hk.Linear(self.width, name="query")(queries)
        k = hk.Linear(self.width, name="key")(items)
        v = hk.Linear(self.width, name="value")(items)
        q, k, v = (rearrange(x, "b n (h d) -> b h n d", h=self.heads) for x in (q, k, v))
        scores = jnp.einsum("bhqd,bhkd->bhqk", q, k) / jnp.sqrt(jnp.float32(q.shape[-1]))
        weights = hk.dropout(hk.next_rng_key(), 0.0, jax.nn.softmax(scores, axis=-1))
        out = rearrange(jnp.einsum("bhqk,bhkd->bhqd", weights, v), "b h n d -> b n (h d)")
        return hk.Linear(queries.shape[-1], name="out")(out)


class Block(hk.Module):
    """Attention and two dense layers, each with a shortcut."""

    def __init__(self, heads, width, name=None):
        super().__init__(name=name)
        self.heads = heads
        self.width = width

    def __call__(self, queries, items=None):
        x = layer_norm(queries)
        queries = queries + Attention(self.heads, self.width)(x, x if items is None else layer_norm(items))
        x = hk.Linear(2 * self.width)(layer_norm(queries))
        return queries + hk.Linear(queries.shape[-1])(jax.nn.gelu(x))


class Perceiver(hk.Module):
    """512 learned vectors of 1024 numbers that read an image."""

    def __call__(self, images):
        x = jnp.moveaxis(images, -3, -1)
        x = hk.Conv2D(32, kernel_shape=16, stride=16, padding="VALID")(x)
        x = hk.BatchApply(hk.Linear(32))(rearrange(x, "b h w c -> b (h w) c"))
        places = hk.get_parameter("places", x.shape[1:], init=hk.initializers.TruncatedNormal(0.02))
        x = jax.vmap(lambda one: one + places)(x)
        queries = hk.get_parameter("queries", (512, 1024), init=hk.initializers.TruncatedNormal(0.02))
        queries = jnp.broadcast_to(queries, (x.shape[0], 512, 1024))
        queries = Block(2, 32, name="reads")(queries, x)
        return Block(2, 32, name="thinks")(queries)


def layer_norm(x):
    """Each vector with mean 0 and variance 1, then scaled and moved by what was learned."""
    return hk.LayerNorm(axis=-1, create_scale=True, create_offset=True)(x)


perceiver_backbone = hk.transform(lambda images: Perceiver()(images))
