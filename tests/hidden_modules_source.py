"""Losses that call functions and methods which use the modules that are trained."""

import torch
import torch.nn as nn


class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.a = nn.Linear(2, 8)
        self.bn = nn.BatchNorm1d(8)
        self.b = nn.Linear(8, 1)

    def forward(self, x, t):
        return self.b(torch.tanh(self.bn(self.a(torch.cat([x, t], 1)))))


class Trainer:
    """Only a method uses the network."""

    def __init__(self, net):
        self.net = net
        self.net.train()
        self.optimizer = torch.optim.Adam(self.net.parameters(), lr=1e-2)

    def compute(self, x, t):
        return (self.net(x, t) - 1).pow(2).mean()

    def fit(self, x, t, steps):
        losses = []
        for _ in range(steps):
            self.optimizer.zero_grad()
            loss = self.compute(x, t)
            loss.backward()
            self.optimizer.step()
            losses.append(loss.item())
        return losses


class Both(Trainer):
    def fit(self, x, t, steps):
        losses = []
        for _ in range(steps):
            self.optimizer.zero_grad()
            loss = self.compute(x, t) + self.net(x, t).pow(2).mean()
            loss.backward()
            self.optimizer.step()
            losses.append(loss.item())
        return losses


class Agent(nn.Module):
    def __init__(self, net):
        super().__init__()
        self.net = net
        self.net.train()
        self.adam = torch.optim.Adam(self.net.parameters(), lr=1e-2)

    def compute(self, x, t):
        return (self.net(x, t) - 1).pow(2).mean()

    def fit(self, x, t, steps):
        losses = []
        for _ in range(steps):
            self.adam.zero_grad()
            loss = self.compute(x, t) + self.net(x, t).pow(2).mean()
            loss.backward()
            self.adam.step()
            losses.append(loss.item())
        return losses


def nested(net, x, t, steps):
    net.train()
    optimizer = torch.optim.Adam(net.parameters(), lr=1e-2)

    def compute(x, t):
        return (net(x, t) - 1).pow(2).mean()

    losses = []
    for _ in range(steps):
        optimizer.zero_grad()
        loss = compute(x, t) + net(x, t).pow(2).mean()
        loss.backward()
        optimizer.step()
        losses.append(loss.item())
    return losses
