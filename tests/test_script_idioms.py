"""What scripts say to the hardware and to loggers: it goes, or becomes what the target has."""

import importlib

import numpy as np
import pytest
from ivy.s2s.pipeline import convert_text

from .converted_text import converted

torch = pytest.importorskip("torch")

TARGETS = ("jax", "tensorflow", "numpy")
SETTINGS = '''import torch
import torch.backends.cudnn as cudnn

torch.backends.cudnn.benchmark = True
cudnn.deterministic, cudnn.benchmark = True, False
torch.backends.cuda.matmul.allow_tf32 = torch.backends.cudnn.allow_tf32 = True
torch._dynamo.config.cache_size_limit = 64
torch.cuda.empty_cache()


def prepare(model, x, seed):
    torch.cuda.manual_seed_all(seed)
    if torch.cuda.device_count() > 1:
        model = torch.nn.DataParallel(model)
    if torch.cuda.is_available():
        torch.cuda.synchronize()
    elif torch.cuda.device_count() == 0:
        x = x + 1
    return torch.abs(x)
'''
KEPT = '''import torch


def limit():
    return 3


torch.backends.cudnn.benchmark_limit = limit()
'''
LOGS = '''import torch
from torch.utils.tensorboard import SummaryWriter


def log(values: torch.Tensor, folder):
    writer = SummaryWriter(folder, flush_secs=10)
    for step, value in enumerate(values):
        writer.add_scalar("value", value.item(), step)
    writer.close()
'''


@pytest.mark.parametrize("target", TARGETS)
def test_settings_of_hardware_go(target):
    result = convert_text(SETTINGS, "torch", target)
    assert [d.code for d in result.diagnostics if d.code != "S2S200"] == []
    lines = [line.strip() for line in result.code.splitlines() if line.strip()]
    start = lines.index("def prepare(model, x, seed):")
    assert all(line.startswith(("import ", "from ")) for line in lines[:start])
    body = lines[start + 1 :]
    assert len(body) == 2 and body[0] == "x = x + 1" and body[1].startswith("return ")


@pytest.mark.parametrize("target", TARGETS)
def test_calls_in_settings_are_kept(target):
    result = convert_text(KEPT, "torch", target)
    assert result.code.strip().endswith("limit()") and "benchmark" not in result.code


@pytest.mark.parametrize("target", TARGETS)
def test_logs_are_written_by_another_package(target):
    result = convert_text(LOGS, "torch", target)
    assert "import tensorboardX" in result.code
    assert "writer = tensorboardX.SummaryWriter(folder, flush_secs=10)" in result.code
    assert {d.code for d in result.diagnostics} <= {"S2S200"}


OLD = '''import torch
import torch.nn as nn
from torch.autograd import Variable

cuda = True if torch.cuda.is_available() else False
Tensor = torch.cuda.FloatTensor if cuda else torch.FloatTensor
LongTensor = torch.cuda.LongTensor if torch.cuda.is_available() else torch.LongTensor
layer = nn.Linear(3, 2)
if cuda:
    layer.cuda()


def cast(x):
    valid = Variable(Tensor(x.size(0), 1).fill_(1.0), requires_grad=False)
    return valid, x.type(Tensor), x.type(LongTensor), x.type("torch.DoubleTensor"), Variable(LongTensor([1, 2]))


def detached(x):
    out = layer(x)
    return out.data[:1].shape, layer(x).data.shape
'''


@pytest.mark.parametrize("target", TARGETS)
def test_types_of_arrays_of_one_dtype(target):
    expected: dict = {}
    exec(OLD, expected)  # noqa: S102
    module = converted(OLD, "torch", target)
    assert not hasattr(module, "cuda") or module.cuda is False
    make = {"jax": ("jax.numpy", "asarray"), "tensorflow": ("tensorflow", "constant"), "numpy": ("numpy", "asarray")}
    package, name = make[target]
    x = np.linspace(-2, 2, 6, dtype=np.float32).reshape(2, 3)
    array = getattr(importlib.import_module(package), name)(x)
    for ours, theirs in zip(module.cast(array), expected["cast"](torch.from_numpy(x))):
        np.testing.assert_array_equal(np.asarray(ours), theirs.numpy())
        assert np.asarray(ours).dtype.kind == theirs.numpy().dtype.kind
    assert [tuple(shape) for shape in module.detached(array)] == [(1, 2), (2, 2)]


def test_arguments_stay_in_their_order():
    text = '''import torch


def f(x: torch.Tensor, y):
    loader = torch.utils.data.DataLoader(y, shuffle=True, batch_size=4)
    return loader, torch.nn.functional.cross_entropy(x, y, reduction="sum", label_smoothing=0.1)
'''
    code = convert_text(text, "torch", "jax").code
    assert "DataLoader(y, shuffle=True, batch_size=4)" in code
    assert 'cross_entropy(x, y, reduction="sum", label_smoothing=0.1)' in code


MOVED = '''import torch
from torch import nn


class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.layer = nn.Conv2d(3, 2, 1)

    def forward(self, x):
        return self.layer(x)


device = torch.device("cuda" if torch.cuda.is_available() else "cpu")
model = Net()
model = model.to(memory_format=torch.channels_last)
model = model.to(device)
model.eval()


def run(x, net):
    net = net.to(memory_format=torch.channels_last)
    return net(x.contiguous(memory_format=torch.channels_last)).shape, sum(p.numel() for p in model.parameters())
'''


@pytest.mark.parametrize("target", ["jax", "tensorflow"])
def test_models_are_moved(target):
    module = converted(MOVED, "torch", target)
    package, name = {"jax": ("jax.numpy", "ones"), "tensorflow": ("tensorflow", "ones")}[target]
    shape, count = module.run(getattr(importlib.import_module(package), name)((1, 3, 4, 4)), module.model)
    assert tuple(shape) == (1, 2, 4, 4) and int(count) == 8
    assert "device" not in convert_text(MOVED, "torch", target).code.partition("def run")[0].partition("model.")[2]


@pytest.mark.parametrize("target", TARGETS)
def test_seeded_generators_need_no_helper(target):
    result = convert_text("import torch\n\nsource = torch.Generator().manual_seed(3)\n", "torch", target)
    assert not result.helpers and "(3)" in result.code
    assert [d.code for d in result.diagnostics] == ["S2S200"]
