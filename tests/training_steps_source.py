"""Training steps as they are written in practice; each function trains and returns the losses that it saw."""

import torch
import torch.nn as nn
import torch.nn.functional as F
from torch.optim.lr_scheduler import StepLR


class Net(nn.Module):
    """Two linear layers with a normalization that keeps statistics."""

    def __init__(self, inputs=4, outputs=3):
        super().__init__()
        self.hidden = nn.Linear(inputs, 6, bias=False)  # the normalization would cancel it
        self.norm = nn.BatchNorm1d(6)
        self.head = nn.Linear(6, outputs)

    def features(self, x):
        return F.relu(self.norm(self.hidden(x)))

    def forward(self, x):
        return self.head(self.features(x))


class Recurrent(nn.Module):
    """A layer whose output is its next state."""

    def __init__(self):
        super().__init__()
        self.cell = nn.Linear(7, 3)

    def forward(self, x, h):
        h = torch.tanh(self.cell(torch.cat([x, h], dim=1)))
        return h, h


def accumulated(model, other, batches):
    """Gradients of two batches for each step, clipped; the last batches of a pass wait for the next one."""
    optimizer = torch.optim.Adam(model.parameters(), lr=0.05, weight_decay=0.01)
    losses = []
    model.train()
    for _ in range(2):
        for i, (x, y) in enumerate(batches[:5]):
            loss = F.cross_entropy(model(x), y) / 2
            loss.backward()
            if (i + 1) % 2 == 0:
                nn.utils.clip_grad_norm_(model.parameters(), 0.5)
                optimizer.step()
                optimizer.zero_grad()
            losses.append(loss.item())
    return losses


def zeroed_at_the_end(model, other, batches):
    optimizer = torch.optim.SGD(model.parameters(), lr=0.1, momentum=0.9)
    scheduler = StepLR(optimizer, 2, gamma=0.5)
    losses = []
    for x, y in batches:
        output = model(x)
        loss = F.cross_entropy(output, y)
        penalty = 0.01 * sum((p ** 2).sum() for p in model.parameters())
        total = loss + penalty
        total.backward()
        norm = torch.nn.utils.clip_grad_norm_(model.parameters(), max_norm=1.0)
        optimizer.step()
        optimizer.zero_grad()
        scheduler.step()
        losses.extend([loss.item(), norm.item(), output.argmax(dim=1).float().mean().item()])
    return losses


def two_losses(model, other, batches):
    """Two backward passes before a step."""
    params = list(model.parameters()) + list(other.parameters())
    optimizer = torch.optim.AdamW(params, lr=0.02)
    losses = []
    for x, y in batches:
        optimizer.zero_grad()
        first = F.cross_entropy(model(x), y)
        first.backward()
        second = F.mse_loss(other(x), F.one_hot(y, 3).float())
        second.backward()
        optimizer.step()
        losses += [first.item(), second.item()]
    return losses


def distilled(model, teacher, batches):
    """The targets of a teacher are constants, also where both share a network."""
    optimizer = torch.optim.RMSprop(model.parameters(), lr=0.01)
    teacher.eval()
    model.train()
    losses = []
    for x, y in batches:
        with torch.no_grad():
            target = teacher(x).softmax(dim=1)
        logits = model(x)
        loss = F.cross_entropy(logits, y)
        with torch.no_grad():
            weight = logits.softmax(dim=1).max(dim=1).values
        loss = loss + (weight * F.cross_entropy(logits, target, reduction="none")).mean()
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        losses.append(loss.item())
    return losses


def adversarial(model, other, batches):
    """Two optimizers: each takes the gradient of its own loss."""
    optimizer_a = torch.optim.Adam(model.parameters(), lr=0.01)
    optimizer_b = torch.optim.Adam(other.parameters(), lr=0.01)
    losses = []
    for x, y in batches:
        optimizer_a.zero_grad()
        made = model(x)
        loss_a = F.cross_entropy(other(torch.cat([made, x[:, :1]], dim=1)), y)
        loss_a.backward()
        optimizer_a.step()

        optimizer_b.zero_grad()
        real = other(x)
        fake = other(torch.cat([made.detach(), x[:, :1]], dim=1))
        loss_b = (F.cross_entropy(real, y) - 0.1 * F.cross_entropy(fake, y)) / 2
        loss_b.backward()
        optimizer_b.step()
        losses += [loss_a.item(), loss_b.item()]
    return losses


def frozen(model, other, batches):
    """Only the head is trained; weight decay leaves the rest alone."""
    for p in model.parameters():
        p.requires_grad = False
    for p in model.head.parameters():
        p.requires_grad = True
    optimizer = torch.optim.SGD(model.parameters(), lr=0.2, weight_decay=0.1)
    losses = []
    for x, y in batches:
        loss = F.cross_entropy(model(x), y)
        optimizer.zero_grad()
        loss.backward()
        norm = nn.utils.clip_grad_norm_(model.parameters(), 0.3)
        optimizer.step()
        losses += [loss.item(), norm.item()]
    return losses


def carried(model, other, batches):
    """The state of a recurrent layer goes from step to step without its gradient."""
    net = Recurrent()
    for p in net.parameters():
        nn.init.constant_(p, 0.1)
    optimizer = torch.optim.SGD(net.parameters(), lr=0.5)
    h = torch.zeros(8, 3)
    losses = []
    for x, y in batches:
        outputs = []
        for _ in range(2):
            out, h = net(x, h)
            outputs.append(out)
        loss = F.cross_entropy(torch.stack(outputs).mean(0), y)
        if len(losses) > 2:
            loss = loss * 0.5
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        h = h.detach()
        losses.append(loss.item())
    return losses


class Trainer:
    """A loop in methods of a class."""

    def __init__(self, model, lr):
        self.model = model
        self.criterion = nn.CrossEntropyLoss()
        self.optimizer = torch.optim.NAdam(model.parameters(), lr=lr)

    def step(self, x, y):
        self.model.train()
        self.optimizer.zero_grad()
        prediction = self.model.forward(x)
        loss = self.criterion(prediction, y)
        loss.backward()
        self.optimizer.step()
        return loss.item(), prediction

    def evaluate(self, x, y):
        self.model.eval()
        with torch.no_grad():
            return self.criterion(self.model(x), y).item()


def with_a_class(model, other, batches):
    trainer = Trainer(model, 0.01)
    losses = []
    for x, y in batches:
        loss, prediction = trainer.step(x, y)
        losses += [loss, prediction.mean().item(), trainer.evaluate(x, y)]
    return losses


def penalized(model, other, batches):
    """A penalty of the gradients with respect to the inputs is part of the loss."""
    optimizer = torch.optim.SGD(model.parameters(), lr=0.05)
    losses = []
    model.eval()
    for x, y in batches:
        optimizer.zero_grad()
        mixed = (0.5 * x + 0.5 * x.flip(0)).requires_grad_(True)
        output = model(mixed)
        slopes = torch.autograd.grad(output.sum(), mixed, create_graph=True)[0]
        penalty = ((slopes.norm(2, dim=1) - 1) ** 2).mean()
        loss = F.cross_entropy(model(x), y) + penalty
        loss.backward()
        optimizer.step()
        losses.append(loss.item())
    return losses


def two_passes(model, optimizer, batches):
    """The forward pass in a block of its own, and its names again in a second loop."""
    losses = []
    for x, y in batches[:4]:
        optimizer.zero_grad()
        with torch.enable_grad():
            output = model(x)
            loss = F.cross_entropy(output, y)
        loss.backward()
        optimizer.step()
        losses.append(loss.item())
    for x, y in batches[4:]:
        output = model(x)
        losses.append(F.cross_entropy(output, y).item())
    return losses


def validated(model, other, batches):
    model.train()
    return two_passes(model, torch.optim.SGD(model.parameters(), lr=0.05), batches)


def generated(model, other, batches):
    """The generator's pass stands before the discriminator's step, and its loss after it; names are bound again."""
    for_model = torch.optim.SGD(model.parameters(), lr=0.05)
    for_other = torch.optim.SGD(other.parameters(), lr=0.05)
    losses = []
    for x, y in batches:
        other.zero_grad()
        output = other(x)
        real = F.cross_entropy(output, y)
        real.backward()
        mean = output.mean().item()
        made = model(x)
        output = other(F.pad(made.detach(), (0, 1)))
        fake = F.cross_entropy(output, y)
        fake.backward()
        for_other.step()

        model.zero_grad()
        output = other(F.pad(made, (0, 1)))
        loss = F.cross_entropy(output, y)
        loss.backward()
        for_model.step()
        losses += [real.item(), fake.item(), loss.item(), mean, output.mean().item()]
    model.eval()
    return [*losses, model(batches[0][0]).sum().item()]


def in_turns(model, other, batches):
    """The second optimizer steps in a branch, and its gradients are zeroed before it."""
    for_model = torch.optim.SGD(model.parameters(), lr=0.05)
    for_other = torch.optim.SGD(other.parameters(), lr=0.05)
    losses = []
    for i, (x, y) in enumerate(batches):
        for_model.zero_grad()
        loss = F.cross_entropy(model(x), y)
        loss.backward()
        for_model.step()
        for_other.zero_grad()
        if i % 2 == 0:
            loss = F.cross_entropy(other(x), y)
            loss.backward()
            for_other.step()
        losses.append(loss.item())
    return losses


def by_hand(model, other, batches):
    """Steps that change the parameters by their gradients."""
    rate = 0.1
    losses = []
    for x, y in batches:
        model = model.train()
        model.zero_grad()
        loss = F.cross_entropy(model(x), y)
        loss.backward()
        nn.utils.clip_grad_norm_(model.parameters(), 0.5)
        for p in model.parameters():
            p.data.add_(p.grad.data, alpha=-rate)
        other.zero_grad()
        second = F.cross_entropy(other(x), y)
        second.backward()
        with torch.no_grad():
            for p in other.parameters():
                p -= rate * p.grad
            other.zero_grad()
        losses += [loss.item(), second.item()]
    return losses


def averaged(model, other, batches):
    """Averages of weights in the states of models, which share memory with them."""
    optimizer = torch.optim.SGD(model.parameters(), lr=0.5)
    for x, y in batches:
        optimizer.zero_grad()
        loss = F.cross_entropy(model(x), y)
        loss.backward()
        optimizer.step()
        with torch.no_grad():
            trained = model.state_dict()
            for name, value in other.state_dict().items():
                if value.dtype.is_floating_point:
                    value *= 0.5
                    value += 0.25 * trained[name].detach()
            state = other.state_dict()
            for name in state:
                if state[name].dtype.is_floating_point:
                    state[name].copy_(state[name] + 0.125 * trained[name])
            for ours, theirs in zip(other.state_dict().values(), model.state_dict().values()):
                ours.copy_(0.875 * ours + 0.125 * theirs)
            held = dict(other.named_parameters())
            for name, p in model.named_parameters():
                held[name].sub_(0.125 * (held[name] - p))
    other.eval()
    return [F.cross_entropy(other(x), y).item() for x, y in batches]


STEPS = (
    accumulated, zeroed_at_the_end, two_losses, distilled, adversarial, frozen, carried, with_a_class, penalized,
    validated, generated, in_turns, by_hand, averaged,
)  # fmt: skip
