"""Haiku's vector quantizers, with its names of parameters and state."""

import numpy as np

from ..jaxnn import one_hot_floats
from .base import Module, get_parameter, get_state
from .frames import set_state, transparent
from .initializers import VarianceScaling
from .normalization import ExponentialMovingAverage


def quantized_outputs(inputs, embeddings, commitment_cost, trains_embeddings):
    """What a vector quantizer gives: the nearest column of the embeddings for each vector, and its losses."""
    size, count = embeddings.shape
    flat = np.reshape(inputs, (-1, size))
    lengths = np.sum(np.square(embeddings), axis=0, keepdims=True)
    distances = np.sum(np.square(flat), axis=1, keepdims=True) - 2 * (flat @ embeddings) + lengths
    nearest = np.argmin(distances, axis=1).astype(np.int32)
    encodings = one_hot_floats(nearest, count, dtype=distances.dtype)
    indices = np.reshape(nearest, list(inputs.shape)[:-1])
    quantized = np.take(embeddings.T, indices, axis=0)
    loss = commitment_cost * np.mean(np.square(quantized - inputs))
    if trains_embeddings:
        loss = loss + np.mean(np.square(quantized - inputs))
    shares = np.mean(encodings, axis=0)
    return {
        "quantize": inputs + (quantized - inputs),
        "loss": loss,
        "perplexity": np.exp(-np.sum(shares * np.log(shares + 1e-10))),
        "encodings": encodings,
        "encoding_indices": indices,
        "distances": distances,
    }


class VectorQuantizer(Module):
    """The nearest of learned vectors in place of each vector."""

    def __init__(self, embedding_dim, num_embeddings, commitment_cost, dtype=None, name=None):
        super().__init__(name=name)
        self.embedding_dim, self.num_embeddings = embedding_dim, num_embeddings
        self.commitment_cost, self.dtype = commitment_cost, dtype or np.float32

    @property
    def embeddings(self):
        """The vectors, one in each column."""
        init = VarianceScaling(distribution="uniform")
        return get_parameter(
            "embeddings", (self.embedding_dim, self.num_embeddings), self.dtype, init
        )

    def __call__(self, inputs, is_training):
        return quantized_outputs(inputs, self.embeddings, self.commitment_cost, True)

    def quantize(self, encoding_indices):
        """The vectors of these indices."""
        return np.take(self.embeddings.T, encoding_indices, axis=0)


class VectorQuantizerEMA(Module):
    """The nearest of averaged vectors in place of each vector; training moves them to what they stand for."""

    def __init__(
        self,
        embedding_dim,
        num_embeddings,
        commitment_cost,
        decay,
        epsilon=1e-05,
        dtype=None,
        name=None,
    ):
        super().__init__(name=name)
        self.embedding_dim, self.num_embeddings = embedding_dim, num_embeddings
        self.commitment_cost, self.epsilon = commitment_cost, epsilon
        self.dtype = dtype or np.float32
        self.sizes = ExponentialMovingAverage(decay, name="ema_cluster_size")
        self.sums = ExponentialMovingAverage(decay, name="ema_dw")

    @property
    def embeddings(self):
        """The vectors, one in each column."""
        init = VarianceScaling(distribution="uniform")
        return get_state("embeddings", (self.embedding_dim, self.num_embeddings), self.dtype, init)

    def __call__(self, inputs, is_training):
        found = quantized_outputs(inputs, self.embeddings, self.commitment_cost, False)
        if is_training:
            self.move(np.reshape(inputs, (-1, self.embedding_dim)), found["encodings"])
        return found

    @transparent
    def move(self, flat, encodings):
        """Move the vectors to the averages of what they stand for."""
        self.sizes.initialize((self.num_embeddings,), self.dtype)
        sizes = self.sizes(np.sum(encodings, axis=0))
        self.sums.initialize((self.embedding_dim, self.num_embeddings), self.dtype)
        sums = self.sums(flat.T @ encodings)
        total = np.sum(sizes)
        sizes = (sizes + self.epsilon) / (total + self.num_embeddings * self.epsilon) * total
        set_state("embeddings", sums / sizes)

    def quantize(self, encoding_indices):
        """The vectors of these indices."""
        return np.take(self.embeddings.T, encoding_indices, axis=0)
