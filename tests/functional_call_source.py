"""Modules that are called with other parameters than their own."""

import copy

import torch
import torch.nn as nn
import torch.nn.functional as F
from torch.func import functional_call, grad, stack_module_state, vmap


class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.a = nn.Conv1d(2, 4, 1)
        self.bn = nn.BatchNorm1d(4)
        self.b = nn.Linear(4, 1)

    def forward(self, x):
        return self.b(torch.tanh(self.bn(self.a(x[:, :, None]))[:, :, 0]))


def per_sample(net, x, y):
    net.eval()
    params = {k: v.detach() for k, v in net.named_parameters()}

    def compute(params, x, y):
        return F.mse_loss(functional_call(net, params, (x.unsqueeze(0),)), y.unsqueeze(0))

    grads = vmap(grad(compute), in_dims=(None, 0, 0))(params, x, y)
    return [grads[name] for name in sorted(grads)]


def shifted(net, x, y):
    net.train()
    others = {k: v + 0.1 for k, v in net.named_parameters()}
    first = functional_call(net, others, x)
    return first, functional_call(net, others, (x,)), net.bn.running_mean, net(x)


def ensemble(net: Net, x: torch.Tensor, y):
    net.eval()
    nets = [copy.deepcopy(net).to(x.device) for _ in range(3)]
    with torch.no_grad():
        for i, one in enumerate(nets):
            for p in one.parameters():
                p.mul_(1 + 0.1 * i)
    base = copy.deepcopy(nets[0]).to("meta")
    params, buffers = stack_module_state(nets)

    def call(params, buffers, x):
        return functional_call(base, (params, buffers), (x,))

    return vmap(call, in_dims=(0, 0, None))(params, buffers, x), params["a.weight"], buffers["bn.running_mean"]


def paired(net: Net, x: torch.Tensor, y):
    params = {k: v.detach() for k, v in net.named_parameters()}
    grads = grad(lambda params: functional_call(net, params, (x,)).sum())(params)
    return [p - 0.1 * g for p, g in zip(params.values(), grads.values()) if p.shape == g.shape]
