"""Decorators of a project that look at the name of the method that they are given."""

import numpy as np
import pytest

torch = pytest.importorskip("torch")

from .converted_text import converted  # noqa: E402

TEXT = '''"""A model whose decorator tells its methods apart."""
import torch
from torch import nn

UNROLLED = {"preprocess", "__call__"}


def documented(function):
    if function.__name__ in UNROLLED:
        raise ValueError(f"{function.__name__} cannot be documented")
    if function.__name__ == "forward":
        function.intro = "The forward method."
    return function


class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.scale = nn.Parameter(torch.tensor([1.0, 2.0]))

    @documented
    def forward(self, x):
        return x * self.scale
'''
PLAIN = TEXT.replace("function.__name__", "str(function)")


@pytest.mark.parametrize("target", ["jax", "tensorflow", "numpy"])
def test_the_method_keeps_the_name_that_decorators_know(target):
    pytest.importorskip(target)
    module = converted(TEXT, "torch", target)
    model = module.Net()
    method = vars(type(model))["call" if target == "tensorflow" else "__call__"]
    assert (method.__name__, method.intro) == ("forward", "The forward method.")
    found = model(np.array([3.0, 4.0], np.float32))
    np.testing.assert_allclose(np.asarray(found), [3.0, 8.0])


def test_where_nothing_asks_for_names_they_are_left_alone():
    pytest.importorskip("jax")
    assert not hasattr(converted(PLAIN, "torch", "jax"), "named")
