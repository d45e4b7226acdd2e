"""Haiku's vector quantizers, with its names of parameters and state."""

import torch

from ..jaxnn import one_hot_floats
from .base import Module
from .frames import transparent
from .initializers import VarianceScaling
from .normalization import ExponentialMovingAverage


def quantized_outputs(inputs, embeddings, commitment_cost, trains_embeddings):
    """What a vector quantizer gives: the nearest column of the embeddings for each vector, and its losses."""
    size, count = embeddings.shape
    flat = torch.reshape(inputs, (-1, size))
    lengths = torch.sum(torch.square(embeddings), dim=0, keepdim=True)
    distances = (
        torch.sum(torch.square(flat), dim=1, keepdim=True) - 2 * (flat @ embeddings) + lengths
    )
    nearest = torch.argmin(distances, dim=1).to(torch.int32)
    encodings = one_hot_floats(nearest, count, dtype=distances.dtype)
    indices = torch.reshape(nearest, list(inputs.shape)[:-1])
    quantized = embeddings.T[indices]
    loss = commitment_cost * torch.mean(torch.square(quantized.detach() - inputs))
    if trains_embeddings:
        loss = loss + torch.mean(torch.square(quantized - inputs.detach()))
    shares = torch.mean(encodings, dim=0)
    return {
        "quantize": inputs + (quantized - inputs).detach(),
        "loss": loss,
        "perplexity": torch.exp(-torch.sum(shares * torch.log(shares + 1e-10))),
        "encodings": encodings,
        "encoding_indices": indices,
        "distances": distances,
    }


class VectorQuantizer(Module):
    """The nearest of learned vectors in place of each vector."""

    def __init__(self, embedding_dim, num_embeddings, commitment_cost, dtype=None, name=None):
        super().__init__(name=name)
        self.embedding_dim, self.num_embeddings = embedding_dim, num_embeddings
        self.commitment_cost, self.dtype = commitment_cost, dtype or torch.float32

    @property
    def embeddings(self):
        """The vectors, one in each column."""
        init = VarianceScaling(distribution="uniform")
        return self.param(
            "embeddings", (self.embedding_dim, self.num_embeddings), self.dtype, init
        )

    def forward(self, inputs, is_training):
        return quantized_outputs(inputs, self.embeddings, self.commitment_cost, True)

    def quantize(self, encoding_indices):
        """The vectors of these indices."""
        return self.embeddings.T[encoding_indices]


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
        self.dtype = dtype or torch.float32
        self.sizes = ExponentialMovingAverage(decay, name="ema_cluster_size")
        self.sums = ExponentialMovingAverage(decay, name="ema_dw")

    @property
    def embeddings(self):
        """The vectors, one in each column."""
        init = VarianceScaling(distribution="uniform")
        return self.get_state("embeddings", (self.embedding_dim, self.num_embeddings), self.dtype, init)

    def forward(self, inputs, is_training):
        found = quantized_outputs(inputs, self.embeddings, self.commitment_cost, False)
        if is_training:
            self.move(torch.reshape(inputs, (-1, self.embedding_dim)), found["encodings"])
        return found

    @transparent
    def move(self, flat, encodings):
        """Move the vectors to the averages of what they stand for."""
        self.sizes.initialize((self.num_embeddings,), self.dtype)
        sizes = self.sizes(torch.sum(encodings, dim=0))
        self.sums.initialize((self.embedding_dim, self.num_embeddings), self.dtype)
        sums = self.sums(flat.T @ encodings)
        total = torch.sum(sizes)
        sizes = (sizes + self.epsilon) / (total + self.num_embeddings * self.epsilon) * total
        self.set_state("embeddings", sums / sizes)

    def quantize(self, encoding_indices):
        """The vectors of these indices."""
        return self.embeddings.T[encoding_indices]
