"""Twins: layers and functions for data whose channels come last, made from the entries of those that they stand for."""

from __future__ import annotations

from dataclasses import replace
from functools import cache
from typing import Any

from .places import MAPPINGS
from .table_model import Entry, HubOp
from .toml_files import read_toml

TOPIC = "twins"
SEGMENT = "channels_last"


@cache
def layouts() -> dict[str, Any]:
    """The tables of ``mappings/layouts.toml``."""
    return read_toml(MAPPINGS / "layouts.toml")


def twin_name(op: str) -> str:
    """The hub name of an op's twin."""
    return f"ChannelsLast{op}" if op[0].isupper() else f"channels_last_{op}"


def with_twins(hub: dict[str, HubOp]) -> dict[str, HubOp]:
    """The hub with a twin of each op that has one."""
    made = {}
    for op in layouts()["twins"]:
        doc = f"{hub[op].doc} Channels come last."
        made[twin_name(op)] = replace(hub[op], name=twin_name(op), samples=(), topic=TOPIC, doc=doc)
    return {**hub, **made}


def without_twins(hub: dict[str, HubOp]) -> dict[str, HubOp]:
    """The hub as people use it: a twin is written for the op that it stands for."""
    return {name: op for name, op in hub.items() if op.topic != TOPIC}


def with_twin_entries(entries: dict[str, Entry]) -> dict[str, Entry]:
    """A table's entries with ``torch.nn.channels_last.Conv2d`` for ``torch.nn.Conv2d``, which are only read."""
    made = {}
    for native, entry in entries.items():
        owner, _, last = native.rpartition(".")
        if entry.op in layouts()["twins"] and entry.readable and owner:
            name = f"{owner}.{SEGMENT}.{last}"
            made[name] = replace(entry, native=name, op=twin_name(entry.op), method=(), writable=False)
    return {**entries, **made}
