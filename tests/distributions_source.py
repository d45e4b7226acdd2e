"""Probability distributions of PyTorch as policies, variational autoencoders and priors use them."""

import torch
import torch.distributions as D
import torch.nn as nn
from torch.distributions import Bernoulli, Categorical, Independent, kl_divergence
from torch.distributions.log_normal import LogNormal
from torch.distributions.normal import Normal


class Actor(nn.Module):
    def __init__(self, inputs, actions):
        super().__init__()
        self.net = nn.Linear(inputs, actions)
        self.log_std = nn.Parameter(torch.full((actions,), 0.3))

    def forward(self, x):
        return Normal(self.net(x), self.log_std.exp())

    def evaluate(self, x, action=None):
        dist = self(x)
        if action is None:
            action = dist.sample()
        return dist.log_prob(action).sum(-1), dist.entropy().sum(dim=-1, keepdim=True), dist.mean


def make(name, a, b):
    """A distribution with parameters of arrays (2, 4), the first of any numbers, the second of positive ones."""
    if name == "normal":
        return Normal(a, b)
    if name == "number":
        return D.Normal(0.5, 2.0)
    if name == "uniform":
        return D.Uniform(a, a + b)
    if name == "laplace":
        return D.Laplace(a, b)
    if name == "exponential":
        return D.Exponential(b)
    if name == "log_normal":
        return LogNormal(a, b / 4)
    if name == "poisson":
        return D.Poisson(b * 3)
    if name == "gamma":
        return D.Gamma(b, b + 0.5)
    if name == "beta":
        return D.Beta(b, b + 0.5)
    if name == "bernoulli":
        return Bernoulli(logits=a)
    if name == "bernoulli_probs":
        return Bernoulli(torch.sigmoid(a))
    if name == "categorical":
        return Categorical(logits=a)
    if name == "categorical_probs":
        return Categorical(b)
    if name == "one_hot":
        return D.OneHotCategorical(logits=a)
    if name == "dirichlet":
        return D.Dirichlet(b)
    if name == "independent":
        return Independent(Normal(a, b), 1)
    tril = torch.tril(a.unsqueeze(-1) * b.unsqueeze(-2), -1) + torch.diag_embed(b)
    if name == "multivariate":
        return D.MultivariateNormal(a, scale_tril=tril)
    return D.MultivariateNormal(a, tril @ tril.transpose(-1, -2))


def log_prob(name, a, b, value):
    return make(name, a, b).log_prob(value)


def entropy(name, a, b):
    if name == "poisson":  # PyTorch knows none
        return make(name, a, b).mean
    return make(name, a, b).entropy()


def moments(name, a, b):
    dist = make(name, a, b)
    return dist.mean, dist.variance, dist.stddev


def divergence(name, a, b):
    return kl_divergence(make(name, a, b), make(name, a + 0.2, b + 0.1))


def shares(name, a, b, value):
    dist = make(name, a, b)
    return dist.cdf(value), dist.icdf(torch.sigmoid(value))


def draws(name, a, b, count):
    dist = make(name, a, b)
    sample = dist.sample((count,))
    return sample, dist.sample().shape, dist.batch_shape, dist.event_shape


def reparametrized(name, a, b):
    return make(name, a, b).rsample().sum()


def policy_loss(logits, action, advantage):
    dist = Categorical(logits=logits)
    return -(dist.log_prob(action) * advantage).mean() - 0.01 * dist.entropy().mean(), dist.probs.argmax(dim=-1)
