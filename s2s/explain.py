"""``ivy-s2s explain torch.std --to numpy``: what a name is in the tables, and how it is written in a target."""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterator

from .discover import InputError
from .table_model import Entry, HubOp, Table, Tables
from .tables import DIALECTS, load


def explain(name: str, target: str) -> str:
    """The explanation as text; InputError for a name that no table lists."""
    tables = load()
    source, entry = _found(name, tables)
    lines = [entry.native if not entry.property else f"{entry.native} (a property)"]
    lines += [f"  {line}" for line in _meaning(entry, tables[target])]
    readings = [part for part in entry.overloads or (entry,) if part.op]
    for op in dict.fromkeys(part.op for part in readings):
        parts = [part for part in readings if part.op == op]
        lines += ["", *_one(entry, parts, tables, source, target)]
    return "\n".join(lines)


def _found(name: str, tables: Tables) -> tuple[str, Entry]:
    """The framework and the entry of a full name, also through the usual alias (``np.std``, ``F.relu``)."""
    for framework in DIALECTS:
        for spelled in _spellings(name, tables[framework]):
            entry = tables[framework].find(spelled)
            if entry is not None:
                return framework, entry
    known = [native for f in DIALECTS for native in tables[f].entries if not native.startswith(("@", "builtins."))]
    near = difflib.get_close_matches(name, known, 4, 0.6) or _same_end(name, known)
    hint = f"; did you mean {', '.join(near)}?" if near else "; give a full name such as torch.std"
    raise InputError(f"{name}: not in the tables{hint}")


def _spellings(name: str, table: Table) -> Iterator[str]:
    yield name
    for module, statement in table.imports.items():
        alias = statement.split()[-1]
        if name.startswith(alias + ".") and alias != module:
            yield module + name[len(alias) :]


def _same_end(name: str, known: list[str]) -> list[str]:
    last = name.rpartition(".")[2]
    return sorted(n for n in known if n.rpartition(".")[2] == last)[:4]


def _meaning(entry: Entry, target: Table) -> Iterator[str]:
    if entry.refuse:
        yield f"is not converted: {entry.refuse}"
    if entry.const:
        yield f"the constant {entry.const}; in {target.name} {target.constants.get(entry.const, 'unknown')}"
    if entry.type:
        yield f"the type {entry.type}; in {target.name} {target.types.get(entry.type, 'unknown').lstrip('@')}"
    if entry.fold:
        yield f"always {entry.fold} in converted code"
    if entry.drop:
        yield "has no effect on the numbers and is dropped"
    ops = {part.op for part in entry.overloads if part.op}
    if len(ops) > 1:
        yield f"one of {len(ops)} ops, by its arguments"


def _one(whole: Entry, parts: list[Entry], tables: Tables, source: str, target: str) -> Iterator[str]:
    """One op that a name means: how the target writes it, what differs, examples."""
    op = tables.hub[parts[0].op]
    yield f"hub op       {op.name}({', '.join(_signature(op))})"
    yield f"             {op.doc}"
    for line in dict.fromkeys(line for part in parts for line in _reading(part, op)):
        yield line
    if source == target:
        return
    for line in _written(op, tables[target]):
        yield f"{'in ' + target:<12} {line}"
    examples = (line for part in parts for line in [_example(whole, part, op, tables[source], target)])
    for text in dict.fromkeys(examples):
        yield from text


def _signature(op: HubOp) -> Iterator[str]:
    previous = None
    for param in op.params:
        if previous is not None and previous.positional and not param.positional:
            yield "/"
        if param.keyword and not (previous is not None and (previous.keyword or previous.variadic)):
            yield "*"
        text = f"*{param.name}" if param.variadic else param.name
        yield text if param.default is None or param.variadic else f"{text}={param.default}"
        previous = param
    if previous is not None and previous.positional:
        yield "/"


def _reading(part: Entry, op: HubOp) -> Iterator[str]:
    """How the arguments are read."""
    if part.when:
        yield _line(
            "when",
            ", ".join(f"{_native(part, name)} is {predicate}" for name, predicate in part.when),
        )
    renamed = [f"{a.native} -> {a.canonical}" for a in part.args if a.canonical and a.native != a.canonical]
    if renamed:
        yield _line("arguments", ", ".join(renamed))
    for name, default in part.defaults.items():
        param = op.param(name)
        usual = param.default if param is not None else None
        if usual != default:
            yield _line(
                "default",
                f"{name}={default}{f' (the hub has {usual})' if usual is not None else ''}",
            )
    if part.ignore:
        yield _line("ignored", ", ".join(sorted(part.ignore)))
    if part.fixed:
        yield _line("only with", ", ".join(f"{name}={value}" for name, value in part.fixed.items()))
    if part.grade != "exact" or part.note:
        yield _line(part.grade, part.note)


def _line(label: str, text: str) -> str:
    return f"{label:<12} {text}"


def _native(part: Entry, canonical: str) -> str:
    return next((a.native for a in part.args if a.canonical == canonical), canonical)


def _written(op: HubOp, table: Table) -> Iterator[str]:
    """How a framework writes an op, its grade and the defaults that differ."""
    entry, own = table.writes.get(op.name), table.own_layers.get(op.name, ())
    for one in own:
        native = re.sub(r"^@\w+\.", "a class derived from torch.nn.", one.layer)
        yield f"{native}, where nothing in the project can tell; else"
    if entry is None:
        if op.name in table.templates:
            yield f"helper {op.name}, copied into the converted package"
        else:
            yield f"refused: {table.refusals.get(op.name, f'no {table.name} counterpart is known')}"
        return
    for form in entry.forms:
        words = ", ".join(f"{name} is {predicate}" for name, predicate in form.when) or "otherwise"
        way = form.write or form.call or (f"helper {form.helper}" if form.helper else "refused: " + entry.note)
        yield f"{_plain(way)}   ({words})"
    if not entry.forms:
        native = f"{entry.native}({', '.join(a.native for a in entry.args)})"
        yield (_plain(entry.write) if entry.write else f"helper {entry.helper}" if entry.helper else native)
    for name, default in entry.defaults.items():
        yield f"default {name}={default}, written out where the source means another"
    if entry.grade != "exact" or entry.note:
        yield f"{entry.grade}: {entry.note}"


def _plain(template: str) -> str:
    return re.sub(r"\{(\w+)\}", r"\1", template)


def _example(whole: Entry, part: Entry, op: HubOp, source: Table, target: str) -> tuple[str, ...]:
    """A call of the source before and after, converted by the converter itself."""
    from .pipeline import convert_text

    given = list(_given(part, op, source))
    call = _call(whole, [text for _, text, _ in given if text], part)
    names = ", ".join(name for name, _, _ in given if name)
    text = f"import {whole.native.partition('.')[0]}\n\n\ndef f({names}):\n    return {call}\n"
    converted = convert_text(text, source.name, target)
    refused = [d.message for d in converted.diagnostics if d.grade == "refused"]
    if refused:
        return ("", f"    {call}", f"->  refused: {refused[0]}")
    lines = [line for line in (converted.code or text).splitlines() if line.strip()]
    body = [line[4:].removeprefix("return ") for line in lines if line.startswith("    ")]
    used = set(re.findall(r"\w+", " ".join(body)))
    imports = [line for line in lines if line.startswith(("import ", "from ")) and line.split()[-1] in used]
    first, *rest = [*imports, *body]
    return ("", f"    {call}", f"->  {first}", *(f"    {line}" for line in rest))


def _call(whole: Entry, args: list[str], part: Entry) -> str:
    owner, _, last = whole.native.rpartition(".")
    if owner.rpartition(".")[2] not in ("Tensor", "ndarray", "Array"):
        return f"{whole.native}({', '.join(args)})"
    receiver, *rest = args
    return f"{receiver}.{last}" if whole.property else f"{receiver}.{last}({', '.join(rest)})"


def _given(part: Entry, op: HubOp, source: Table) -> Iterator[tuple[str, str, str]]:
    """The arguments of an example (what is required or decides, and the axis) as (parameter, text, name)."""
    conditions = dict(part.when)
    by_position = True
    for arg in part.args:
        param, stated = op.param(arg.canonical), conditions.get(arg.canonical, "")
        required = param is not None and (param.default is None or param.variadic)
        if stated == "absent" or not (required or stated or arg.canonical == "axis"):
            by_position = False
            continue
        declared, text = _value(arg.canonical, stated, arg.variadic, source)
        yield declared, text if by_position or arg.variadic else f"{arg.native}={text}", arg.native
    if conditions or part.defaults:
        for name, value in part.fixed.items():
            if value != "None":
                yield "", f"{name}={value}", name


_STATED = {"bool": "True", "int": "1", "float": "0.5", "none": "None", "scalar": "2.0"}


def _value(name: str, stated: str, variadic: bool, source: Table) -> tuple[str, str]:
    """A parameter of the example's function ('' for a literal) and what the call is given."""
    if stated.startswith("="):
        return "", stated[1:]
    if stated in _STATED:
        return "", _STATED[stated]
    if stated == "dtype" or name == "dtype":
        return "", source.constants["float32"]
    if name == "axis":
        return "", "1"
    if stated == "sequence" and not variadic:
        return f"{name}: list", name
    if variadic and (stated == "tuple" or name in ("arrays", "operands", "shapes")):
        return f"*{name}", f"*{name}"
    if stated == "array" or name in ("x", "x1", "x2", "input", "other"):
        return f"{name}: {source.array_type}", name
    return name, name
