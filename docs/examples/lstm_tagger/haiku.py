"""A part-of-speech tagger: embedding, bidirectional LSTM, CRF decoding."""

import jax
import jax.numpy as jnp

from haiku_helpers import (
    cross_entropy,
    Dropout,
    Embedding,
    gather,
    Linear,
    LSTM,
    masked_fill,
    max_with_indices,
    Module,
    Parameter,
    rand,
    randn,
    squeeze_ones,
)

PAD = 0


class WordDropout(Module):
    """Replaces words by the unknown word while training."""

    def __init__(self, p=0.1, unknown=1):
        super().__init__()
        self.p = p
        self.unknown = unknown

    def __call__(self, words, *, is_training: bool | None = None):
        if not is_training or self.p == 0:
            return words
        dropped = rand(words.shape) < self.p
        return masked_fill(words, dropped & (words != PAD), self.unknown)


class LSTMTagger(Module):
    def __init__(self, vocab_size, tag_count, embedding_dim=16, hidden_dim=12, dropout=0.2):
        super().__init__()
        self.word_dropout = WordDropout()
        self.embedding = Embedding(vocab_size, embedding_dim, padding_idx=PAD)
        self.dropout = Dropout(dropout)
        self.lstm = LSTM(embedding_dim, hidden_dim, batch_first=True, bidirectional=True)
        self.hidden2tag = Linear(2 * hidden_dim, tag_count)
        # transitions[i, j]: score of tag j after tag i
        self.transitions = Parameter(lambda: randn((tag_count, tag_count)) * 0.1)

    def __call__(self, words):
        """Scores of shape (batch, length, tags) for word ids of shape (batch, length)."""
        embedded = self.dropout(self.embedding(self.word_dropout(words)))
        output, (hidden, cell) = self.lstm(embedded)
        return self.hidden2tag(self.dropout(output))

    def loss(self, words, tags):
        """Mean cross entropy over the words that are not padding."""
        scores = self(words)
        mask = jnp.not_equal(words, PAD)
        losses = cross_entropy(scores.swapaxes(1, 2), tags, reduction="none")
        return (losses * mask).sum() / mask.sum()

    def decode(self, words):
        """Viterbi decoding: the best tag sequences, shape (batch, length)."""
        scores = self(words)
        best = scores[:, 0]
        history = []
        for t in range(1, scores.shape[1]):
            total = (
                jnp.expand_dims(best, axis=2)
                + self.transitions
                + jnp.expand_dims(scores[:, t], axis=1)
            )
            best, previous = max_with_indices(total, 1)
            history.append(previous)

        tag = best.argmax(axis=-1)
        path = [tag]
        for previous in reversed(history):
            tag = squeeze_ones(gather(previous, 1, jnp.expand_dims(tag, axis=1)), 1)
            path.insert(0, tag)
        return jnp.stack(path, axis=1)


def accuracy(predicted: jax.Array, tags: jax.Array, words: jax.Array) -> float:
    """Share of right tags among the words that are not padding."""
    mask = words != PAD
    correct = (predicted == tags) & mask
    return correct.sum().item() / max(mask.sum().item(), 1)
