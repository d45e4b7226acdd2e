"""A part-of-speech tagger: embedding, bidirectional LSTM, CRF decoding."""

import torch
from torch import nn

PAD = 0


class WordDropout(nn.Module):
    """Replaces words by the unknown word while training."""

    def __init__(self, p=0.1, unknown=1):
        super().__init__()
        self.p = p
        self.unknown = unknown

    def forward(self, words):
        if not self.training or self.p == 0:
            return words
        dropped = torch.rand(words.shape, device=words.device) < self.p
        return words.masked_fill(dropped & (words != PAD), self.unknown)


class LSTMTagger(nn.Module):
    def __init__(self, vocab_size, tag_count, embedding_dim=16, hidden_dim=12, dropout=0.2):
        super().__init__()
        self.word_dropout = WordDropout()
        self.embedding = nn.Embedding(vocab_size, embedding_dim, padding_idx=PAD)
        self.dropout = nn.Dropout(dropout)
        self.lstm = nn.LSTM(embedding_dim, hidden_dim, batch_first=True, bidirectional=True)
        self.hidden2tag = nn.Linear(2 * hidden_dim, tag_count)
        # transitions[i, j]: score of tag j after tag i
        self.transitions = nn.Parameter(torch.randn(tag_count, tag_count) * 0.1)

    def forward(self, words):
        """Scores of shape (batch, length, tags) for word ids of shape (batch, length)."""
        embedded = self.dropout(self.embedding(self.word_dropout(words)))
        output, (hidden, cell) = self.lstm(embedded)
        return self.hidden2tag(self.dropout(output))

    def loss(self, words, tags):
        """Mean cross entropy over the words that are not padding."""
        scores = self(words)
        mask = words.ne(PAD)
        losses = nn.functional.cross_entropy(scores.transpose(1, 2), tags, reduction="none")
        return (losses * mask).sum() / mask.sum()

    @torch.no_grad()
    def decode(self, words):
        """Viterbi decoding: the best tag sequences, shape (batch, length)."""
        scores = self(words)
        best = scores[:, 0]
        history = []
        for t in range(1, scores.shape[1]):
            total = best.unsqueeze(2) + self.transitions + scores[:, t].unsqueeze(1)
            best, previous = total.max(dim=1)
            history.append(previous)

        tag = best.argmax(dim=-1)
        path = [tag]
        for previous in reversed(history):
            tag = previous.gather(1, tag.unsqueeze(1)).squeeze(1)
            path.insert(0, tag)
        return torch.stack(path, dim=1)


def accuracy(predicted: torch.Tensor, tags: torch.Tensor, words: torch.Tensor) -> float:
    """Share of right tags among the words that are not padding."""
    mask = words != PAD
    correct = (predicted == tags) & mask
    return correct.sum().item() / max(mask.sum().item(), 1)
