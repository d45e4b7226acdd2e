"""What programs of PyTorch do in training: parts that are filled step by step, closures, joint optimizers, packed data."""

import types

import numpy as np
import pytest

torch = pytest.importorskip("torch")

from ivy.s2s.pipeline import convert_text  # noqa: E402

from .converted_text import converted  # noqa: E402
from .torch_cases import converted_cases, numbers_of  # noqa: E402

TEXT = '''"""Steps of programs."""
import torch
import torch.nn as nn
from torch.nn.utils.rnn import PackedSequence, pack_padded_sequence, pack_sequence, pad_packed_sequence


class Scale(nn.Module):
    def __init__(self):
        super().__init__()
        self.scale = nn.Parameter(torch.ones(4))
        self.register_buffer("queue", torch.ones(4))
        self.queue = self.queue * 2
        self.register_buffer("pointer", torch.zeros(1, dtype=torch.long))

    def forward(self, x):
        start = int(self.pointer)
        self.queue[start] = x.detach().mean()
        self.pointer[0] = start + 1
        return x * self.scale + self.queue.clone()


class Wrapped(nn.Module):
    def __init__(self):
        super().__init__()
        self.parts = nn.ModuleDict({"inner": Scale()})
        parts = self.parts
        self.apply_parts = lambda x: parts.inner(x)

    def forward(self, x):
        return self.apply_parts(x)


def rollout(x, y):
    """Rows are filled in each update; views of them are read before they are filled again."""
    rewards = torch.zeros(3, 4)
    advantages = torch.zeros_like(rewards)
    found = []
    for update in range(2):
        for step in range(3):
            rewards[step] = x[step] * (update + 1)
        last = y[3].reshape(1, -1)
        for t in reversed(range(3)):
            advantages[t] = last = rewards[t] + 0.9 * last
        flat = rewards.reshape(-1)
        found.append((flat * advantages.reshape(-1)).sum().item())
    return found


def closures(x, y):
    model = Scale()
    optimizer = torch.optim.SGD(model.parameters(), lr=0.1, momentum=0.9)
    losses = []
    for _ in range(3):
        def closure():
            optimizer.zero_grad()
            out = model(x)
            loss = ((out - y) ** 2).mean()
            losses.append(loss.item())
            loss.backward()
            return loss

        loss = optimizer.step(closure)
        losses.append(loss.item())
    return losses


def joint(x, y):
    """Codes and a model are trained together."""
    model = Scale()
    z = torch.zeros(4, requires_grad=True)
    optimizer = torch.optim.Adam([z] + list(model.parameters()), lr=0.1)
    losses = []
    for _ in range(3):
        optimizer.zero_grad()
        loss = ((model(z) - y) ** 2).mean()
        loss.backward()
        optimizer.step()
        losses.append(loss.item())
    return [*losses, *z.detach()]


def groups(x, y):
    model = Scale()
    z = torch.full((4,), 0.5)
    z.requires_grad_(True)
    optimizer = torch.optim.Adam([{"params": model.parameters(), "lr": 0.01}, {"params": [z], "lr": 0.2}])
    losses = []
    for _ in range(3):
        loss = ((model(z) - y) ** 2).mean()
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        losses.append(loss.item())
    return losses


def wrapped(x, y):
    model = Wrapped()
    optimizer = torch.optim.SGD(model.parameters(), lr=0.5)
    losses = []
    for _ in range(3):
        loss = ((model(x) - y) ** 2).mean()
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        losses.append(loss.item())
    return losses


class Plain(nn.Module):
    def __init__(self):
        super().__init__()
        self.scale = nn.Parameter(torch.linspace(0.5, 1.5, 4))

    def forward(self, x):
        return x * self.scale


class Agent:
    """An actor whose loss a method computes, with a critic that another optimizer trains."""

    def __init__(self):
        self.actor = Plain()
        self.critic = Plain()
        self.actor_optimizer = torch.optim.Adam(self.actor.parameters(), lr=0.1)
        self.critic_optimizer = torch.optim.Adam(self.critic.parameters(), lr=0.1)

    def act(self, x):
        return torch.tanh(self.actor(x))

    def update(self, x, y):
        critic_loss = ((self.critic(x) - y) ** 2).mean()
        self.critic_optimizer.zero_grad()
        critic_loss.backward()
        self.critic_optimizer.step()
        actor_loss = -self.critic(self.act(x)).mean()
        self.actor_optimizer.zero_grad()
        actor_loss.backward()
        self.actor_optimizer.step()
        return critic_loss.item(), actor_loss.item()


def agent(x, y):
    agent = Agent()
    return [value for _ in range(3) for value in agent.update(x, y)]


def inferred_later(x, y):
    """The model trains until it is told otherwise, after the training."""
    model = nn.BatchNorm1d(4)
    optimizer = torch.optim.SGD(model.parameters(), lr=0.1)
    losses = []
    for _ in range(2):
        loss = ((model(x) - y) ** 2).mean()
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        losses.append(loss.item())
    model.eval()
    return [*losses, *model(x).detach().flatten()]


def own_step(packed):
    """The state after the last step of each sequence."""
    start, state, ended = 0, packed.data.new_zeros(int(packed.batch_sizes[0])), []
    for size in packed.batch_sizes.tolist():
        ended.append(state[size:])
        state = 0.5 * state[:size] + packed.data[start : start + size, 0]
        start += size
    return torch.cat([state, *ended[::-1]])


def packed(x, y):
    lengths = torch.tensor([2, 4, 3])
    p = pack_padded_sequence(x[:3].unsqueeze(-1) * y[:3].unsqueeze(-1), lengths, batch_first=True, enforce_sorted=False)
    p = PackedSequence(torch.tanh(p.data), p.batch_sizes, p.sorted_indices, p.unsorted_indices)
    padded, sizes = pad_packed_sequence(p, batch_first=True, padding_value=-1.0, total_length=5)
    rows, _ = pad_packed_sequence(pack_sequence([x[0], y[1, :2]]))
    return [*padded.flatten(), *sizes, *own_step(p), *rows.flatten()]


def copy_state(target, source):
    target.load_state_dict(source.state_dict())


def states(x, y):
    model, other = Scale(), Scale()
    model.scale.data.copy_(x[0])
    copy_state(other, model)
    return list(other(y).sum(0))
'''
CASES = ["rollout", "closures", "joint", "groups", "wrapped", "packed", "states", "agent", "inferred_later"]


@pytest.fixture(scope="module", params=["jax", "tensorflow"])
def target(request):
    return converted_cases(TEXT, request.param)


@pytest.mark.parametrize("name", CASES)
def test_steps_are_those_of_torch(name, target):
    found, wanted = numbers_of(TEXT, name, target)
    np.testing.assert_allclose(found, wanted, rtol=1e-5, atol=1e-6)
    assert np.ptp(wanted) > 1e-3


LAYERS = [(kind, options) for kind in ("LSTM", "GRU", "RNN") for options in ({}, {"bidirectional": True, "num_layers": 2})]
LAYERS.append(("LSTM", {"proj_size": 2}))


@pytest.mark.parametrize("to", ["jax", "tensorflow", "numpy"])
def test_recurrent_layers_take_packed_sequences(to):
    pytest.importorskip(to)
    makes = ", ".join(f"nn.{kind}(3, 4{''.join(f', {k}={v}' for k, v in more.items())})" for kind, more in LAYERS)
    text = f"""
import torch
import torch.nn as nn
from torch.nn.utils.rnn import pack_padded_sequence, pad_packed_sequence


def layers():
    return [{makes}]


def run(layer, x, lengths, state=None):
    packed = pack_padded_sequence(x, lengths, enforce_sorted=False)
    out, last = layer(packed, state)
    padded, _ = pad_packed_sequence(out)
    return [padded, *last] if isinstance(last, tuple) else [padded, last]
"""
    import ivy

    module = converted(text, "torch", to)
    source = types.ModuleType("packed")
    exec(text, source.__dict__)  # noqa: S102
    x = np.random.default_rng(0).standard_normal((5, 3, 3)).astype(np.float32)
    convert = {"jax": "jax.numpy.asarray", "tensorflow": "tensorflow.constant", "numpy": "numpy.asarray"}[to]
    package, _, name = convert.rpartition(".")
    make = getattr(__import__(package, fromlist=[name]), name)
    for number, (theirs, ours) in enumerate(zip(source.layers(), module.layers())):
        if to == "tensorflow":
            ours(make(x))
        ivy.load_weights(ours, {k: v.numpy().copy() for k, v in theirs.state_dict().items()})
        with torch.no_grad():
            wanted = source.run(theirs, torch.from_numpy(x), [3, 5, 2])
        found = module.run(ours, make(x), [3, 5, 2])
        for one, other in zip(found, wanted, strict=True):
            np.testing.assert_allclose(np.asarray(one), other.numpy(), rtol=1e-5, atol=1e-6, err_msg=str(number))
        if LAYERS[number] == ("GRU", {}):
            state = np.random.default_rng(1).standard_normal((1, 3, 4)).astype(np.float32)
            wanted = source.run(theirs, torch.from_numpy(x), [3, 5, 2], torch.from_numpy(state))
            found = module.run(ours, make(x), [3, 5, 2], make(state))
            for one, other in zip(found, wanted, strict=True):
                np.testing.assert_allclose(np.asarray(one), other.detach().numpy(), rtol=1e-5, atol=1e-6)


def test_a_closure_whose_names_are_read_later_stays():
    text = """import torch


def fit(model, x):
    optimizer = torch.optim.SGD(model.parameters(), lr=0.1)
    out = x

    def closure():
        optimizer.zero_grad()
        out = model(x)
        out.sum().backward()

    optimizer.step(closure)
    return out
"""
    result = convert_text(text, "torch", "jax", "fit")
    assert [(d.code, d.api) for d in result.diagnostics if d.grade == "refused"] == [("S2S100", "torch.Tensor.backward")]


def test_functions_of_two_modules_are_told():
    text = """import torch.nn as nn


class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.first = nn.Linear(3, 3)
        last = self.last = nn.Linear(3, 3)
        self.whole = lambda x: last(self.first(x))
"""
    result = convert_text(text, "torch", "jax", "net")
    assert [(d.code, d.line) for d in result.diagnostics] == [("S2S203", 9)]


def test_a_slice_of_a_result_is_told():
    text = "import torch\n\n\ndef fill(find, x):\n    find(x)[1:] = 0.0\n    find(x)[0] = 0.0\n"
    result = convert_text(text, "torch", "jax", "fill")
    assert [(d.code, d.line) for d in result.diagnostics] == [("S2S203", 5)]
