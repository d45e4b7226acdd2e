"""Parts of a network, as a small repository has them: the source of the tests of ``ivy-s2s verify``."""

import torch
import torch.nn.functional as F
from torch import nn


class Gated(nn.Module):
    """Normalised features times a gate; (B, L, D) with D = 8."""

    def __init__(self, dim=8):
        super().__init__()
        self.norm = nn.LayerNorm(dim, eps=1e-3)
        self.gate = nn.Linear(dim, dim)

    def forward(self, x):
        x = self.norm(x)
        return x * torch.sigmoid(self.gate(x))


class Reader(nn.Module):
    def __init__(self, words=20, width=6):
        super().__init__()
        self.embed = nn.Embedding(words, width)
        self.lstm = nn.LSTM(width, width, batch_first=True)
        self.head = nn.Linear(width, 3)

    def forward(self, ids):
        states, _ = self.lstm(self.embed(ids))
        return self.head(states)


class Mixer(nn.Module):
    """Mixes over tokens, then over channels."""

    def __init__(self, size=8):
        super().__init__()
        self.tokens = nn.Linear(size, size)
        self.channels = nn.Linear(size, size)

    def forward(self, x):
        x = self.tokens(x.transpose(-1, -2)).transpose(-1, -2)
        return self.channels(x)


class Stem(nn.Module):
    def __init__(self, in_channels, width=4):
        super().__init__()
        self.conv = nn.Conv2d(in_channels, width, 3, padding=1, bias=False)
        self.bn = nn.BatchNorm2d(width)
        self.drop = nn.Dropout(0.5)

    def forward(self, x):
        return self.drop(F.relu(self.bn(self.conv(x))))


class Causal(nn.Module):
    def __init__(self, channels=5):
        super().__init__()
        self.conv = nn.Conv1d(channels, channels, 3)
        self.out = nn.Conv1d(channels, 2, 1)

    def forward(self, x):
        return self.out(self.conv(F.pad(x, (2, 0))))


def scaled(x, weight, top: float = 1.0):
    """x of shape (B, C), times the weights."""
    return torch.clamp(x * weight, max=top)


def small_stem(width=6):
    """A model from a function."""
    return Stem(3, width)


def shape_name(shape: str, registry: dict):
    """Nothing that can be compared without being told its arguments."""
    return registry[shape]


if __name__ == "__main__":
    stem = Stem(2)
    print(stem(torch.rand(2, 2, 9, 9)).shape)
