"""Helpers of one module that have the same name are told apart."""

from __future__ import annotations

import pytest
from ivy.s2s.emit import helper_module
from ivy.s2s.helper_clashes import told_apart
from ivy.s2s.pipeline import convert_text
from ivy.s2s.table_model import TableError, Template
from ivy.s2s.tables import load

from .flax_targets import module


def unit(name: str, text: str, *needs: str) -> Template:
    return Template(name, "", text, frozenset(needs), frozenset())


def test_the_unit_that_no_file_imports_gets_another_name():
    units = [
        unit("leaves", "def leaves(value):\n    return [value]"),
        unit("keras.leaves", "def leaves(tree):\n    return leaves(tree.leaves)", "keras.leaves"),
        unit("keras.count", "def count(tree):\n    return len(leaves(tree)) + f(leaves=3)", "keras.leaves"),
    ]
    first, second, third = told_apart(units, {"leaves"})
    assert first.text == units[0].text
    assert second.text == "def leaves_(tree):\n    return leaves_(tree.leaves)"
    assert "len(leaves_(tree)) + f(leaves=3)" in third.text


def test_two_that_files_import_are_an_error():
    with pytest.raises(TableError, match="'mean'"):
        told_apart([unit("mean", "def mean(x): ..."), unit("keras.mean", "def mean(x): ...")], {"mean", "keras.mean"})


def test_averages_of_layers_and_of_arrays_stand_in_one_module():
    torch = pytest.importorskip("torch")
    text = """
from keras import layers, ops

def both(a, b, w):
    return layers.average([a, b]), ops.average(a, weights=w)
"""
    found = convert_text(text, "tensorflow", "torch")
    module("torch_helpers", helper_module(found.helpers, load()["torch"]))
    made = module("torch_averages", found.code)
    merged, weighted = made.both(torch.tensor([1.0, 2.0]), torch.tensor([3.0, 6.0]), torch.tensor([1.0, 3.0]))
    assert merged.tolist() == [2.0, 4.0]
    assert weighted.item() == 1.75
