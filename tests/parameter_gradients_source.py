"""Code that takes gradients with respect to the parameters of a module, in the forms that repositories of PyTorch have."""

import torch
import torch.nn as nn
import torch.nn.functional as F


class Net(nn.Module):
    def __init__(self, width=4):
        super().__init__()
        self.conv = nn.Conv1d(3, width, 2)
        self.norm = nn.LayerNorm(width)
        self.head = nn.Linear(width, 2)

    def forward(self, x):
        x = torch.tanh(self.conv(x)).mean(2)
        return self.head(self.norm(x))


def flat(gradients):
    return torch.cat([gradient.reshape(-1) for gradient in gradients])


def plain(net, x):
    loss = F.cross_entropy(net(x), torch.tensor([0, 1, 1, 0]))
    grads = torch.autograd.grad(loss, net.parameters())
    return flat(grads)


def listed(net, x):
    params = [p for p in net.parameters()]
    out = net(x)
    loss = out.pow(2).sum() + 0.1 * sum(p.pow(2).sum() for p in params)
    first = torch.autograd.grad(loss, params, retain_graph=True)[0]
    weighted = torch.autograd.grad(out, params, grad_outputs=out.detach().sin())
    return torch.cat([first.reshape(-1), flat(weighted)])


def hessian_vector_product(net, x):
    params = list(net.parameters())
    loss = net(x).pow(2).mean()
    grads = torch.autograd.grad(loss, params, create_graph=True)
    vector = [torch.cos(p.detach()) for p in params]
    product = sum((g * v).sum() for g, v in zip(grads, vector))
    return flat(torch.autograd.grad(product, params))


def by_name(net, x):
    params = dict(net.named_parameters())
    grads = torch.autograd.grad(net(x).sum(), params.values(), create_graph=True)
    fast = {name: p - 0.1 * g for (name, p), g in zip(params.items(), grads)}
    out = torch.func.functional_call(net, fast, (x,))
    return out


def tangent_kernel(net, x):
    out = net(x)
    rows = []
    for i in range(out.shape[0]):
        rows.append(flat(torch.autograd.grad(out[i, 0], net.parameters(), retain_graph=True)))
    rows = torch.stack(rows)
    return rows @ rows.T


def fisher(net, x):
    total = [torch.zeros_like(p) for p in net.parameters()]
    for i in range(x.shape[0]):
        out = F.log_softmax(net(x[i : i + 1]), dim=-1)
        grads = torch.autograd.grad(out[0, 1], net.parameters())
        total = [t + g**2 for t, g in zip(total, grads)]
    return flat(total)


def penalty(net, x):
    loss = net(x).pow(2).mean()
    grads = torch.autograd.grad(loss, net.parameters(), create_graph=True, retain_graph=True)
    norm = torch.sqrt(sum(g.pow(2).sum() for g in grads))
    return loss + 0.1 * norm


class Learner:
    def __init__(self, net):
        self.net = net

    def loss(self, x):
        return self.net(x).pow(2).mean()

    def adapted(self, x, steps=2):
        fast = None
        for _ in range(steps):
            if fast is None:
                grads = torch.autograd.grad(self.loss(x), self.net.parameters(), create_graph=True)
                fast = {n: p - 0.1 * g for (n, p), g in zip(self.net.named_parameters(), grads)}
            else:
                fast = {n: p * 0.9 for n, p in fast.items()}
        return torch.func.functional_call(self.net, fast, (x,))


def learner(net, x):
    return Learner(net).adapted(x)


CASES = (plain, listed, hessian_vector_product, by_name, tangent_kernel, fisher, penalty, learner)
TRAINED = (by_name, penalty, learner)
