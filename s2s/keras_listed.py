"""``model = Sequential()``, ``model.add(layer)``, ... -> ``model = Sequential([layer, ...])``, line for line.

Texts change before anything is read, where the target has own layers for all that is added: lines keep their numbers.
"""

from __future__ import annotations

import ast
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence

from .discover import SourceFile
from .imported_names import imported_name
from .indexer import index_module
from .keras_sequences import SEQUENCE
from .project import ModuleInfo
from .table_model import Table
from .tables import known_names
from .walk import ast_nodes


def listed_sequences(
    files: Iterable[SourceFile], texts: Mapping[str, str], source: Table, target: Table
) -> dict[str, str]:
    """The texts with sequences of Keras as lists of layers."""
    found = dict(texts)
    for file in files if SEQUENCE in target.own_layers else ():
        text = texts[file.relative]
        if "Sequential(" in text and ".add(" in text:
            found[file.relative] = _listed(text, file, source, target)
    return found


def _listed(text: str, file: SourceFile, source: Table, target: Table) -> str:
    try:
        tree = ast.parse(text)
    except (SyntaxError, ValueError):
        return text
    info = index_module(text, file.module, file.is_package, known_names(source))
    nodes = ast_nodes(tree)
    blocks = (getattr(node, name, None) for node in nodes for name in ("body", "orelse", "finalbody"))
    lists = [block for block in blocks if isinstance(block, list)]
    runs = [run for block in lists for run in _runs(block, info, source, target)]
    seen = {id(call) for _, added in runs for call in added}
    lines = text.encode().split(b"\n")
    for made, added in runs:
        if not _is_added_to(made, nodes, seen) and not any(_has_comma(call, lines) for call in added):
            _rewrite(lines, made, added)
    return b"\n".join(lines).decode()


def _runs(
    block: Sequence[ast.stmt], info: ModuleInfo, source: Table, target: Table
) -> Iterator[tuple[ast.Assign, list[ast.Call]]]:
    """Each statement that makes an empty sequence, with the calls right behind it that add layers."""
    for place, made in enumerate(block):
        if not isinstance(made, ast.Assign) or not _makes_empty(made, info, source):
            continue
        added: list[ast.Call] = []
        last: ast.stmt = made
        for statement in block[place + 1 :]:
            call = _added(statement, made.targets[0].id)  # type: ignore[attr-defined]
            if call is None or statement.lineno == last.end_lineno or not _is_own(call.args[0], info, source, target):
                break
            added.append(call)
            last = statement
        if added:
            yield made, added


def _op(node: ast.expr, info: ModuleInfo, source: Table) -> str:
    entry = source.find(name) if (name := imported_name(node, info)) else None
    return entry.op if entry is not None else ""


def _makes_empty(made: ast.Assign, info: ModuleInfo, source: Table) -> bool:
    call, targets = made.value, made.targets
    if not isinstance(call, ast.Call) or len(targets) != 1 or not isinstance(targets[0], ast.Name):
        return False
    return not call.args and not call.keywords and _op(call.func, info, source) == SEQUENCE


def _added(statement: ast.stmt, name: str) -> ast.Call | None:
    """The call of a statement that adds a layer which knows nothing of the sequence."""
    call = statement.value if isinstance(statement, ast.Expr) else None
    if not isinstance(call, ast.Call) or call.keywords or len(call.args) != 1 or not _is_add(call, name):
        return None
    names = {part.id for part in ast_nodes(call.args[0]) if isinstance(part, ast.Name)}
    return call if isinstance(call.args[0], ast.Call) and name not in names else None


def _is_add(call: ast.Call, name: str) -> bool:
    func = call.func
    owner = func.value if isinstance(func, ast.Attribute) and func.attr == "add" else None
    return isinstance(owner, ast.Name) and owner.id == name


def _is_own(layer: ast.expr, info: ModuleInfo, source: Table, target: Table) -> bool:
    return isinstance(layer, ast.Call) and _op(layer.func, info, source) in target.own_layers


def _is_added_to(made: ast.Assign, nodes: Iterable[ast.AST], seen: Collection[int]) -> bool:
    """Whether other calls in the same function add layers to a sequence of this name, which may be this one."""
    scopes = (node for node in nodes if isinstance(node, (ast.Module, ast.FunctionDef)))
    *_, scope = (parts for node in scopes if made in (parts := ast_nodes(node)))
    name = made.targets[0].id  # type: ignore[attr-defined]
    return any(isinstance(node, ast.Call) and _is_add(node, name) and id(node) not in seen for node in scope)


def _has_comma(call: ast.Call, lines: Sequence[bytes]) -> bool:
    """Whether something stands between the argument of a call and its end."""
    argument = call.args[0]
    first, last = (argument.end_lineno or 0) - 1, (call.end_lineno or 0) - 1
    if first == last:
        return bool(lines[first][argument.end_col_offset : (call.end_col_offset or 0) - 1].strip())
    between = [lines[first][argument.end_col_offset :], *lines[first + 1 : last]]
    between.append(lines[last][: (call.end_col_offset or 0) - 1])
    return any(line.partition(b"#")[0].strip() for line in between)


def _rewrite(lines: list[bytes], made: ast.Assign, added: Sequence[ast.Call]) -> None:
    """``Sequential()`` -> ``Sequential([``, ``model.add(x)`` -> ``x,``; the last ``x])``."""
    for call in reversed(added):
        last = call is added[-1]
        end, column = call.end_lineno or 0, call.end_col_offset or 0
        line = lines[end - 1]
        lines[end - 1] = line[: column - 1] + (b"])" if last else b",") + line[column:]
        argument = call.args[0]
        before = lines[call.lineno - 1][: call.col_offset]
        if argument.lineno == call.lineno:
            lines[call.lineno - 1] = before + lines[call.lineno - 1][argument.col_offset :]
        else:
            lines[call.lineno - 1] = before.rstrip()
    place = made.value.end_lineno or 0, made.value.end_col_offset or 0
    line = lines[place[0] - 1]
    lines[place[0] - 1] = line[: place[1] - 1] + b"[" + line[place[1] :]
