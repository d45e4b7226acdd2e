"""Layers of torch.nn that start with the values that flax gives them."""

import math

import torch
from torch import nn

from ..flax_functions import new_key


class Linear(nn.Linear):
    """``nn.Linear`` that starts as flax's does: truncated normal weights of variance 1 / fan-in, zero bias."""

    def reset_parameters(self):
        # Cutting a normal distribution off at two standard deviations makes it narrower by this factor.
        std = 1 / math.sqrt(self.in_features) / 0.87962566103423978
        nn.init.trunc_normal_(self.weight, std=std, a=-2 * std, b=2 * std)
        if self.bias is not None:
            nn.init.zeros_(self.bias)

    # only if used
    @torch.no_grad()
    def initialized(self, kernel_init=None, bias_init=None):
        """The layer with initial values of functions of a key, a shape and a dtype."""
        if kernel_init is not None:
            shape = self.in_features, self.out_features
            self.weight.copy_(kernel_init(new_key(), shape, torch.float32).T)
        if bias_init is not None and self.bias is not None:
            self.bias.copy_(bias_init(new_key(), (self.out_features,), torch.float32))
        return self


class LazyLinear(nn.LazyLinear):
    """``nn.LazyLinear`` that starts as flax's does: truncated normal weights of variance 1 / fan-in, zero bias."""

    def reset_parameters(self):
        if self.in_features:  # known since the first call
            Linear.reset_parameters(self)


class Embedding(nn.Embedding):
    """``nn.Embedding`` that starts as flax's does: normal rows of variance 1 / features."""

    def reset_parameters(self):
        nn.init.normal_(self.weight, std=1 / math.sqrt(self.embedding_dim))

    # only if used
    @torch.no_grad()
    def initialized(self, embedding_init):
        """The layer with initial values of a function of a key, a shape and a dtype."""
        shape = self.num_embeddings, self.embedding_dim
        self.weight.copy_(embedding_init(new_key(), shape, torch.float32))
        return self

    # only if used
    def attend(self, query):
        """The products of queries with all rows, as logits."""
        return query @ self.weight.T


class Dropout(nn.Dropout):
    """``nn.Dropout`` whose calls may say that it drops nothing."""

    def forward(self, inputs, *, deterministic=None):
        training = self.training if deterministic is None else not deterministic
        return nn.functional.dropout(inputs, self.p, training)
