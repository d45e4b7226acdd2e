"""Truth of buffers whose kind is not known where it is asked: that of the value, not of the length."""

import ivy
import pytest

from .programs import loaded

torch = pytest.importorskip("torch")

SOURCE = '''
import torch
from torch import nn


class Scale(nn.Module):
    def __init__(self):
        super().__init__()
        self.register_buffer("ready", torch.tensor([False]))
        self.register_buffer("seen", torch.tensor(0))

    def forward(self, x):
        if not self.ready:
            self.ready.fill_(True)
        self.seen += 1
        return x * 2


def flags():
    layers = nn.ModuleList([Scale(), Scale()])
    layers[1](torch.ones(2))
    first = [bool(layer.ready) for layer in layers]
    second = ["yes" if layers[i].seen else "no" for i in range(2)]
    return first, second
'''


@pytest.mark.parametrize("target", ["jax", "tensorflow"])
def test_truth_of_buffers(tmp_path, target):
    pytest.importorskip(target)
    (tmp_path / f"flags_{target}.py").write_text(SOURCE)
    report = ivy.source_to_source(tmp_path / f"flags_{target}.py", to=target, out=tmp_path / "made")
    assert not report.sites["refused"] and not report.errors, report.diagnostics
    places = (tmp_path, tmp_path / "made")
    found = [loaded(place / f"flags_{target}.py", f"flags_{i}").flags() for i, place in enumerate(places)]
    assert found[0] == found[1] == ([False, True], ["no", "yes"])
