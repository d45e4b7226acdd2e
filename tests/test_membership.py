"""``n in x`` of arrays, and elements of arrays in containers of unknown kind."""

import numpy as np
import pytest

torch = pytest.importorskip("torch")

from .converted_text import converted  # noqa: E402

TEXT = '''"""Padding and states."""
import torch


def has(x: torch.Tensor, number):
    return number in x


def pads(ids, number):
    if number in ids[:, [-1, 0]]:
        return "ends"
    return "none" if number not in ids[:, 1] else "inside"


def known(names, name):
    return name in names


def shift(hidden, state=None):
    if state is not None:
        state[1][:, 0] = hidden[:, -1]
        state[0][1:, :2] += 1
    return hidden, state


def pairs(widths):
    for i in range(len(widths)):
        if type(widths[i]) == int:
            widths[i] = [widths[i], 0]


def results():
    x = torch.arange(6).reshape(2, 3)
    _, state = shift(torch.ones(2, 4), [torch.zeros(3, 3), torch.zeros(2, 3)])
    found = [has(x, 4), has(x, 9), torch.tensor(5) in x, 9 not in x, known(["a"], "a")]
    return found, [pads(x, n) for n in (3, 1, 8)], state
'''


@pytest.mark.parametrize("target", ["jax", "tensorflow", "numpy"])
def test_what_is_given_lists_is_no_array(target):
    pytest.importorskip(target)
    widths = [3, [4, 1]]
    converted(TEXT, "torch", target).pairs(widths)
    assert widths == [[3, 0], [4, 1]]


@pytest.mark.parametrize("target", ["jax", "tensorflow", "numpy"])
def test_membership_and_elements_in_containers(target):
    pytest.importorskip(target)
    found, pads, state = converted(TEXT, "torch", target).results()
    assert list(map(bool, found)) == [True, False, True, True, True]
    assert pads == ["ends", "inside", "none"]
    np.testing.assert_array_equal(np.asarray(state[0]), [[0, 0, 0], [1, 1, 0], [1, 1, 0]])
    np.testing.assert_array_equal(np.asarray(state[1]), [[1, 0, 0], [1, 0, 0]])
