"""How a project's layers of Keras are written: on a short base class, or on one with symbolic tensors and masks too."""

from __future__ import annotations

import ast
from collections.abc import Iterable, Mapping

from .emit import closure
from .imported_names import imported_name
from .project import ModuleInfo
from .table_model import Table

# What layers are asked for that have been put together from symbolic tensors.
_ATTRIBUTES = frozenset(
    """build get_layer input input_shape inputs input_spec output output_shape outputs supports_masking
    compute_mask""".split()
)
_ARGUMENTS = frozenset("batch_input_shape batch_shape input_dim input_shape input_tensor inputs outputs".split())
_NEEDS_ALL = frozenset(("keras.plain.Symbolic", "keras.plain.Masking"))


def keras_style(
    nodes: Mapping[str, Iterable[ast.AST]], modules: Mapping[str, ModuleInfo], source: Table, target: Table
) -> str:
    """``plain`` where no code makes models from symbolic tensors or has to do with masks, else ``full``.

    ``nodes`` are those of the source framework's modules, by the names of the modules.
    """
    reader = _Reader(source, target)
    plain = all(reader.is_plain(found, modules[name]) for name, found in nodes.items())
    return "plain" if plain else "full"


class _Reader:
    """Reads what modules ask layers for."""

    def __init__(self, source: Table, target: Table) -> None:
        self.source, self.target = source, target
        self.known: dict[str, bool] = {}

    def is_plain(self, nodes: Iterable[ast.AST], info: ModuleInfo) -> bool:
        """Whether the layers of a module need nothing but ``build`` and ``call``."""
        return not any(self._asks_for_more(node, info) for node in nodes)

    def _asks_for_more(self, node: ast.AST, info: ModuleInfo) -> bool:
        if isinstance(node, ast.Call):
            return self._call_asks(node, info)
        if isinstance(node, ast.Attribute):
            name = imported_name(node, info)
            if name:
                return self._needs_all(name)
            return _is_mask(node.attr) or node.attr in _ATTRIBUTES and not _is_super(node.value)
        if isinstance(node, ast.Name):
            return _is_mask(node.id) or self._needs_all(imported_name(node, info))
        if isinstance(node, ast.arg):
            return _is_mask(node.arg)
        return isinstance(node, ast.FunctionDef) and node.name == "compute_mask"

    def _call_asks(self, node: ast.Call, info: ModuleInfo) -> bool:
        named = {keyword.arg or "" for keyword in node.keywords}
        if named & _ARGUMENTS or any(_is_mask(name) or name == "mask_zero" for name in named):
            return True
        func = node.func
        if isinstance(func, ast.Attribute) and func.attr == "__init__" and _is_super(func.value) and node.args:
            return True  # Model.__init__(inputs, outputs)
        entry = self.source.find(imported_name(func, info))
        if entry is not None and entry.op == "keras.Model":
            return True
        called = self.source.find(imported_name(func.func, info)) if isinstance(func, ast.Call) else None
        return called is not None and called.op.startswith("keras.")  # Dense(3)(x)

    def _needs_all(self, name: str) -> bool:
        """Whether the helpers for a name need symbolic tensors or masks."""
        entry = self.source.find(name) if name else None
        if entry is None or not entry.op.startswith("keras."):
            return False
        if entry.op not in self.known:
            units = closure([entry.op.replace("keras.", "keras.plain.", 1)], self.target)
            self.known[entry.op] = any(unit.name in _NEEDS_ALL for unit in units)
        return self.known[entry.op]


def _is_mask(name: str) -> bool:
    """Whether a name is that of a mask which Keras passes from layer to layer."""
    return name == "mask" or name.endswith("_mask") and name != "attention_mask"


def _is_super(node: ast.expr) -> bool:
    return isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "super"
