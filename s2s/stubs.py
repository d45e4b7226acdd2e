"""Type stubs of ``ivy`` for editors, made from the tables of the hub: ``python -m ivy.s2s.stubs`` writes them."""

from __future__ import annotations

import inspect
import keyword
import math
from pathlib import Path
from typing import Any

from .places import ROOT
from .runtime import _constants, functions, signature
from .tables import HubOp, load

_HEAD = '''"""What `import ivy` gives. Written by ``python -m ivy.s2s.stubs``."""

import builtins
from typing import Any

from . import exceptions as exceptions
from .s2s.api import source_to_source as source_to_source
from .s2s.backend import current_backend as current_backend
from .s2s.backend import set_backend as set_backend
from .s2s.backend import unset_backend as unset_backend
from .s2s.backend import use_backend as use_backend
from .s2s.dtypes import Array as Array
from .s2s.dtypes import Dtype as Dtype
from .s2s.graph.trace import trace_graph as trace_graph
from .s2s.live.transpile import transpile as transpile
from .s2s.live.transpile import unify as unify
from .s2s.weights import LoadReport as LoadReport
from .s2s.weights import WeightError as WeightError
from .s2s.weights import load_weights as load_weights

__version__: builtins.str
'''
_KINDS = {"int": "builtins.int", "float": "builtins.float", "bool": "builtins.bool", "str": "builtins.str"}


def stub_text() -> str:
    """The whole stub file: the API, then constants and ops of the hub in alphabetical order."""
    tables = load()
    known = {name: kind for name, kind in _constants().items() if _is_name(name)}
    kinds = {name: "Dtype" if kind == "dtype" else "builtins.float" for name, kind in known.items()}
    constants = [f"{n}: {kind}\n" for n, kind in sorted(kinds.items()) if kind == "Dtype" or hasattr(math, n)]
    ops = [_op(tables.hub[name]) for name in sorted(functions()) if _is_name(name)]
    return _HEAD + "".join(constants) + "\n" + "\n".join(ops)


def _is_name(name: str) -> bool:
    return name.isidentifier() and not keyword.iskeyword(name) and not name.startswith("_")


def _op(op: HubOp) -> str:
    """``def std(x: Any, /, *, axis: Any = ..., ...) -> Any:`` with the first line of its documentation."""
    params = [p.replace(annotation=Any) for p in signature(op).parameters.values()]
    shown = inspect.Signature([p.replace(default=...) if p.default is not p.empty else p for p in params])
    text = str(shown).replace("Ellipsis", "...").replace("typing.Any", "Any")
    doc = op.doc.strip().splitlines()[0].replace("\\", "\\\\").replace('"""', "'''") if op.doc else ""
    body = f'\n    """{doc}"""\n' if doc else " ...\n"
    return f"def {op.name}{text} -> {_returns(op.returns)}:{body}"


def _returns(kind: str) -> str:
    if kind.startswith(("array", "like:")):
        return "Any"  # the backend's own array
    return _KINDS.get(kind, "None" if kind == "none" else "Any")


def main() -> None:
    """Write the stubs beside the package's ``__init__``."""
    Path(ROOT, "__init__.pyi").write_text(stub_text(), encoding="utf-8")


if __name__ == "__main__":
    main()
