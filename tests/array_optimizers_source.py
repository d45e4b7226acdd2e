"""Optimizers of arrays that belong to no module, in the forms that repositories have."""

import torch
import torch.nn as nn
import torch.nn.functional as F


class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.first = nn.Linear(3, 5)
        self.second = nn.Linear(5, 3)

    def forward(self, x):
        return self.second(torch.tanh(self.first(x)))


def parameter(model, x, steps=20):
    z = nn.Parameter(torch.zeros(4, 3))
    optimizer = torch.optim.Adam([z], lr=0.1)
    losses = []
    for _ in range(steps):
        optimizer.zero_grad()
        loss = F.mse_loss(torch.tanh(z), x)
        loss.backward()
        optimizer.step()
        losses.append(loss.item())
    return z.detach(), losses


def style(model, x, steps=20):
    image = x.clone().requires_grad_(True)
    optimizer = torch.optim.Adam([image], lr=0.05)
    losses = []
    for _ in range(steps):
        features = model(image)
        loss = (features - 1).pow(2).mean() + 0.1 * (image**2).sum()
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        image.data.clamp_(0, 1)
        losses.append(loss.item())
    return image, losses


def tanh_space(model, x, steps=20):
    w = torch.atanh(x * 0.9).detach()
    w.requires_grad = True
    best = x.clone().detach()
    lowest = 1e10
    optimizer = torch.optim.Adam([w], lr=0.01)
    for _ in range(steps):
        adversarial = 0.5 * (torch.tanh(w) + 1)
        distance = F.mse_loss(adversarial, x)
        outputs = model(adversarial)
        cost = distance + outputs[:, 0].sum()
        optimizer.zero_grad()
        cost.backward()
        optimizer.step()
        mask = (outputs.argmax(1) == 1).float().view(-1, 1)
        best = mask * adversarial.detach() + (1 - mask) * best
        if cost.item() > lowest:
            break
        lowest = cost.item()
    return best, w


def gated(model, x, steps=20):
    gate = nn.Parameter(torch.zeros(3))
    optimizer = torch.optim.Adam([gate], lr=0.1)
    for _ in range(steps):
        loss = ((torch.sigmoid(gate) - x) ** 2).mean()
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
    return torch.sigmoid(gate)


def two_arrays(model, x, steps=20):
    scale = torch.ones(3, requires_grad=True)
    shift = torch.zeros(3, requires_grad=True)
    optimizer = torch.optim.SGD([scale, shift], lr=0.1, momentum=0.9)
    scheduler = torch.optim.lr_scheduler.StepLR(optimizer, step_size=5, gamma=0.5)
    for _ in range(steps):
        loss = ((x * scale + shift - 2) ** 2).mean()
        loss.backward()
        optimizer.step()
        optimizer.zero_grad()
        scheduler.step()
    return scale, shift


def groups(model, x, steps=20):
    scale = torch.ones(3, requires_grad=True)
    shift = torch.zeros(3, requires_grad=True)
    optimizer = torch.optim.Adam([{"params": [scale], "lr": 0.2}, {"params": shift}], lr=0.05)
    for _ in range(steps):
        optimizer.zero_grad()
        loss = ((x * scale + shift - 2) ** 2).mean()
        loss.backward()
        optimizer.step()
    return scale, shift


def bounded(model, x, steps=20):
    delta = torch.zeros_like(x, requires_grad=True)
    optimizer = torch.optim.SGD([delta], lr=1.0)
    for _ in range(steps):
        optimizer.zero_grad()
        loss = -F.cross_entropy(model(x + delta), torch.tensor([0, 1, 2, 0]))
        loss.backward()
        optimizer.step()
        with torch.no_grad():
            delta.clamp_(-0.3, 0.3)
    return (x + delta).detach()


def bounded_by_data(model, x, steps=20):
    delta = torch.zeros_like(x).requires_grad_()
    optimizer = torch.optim.SGD([delta], lr=1.0)
    for _ in range(steps):
        loss = -F.cross_entropy(model(x + delta), torch.tensor([0, 1, 2, 0]))
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        delta.data = delta.data.clamp(-0.3, 0.3)
    return delta.detach()


def accumulated(model, x, steps=20):
    z = torch.zeros(3, requires_grad=True)
    optimizer = torch.optim.Adam([z], lr=0.1)
    for step in range(steps):
        loss = ((model(x) + z - 1) ** 2).mean() / 2
        loss.backward()
        if step % 2 == 1:
            optimizer.step()
            optimizer.zero_grad()
    return z


def kept(model, x, steps=20):
    z = torch.zeros(3, requires_grad=True)
    optimizer = torch.optim.RMSprop([z], lr=0.1)
    history = []
    for _ in range(steps):
        optimizer.zero_grad()
        loss = ((x + z - 1) ** 2).mean()
        loss.backward()
        optimizer.step()
        history.append(z.detach().clone())
    return torch.stack(history)


class Attack:
    def __init__(self, model, steps):
        self.model = model
        self.steps = steps

    def __call__(self, x):
        noise = torch.zeros_like(x)
        noise.requires_grad_(True)
        optimizer = torch.optim.AdamW([noise], lr=0.02, weight_decay=0.1)
        for _ in range(self.steps):
            loss = self.loss(x + noise) + noise.abs().sum() * 0.01
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
        return noise.detach()

    def loss(self, x):
        return self.model(x).mean()


def attack(model, x, steps=20):
    return Attack(model, steps)(x)
