"""What scripts say to the hardware and to loggers: it goes, or becomes what the target has."""

import pytest
from ivy.s2s.pipeline import convert_text

pytest.importorskip("torch")

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
