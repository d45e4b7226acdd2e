"""Whole outputs of small conversions. The cases are in `conversions.txt`: source, then the output per target.

A case begins with ``=== name`` (``=== [jax] name`` when its source is not PyTorch), an output with ``--- target``, with the number of refusals where there are any.
``(unchanged)`` stands for the source itself. ``python tests/test_convert.py`` writes the outputs anew: read the
difference before you commit it.
"""

import ast
import re
from pathlib import Path

import pytest
from ivy.s2s.pipeline import convert_text


def cases():
    """(name, target, source, wanted output, refusals) of every output in the file."""
    text = (Path(__file__).parent / "conversions.txt").read_text()
    for case in re.split(r"^=== ", text, flags=re.MULTILINE)[1:]:
        head, *outputs = re.split(r"^--- ", case, flags=re.MULTILINE)
        name, source = head.split("\n", 1)
        for output in outputs:
            label, wanted = output.split("\n", 1)
            target, _, refused = label.partition(" ")
            count = int(re.sub(r"\D", "", refused) or 0)
            yield name, target, source, source if wanted == "(unchanged)\n" else wanted, count


def framework(name):
    """The framework that a case's source is written in."""
    return name[1:].partition("]")[0] if name.startswith("[") else "torch"


CASES = [pytest.param(*case, id=f"{case[0]}-{case[1]}") for case in cases()]


@pytest.mark.parametrize("name, target, source, wanted, refused", CASES)
def test_conversion(name, target, source, wanted, refused):
    found = convert_text(source, framework(name), target)
    assert (found.code or source) == wanted
    assert [d.grade for d in found.diagnostics].count("refused") == found.sites.get("refused", 0) == refused
    ast.parse(wanted)


@pytest.mark.parametrize("name, target, source, wanted, refused", CASES)
def test_no_output_imports_the_source_framework(name, target, source, wanted, refused):
    imported = set()
    for node in ast.walk(ast.parse(wanted)):
        if isinstance(node, ast.Import):
            imported |= {alias.name.split(".")[0] for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module:
            imported.add(node.module.split(".")[0])
    assert framework(name) not in imported


def test_every_output_of_a_case_differs_from_the_source_unless_marked():
    assert len(CASES) >= 60
    for case in CASES:
        name, _, source, wanted, _ = case.values
        assert (source == wanted) == (source in wanted), name


def write():
    """Write the outputs of all cases anew."""
    text, last = [], ""
    for name, target, source, *_ in cases():
        found = convert_text(source, framework(name), target)
        count = found.sites.get("refused", 0)
        text.append("" if name == last else f"=== {name}\n{source}")
        text.append(f"--- {target}{f' ({count} refused)' if count else ''}\n{found.code or '(unchanged)' + chr(10)}")
        last = name
    (Path(__file__).parent / "conversions.txt").write_text("".join(text))


if __name__ == "__main__":
    write()
