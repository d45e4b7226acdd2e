"""Laying out the changed code: black formats changed statements that no longer fit, nothing else moves."""

from __future__ import annotations

import libcst as cst


def lay_out(new: cst.Module, old: cst.Module, text: str, line_length: int = 0) -> str:
    """The text of a rewritten module; statements that outgrew the line length are formatted by black."""
    limit = line_length or usual_length(text)
    body = _block(new.body, old.body, limit, 0, new)
    if body is not new.body:
        new = new.with_changes(body=body)
    return new.code


def usual_length(text: str) -> int:
    """The line length that a file keeps: 88, 100 or 120."""
    longest = sorted((len(line) for line in text.splitlines()), reverse=True)
    typical = longest[len(longest) // 200] if longest else 0
    return next((limit for limit in (88, 100) if typical <= limit), 120)


def _block(new, old, limit: int, indent: int, module: cst.Module):
    kept = {id(s) for s in old}
    by_name = {_key(s): s for s in old if _key(s)}
    result, changed = [], False
    for statement in new:
        made = statement
        if id(statement) not in kept:
            made = _statement(statement, by_name.get(_key(statement)), limit, indent, module)
        changed = changed or made is not statement
        result.append(made)
    return result if changed else new


def _key(statement: cst.CSTNode) -> str:
    name = getattr(statement, "name", None)
    return name.value if isinstance(name, cst.Name) else ""


def _statement(node, old, limit: int, indent: int, module: cst.Module):
    if isinstance(node, cst.SimpleStatementLine):
        return _line(node, limit, indent, module)
    if isinstance(node, cst.FunctionDef) and old is None:
        node = _header(node, limit, indent, module)
    changes = {}
    width = indent + len(module.default_indent)
    body = getattr(node, "body", None)
    if isinstance(body, cst.IndentedBlock):
        before = old.body.body if old is not None and isinstance(old.body, cst.IndentedBlock) else ()
        made = _block(body.body, before, limit, width, module)
        if made is not body.body:
            changes["body"] = body.with_changes(body=made)
    for name in ("orelse", "finalbody"):
        part = getattr(node, name, None)
        if part is not None:
            made = _statement(part, None, limit, indent, module)
            if made is not part:
                changes[name] = made
    handlers = getattr(node, "handlers", None)
    if handlers:
        made = [_statement(h, None, limit, indent, module) for h in handlers]
        if any(a is not b for a, b in zip(made, handlers, strict=True)):
            changes["handlers"] = made
    return node.with_changes(**changes) if changes else node


def _header(node: cst.FunctionDef, limit: int, indent: int, module: cst.Module) -> cst.FunctionDef:
    """A function that the source has not, with its parameters on several lines where one is too short."""
    head = node.with_changes(leading_lines=[], decorators=[], body=cst.SimpleStatementSuite([cst.Pass()]))
    text = module.code_for_node(head)
    if "\n" in text.strip() or len(text.split(" pass")[0]) + indent <= limit:
        return node
    import black

    mode = black.Mode(line_length=max(limit - indent, 40), string_normalization=False)
    made = cst.parse_statement(black.format_str(text, mode=mode), config=module.config_for_parsing)
    return node.with_changes(params=made.params, whitespace_before_params=made.whitespace_before_params)


def _line(node: cst.SimpleStatementLine, limit: int, indent: int, module: cst.Module):
    bare = node.with_changes(leading_lines=[])
    text = module.code_for_node(bare)
    lines = text.rstrip("\n").split("\n")
    comment = node.trailing_whitespace.comment
    if comment is not None:
        lines[-1] = lines[-1][: lines[-1].rfind(comment.value)].rstrip()
    if all(len(line) + (indent if i == 0 else 0) <= limit for i, line in enumerate(lines)):
        return node
    if len(lines) > 1 and all(len(line) <= limit for line in lines[1:]) and len(lines[0]) + indent <= limit:
        return node
    if len(node.body) > 1:
        return node
    import black

    mode = black.Mode(line_length=max(limit - indent, 40), magic_trailing_comma=True, string_normalization=False)
    try:
        formatted = black.format_str(text, mode=mode)
    except black.InvalidInput:
        return node
    made = cst.parse_statement(formatted, config=module.config_for_parsing)
    return made.with_changes(leading_lines=node.leading_lines)
