"""Where added imports stand, each in the group of its like, and which of the source's own are left without a use."""

from __future__ import annotations

import re
import sys
from collections.abc import Iterable, Set

import libcst as cst

from .nodes import code
from .rewrite import Rewriter
from .walk import is_node, semantic_fields

_BLANK = cst.EmptyLine(indent=False)
_WORD = re.compile(r"\w+")


def with_imports(new: cst.Module, rewriter: Rewriter) -> cst.Module:
    """The module with the imports that its converted code needs, where the source's imports stood."""
    present = {code(s).strip() for s in new.body if isinstance(s, cst.SimpleStatementLine)}
    added = [s for s in rewriter.imports.statements() if s not in present]
    if not added:
        return new
    at, leading = _position(new, rewriter)
    parsed = [cst.ensure_type(cst.parse_statement(text), cst.SimpleStatementLine) for text in added]
    body = list(new.body)
    own = [s for s in parsed if _is_own(s, rewriter)]
    standard = [s for s in parsed if _is_standard(s)]
    third = [s for s in parsed if s not in own and s not in standard]
    _add_own(body, own, at, leading, bool(third or standard), rewriter)
    _add_before(body, standard, third, at, leading)
    after = at + len(third) + len(standard) + len(own)
    following = body[after] if after < len(body) else None
    if following is not None and not _is_import(following) and not getattr(following, "leading_lines", True):
        body[after] = following.with_changes(leading_lines=[_BLANK])
    return new.with_changes(body=body)


def _add_own(body: list, own: list, at: int, leading: list, led: bool, rewriter: Rewriter) -> None:
    """Put the imports of helpers beside those of the project's own modules, else behind all others."""
    if not own:
        return
    end = at
    while end < len(body) and _is_import(body[end]):
        end += 1
    others = [i for i in range(at, end) if _is_own(body[i], rewriter)]
    place = others[-1] + 1 if others else end
    if not others:
        first = leading if not led and end == at else [_BLANK]
        own[0] = own[0].with_changes(leading_lines=first)
    body[place:place] = own


def _add_before(body: list, standard: list, third: list, at: int, leading: list) -> None:
    """Put the framework's imports at their place, and those of the standard library behind their like."""
    start = at
    while start > 0 and _is_import(body[start - 1]):
        start -= 1
    alike = [i for i in range(start, at) if _is_standard(body[i]) and not _from_future(body[i])]
    if third:
        first = [_BLANK] if standard and not alike else leading
        third[0] = third[0].with_changes(leading_lines=first)
        body[at:at] = third
    if standard:
        if not alike:
            standard[0] = standard[0].with_changes(leading_lines=leading)
        for statement in standard:
            like = [i for i in alike if type(body[i].body[0]) is type(statement.body[0])] or alike
            place = max(like) + 1 if like else at
            body.insert(place, statement)
            alike = [i + (i >= place) for i in alike] + [place]


def _position(new: cst.Module, rewriter: Rewriter) -> tuple[int, list[cst.EmptyLine]]:
    """Where the first removed import stood and the blank lines before it."""
    if rewriter.import_place is not None:
        return rewriter.import_place
    last = 0
    for index, statement in enumerate(new.body):
        if _is_docstring(statement, index) or _from_future(statement):
            last = index + 1
    for index, statement in enumerate(new.body[last:], last):
        if not _is_import(statement):
            break
        last = index + 1
    return last, []


def without_unused(new: cst.Module, old: cst.Module, libraries: Iterable[str] = ()) -> cst.Module:
    """The module without imports of the standard library and of these that only the source's code needed."""
    droppable = sys.stdlib_module_names | set(libraries)
    bound = {name for statement in new.body if _imports_from(droppable, statement) for name in _bound(statement)}
    unused = bound - _mentioned(new.body) if bound else bound
    unused = unused & _mentioned(old.body) if unused else unused
    if not unused:
        return new
    body: list = []
    leading: list | None = None
    for statement in new.body:
        kept = _without(statement, unused) if _imports_from(droppable, statement) else statement
        if kept is None:
            leading = list(statement.leading_lines) if leading is None else leading
            continue
        if leading is not None and (not body or not getattr(kept, "leading_lines", True)):
            kept = kept.with_changes(leading_lines=leading)
        leading = None
        body.append(kept)
    return new.with_changes(body=body)


def _without(statement: cst.SimpleStatementLine, unused: set[str]) -> cst.SimpleStatementLine | None:
    """An import statement without some of its names; None when nothing is left."""
    node = statement.body[0]
    assert isinstance(node, (cst.Import, cst.ImportFrom)) and not isinstance(node.names, cst.ImportStar)
    kept = [alias for alias in node.names if _name_of(alias) not in unused]
    if len(kept) == len(node.names) or any(line.comment for line in statement.leading_lines):
        return statement
    if not kept:
        return None
    kept[-1] = kept[-1].with_changes(comma=cst.MaybeSentinel.DEFAULT)
    return statement.with_changes(body=[node.with_changes(names=kept)])


def _mentioned(body: Iterable[cst.CSTNode]) -> set[str]:
    """Names that code reads or binds outside its top-level imports, and words of its strings."""
    found: set[str] = set()
    todo: list = [statement for statement in body if not _is_import(statement)]
    while todo:
        node = todo.pop()
        if isinstance(node, cst.Name):
            found.add(node.value)
        elif isinstance(node, (cst.SimpleString, cst.FormattedStringText)):
            found.update(_WORD.findall(node.value))
        else:
            for field in semantic_fields(node.__class__):
                value = getattr(node, field, None)
                if value.__class__ in (tuple, list):
                    todo.extend(item for item in value if is_node(item))
                elif is_node(value):
                    todo.append(value)
    return found


def _bound(statement: cst.SimpleStatementLine) -> list[str]:
    return [_name_of(alias) for alias in statement.body[0].names]


def _name_of(alias: cst.ImportAlias) -> str:
    """The name that an import binds."""
    return code(alias.asname.name if alias.asname is not None else alias.name).split(".")[0]


def _root(node: cst.Import | cst.ImportFrom) -> str:
    """The top package of an import statement, '' for a relative one."""
    if isinstance(node, cst.Import):
        return code(node.names[0].name).split(".")[0]
    return "" if node.relative or node.module is None else code(node.module).split(".")[0]


def _is_standard(statement: cst.CSTNode) -> bool:
    """Whether a statement imports from the standard library alone, by names."""
    return _imports_from(sys.stdlib_module_names, statement)


def _imports_from(packages: Set[str], statement: cst.CSTNode) -> bool:
    """Whether a statement imports from these packages alone, by names."""
    if not _is_import(statement) or len(statement.body) > 1 or _from_future(statement):
        return False
    node = statement.body[0]
    names = [] if isinstance(node.names, cst.ImportStar) else node.names
    roots = {code(alias.name).split(".")[0] for alias in names} if isinstance(node, cst.Import) else {_root(node)}
    return bool(names) and roots <= packages


def _is_own(statement: cst.CSTNode, rewriter: Rewriter) -> bool:
    """Whether a statement imports modules of the project, helpers included."""
    if not _is_import(statement):
        return False
    root = _root(statement.body[0])
    return not root or rewriter.project.owns(root) or root == rewriter.imports.helpers_module.lstrip(".").split(".")[0]


def _is_import(statement: cst.CSTNode) -> bool:
    return isinstance(statement, cst.SimpleStatementLine) and isinstance(
        statement.body[0], (cst.Import, cst.ImportFrom)
    )


def _from_future(statement: cst.CSTNode) -> bool:
    return _is_import(statement) and _root(statement.body[0]) == "__future__"


def _is_docstring(statement: cst.CSTNode, index: int) -> bool:
    return (
        index == 0
        and isinstance(statement, cst.SimpleStatementLine)
        and isinstance(statement.body[0], cst.Expr)
        and isinstance(statement.body[0].value, (cst.SimpleString, cst.ConcatenatedString))
    )
