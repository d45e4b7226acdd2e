"""Layers of torch.nn that start with the values that flax gives them."""

import math

from torch import nn


class Linear(nn.Linear):
    """``nn.Linear`` that starts as flax's does: truncated normal weights of variance 1 / fan-in, zero bias."""

    def reset_parameters(self):
        # Cutting a normal distribution off at two standard deviations makes it narrower by this factor.
        std = 1 / math.sqrt(self.in_features) / 0.87962566103423978
        nn.init.trunc_normal_(self.weight, std=std, a=-2 * std, b=2 * std)
        if self.bias is not None:
            nn.init.zeros_(self.bias)


class Embedding(nn.Embedding):
    """``nn.Embedding`` that starts as flax's does: normal rows of variance 1 / features."""

    def reset_parameters(self):
        nn.init.normal_(self.weight, std=1 / math.sqrt(self.embedding_dim))

    # only if used
    def attend(self, query):
        """The products of queries with all rows, as logits."""
        return query @ self.weight.T
