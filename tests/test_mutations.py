"""The conformance comparison notices broken tables: entries are broken in memory, one at a time."""

from __future__ import annotations

import os
from collections.abc import Callable
from dataclasses import dataclass, replace

import pytest

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
from ivy.s2s.tables import Entry, Tables, _index, load  # noqa: E402

from . import conformance  # noqa: E402


@dataclass(frozen=True)
class Mutation:
    """One wrong edit: the table, the entry, the op whose cases from source to target must notice, and the edit."""

    framework: str
    native: str
    op: str
    target: str
    change: Callable[[Entry], Entry]
    source: str = "torch"

    def __str__(self) -> str:
        return f"{self.native}-{self.source}-{self.target}"


def swapped(entry: Entry) -> Entry:
    """The first two native arguments stand for one another's parameter."""
    first, second, *rest = entry.args
    pair = (replace(first, canonical=second.canonical), replace(second, canonical=first.canonical))
    return replace(entry, args=(*pair, *rest))


def without(name: str) -> Callable[[Entry], Entry]:
    """An argument is dropped as if it had no effect."""

    def change(entry: Entry) -> Entry:
        native = {a.canonical: a.native for a in entry.args}[name]
        kept = tuple(a for a in entry.args if a.canonical != name)
        return replace(entry, args=kept, ignore=entry.ignore | {native})

    return change


def default(name: str, text: str) -> Callable[[Entry], Entry]:
    """A stated default is another one."""
    return lambda entry: replace(entry, defaults={**entry.defaults, name: text})


def reads(op: str) -> Callable[[Entry], Entry]:
    """The entry names another op."""
    return lambda entry: replace(entry, op=op)


def writes(text: str) -> Callable[[Entry], Entry]:
    """The entry is written as another expression."""
    return lambda entry: replace(entry, write=text, forms=(), helper="")


MUTATIONS = (
    Mutation("torch", "torch.atan2", "atan2", "jax", swapped),
    Mutation("torch", "torch.sub", "subtract", "numpy", swapped),
    Mutation("torch", "torch.std", "std", "jax", default("correction", "0")),
    Mutation("torch", "torch.amax", "max", "tensorflow", without("axis")),
    Mutation("torch", "torch.cumsum", "cumsum", "numpy", without("axis")),
    Mutation("torch", "torch.floor", "floor", "tensorflow", reads("ceil")),
    Mutation("torch", "torch.nn.SiLU", "SiLU", "jax", reads("Mish")),
    Mutation(
        "torch",
        "torch.nn.functional.leaky_relu",
        "leaky_relu",
        "jax",
        default("negative_slope", "0.1"),
    ),
    Mutation("numpy", "numpy.minimum", "minimum", "numpy", writes("np.maximum({x1}, {x2})")),
    Mutation(
        "tensorflow", "@lerp", "lerp", "tensorflow", writes("{x1} + {weight} * ({x1} - {x2})")
    ),
    Mutation("numpy", "numpy.arctan2", "atan2", "torch", swapped, "numpy"),
    Mutation("numpy", "numpy.std", "std", "jax", default("correction", "1"), "numpy"),
    Mutation("numpy", "numpy.sum", "sum", "tensorflow", without("axis"), "numpy"),
    Mutation("numpy", "numpy.zeros", "zeros", "torch", default("dtype", "'float32'"), "numpy"),
    Mutation("jax", "jax.nn.gelu", "gelu", "torch", default("approximate", "'none'"), "jax"),
    Mutation("jax", "jax.numpy.cumsum", "cumsum", "numpy", without("axis"), "jax"),
    Mutation("jax", "jax.scipy.special.xlogy", "xlogy", "torch", swapped, "jax"),
    Mutation("tensorflow", "tensorflow.cumsum", "cumsum", "torch", without("axis"), "tensorflow"),
    Mutation("tensorflow", "tensorflow.concat", "concat", "numpy", without("axis"), "tensorflow"),
    Mutation("tensorflow", "tensorflow.math.xlogy", "xlogy", "jax", swapped, "tensorflow"),
)


def broken(mutation: Mutation) -> Tables:
    """The tables with one entry changed."""
    tables = load()
    table = tables[mutation.framework]
    entry = table.entries[mutation.native]
    if entry.overloads:
        entry = replace(entry, overloads=tuple(mutation.change(part) for part in entry.overloads))
    else:
        entry = mutation.change(entry)
    table = _index(replace(table, entries={**table.entries, mutation.native: entry}), tables.hub)
    return replace(tables, frameworks={**tables.frameworks, mutation.framework: table})


def verdicts(mutation: Mutation, tables: Tables) -> set[str]:
    cases = list(conformance.op_cases(mutation.op, load(), mutation.source))
    return {outcome.verdict for outcome in conformance.outcomes(cases, mutation.target, tables)}


@pytest.mark.parametrize("mutation", MUTATIONS, ids=str)
def test_a_broken_entry_is_noticed(mutation):
    pytest.importorskip(mutation.source)
    pytest.importorskip(mutation.target)
    assert "wrong" not in verdicts(mutation, load())
    assert "wrong" in verdicts(mutation, broken(mutation))
