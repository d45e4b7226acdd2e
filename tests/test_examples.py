"""`docs/examples/` shows sources beside their outputs, exactly as the converter writes them.

``python tests/test_examples.py`` writes them anew.
"""

from pathlib import Path

import pytest
from ivy.s2s.pipeline import run

ROOT = Path(__file__).resolve().parent.parent
EXAMPLES = ROOT / "docs/examples"
SOURCES = {"layers": "tinyvit/layers.py", "losses": "losses.py", "lstm_tagger": "lstm_tagger.py"}
TARGETS = ("jax", "haiku", "tensorflow", "numpy")


def example(name: str, target: str) -> str:
    """The output for one file, converted with the package that it is in."""
    source = ROOT / "fixtures" / SOURCES[name]
    package = source.parent.name == "tinyvit"
    result = run(source.parent if package else source, target, cache=False, jobs=1)
    assert result.report.exit_code == 0
    return result.outputs[source.name]


def place(name: str, target: str) -> Path:
    """Where an output stands; the source stands beside it."""
    return EXAMPLES / name / f"{target}.py"


@pytest.mark.parametrize("name", SOURCES)
def test_sources_are_the_fixtures(name):
    assert place(name, "torch").read_text() == (ROOT / "fixtures" / SOURCES[name]).read_text()


@pytest.mark.parametrize("target", TARGETS)
@pytest.mark.parametrize("name", SOURCES)
def test_outputs_are_what_the_converter_writes(name, target):
    assert place(name, target).read_text() == example(name, target)


@pytest.mark.parametrize("target", TARGETS)
@pytest.mark.parametrize("name", SOURCES)
def test_outputs_are_about_as_long_as_their_sources(name, target):
    source, output = (place(name, t).read_text().count("\n") for t in ("torch", target))
    assert output <= 1.3 * source


def write() -> None:
    """Write all examples anew."""
    for name in SOURCES:
        (EXAMPLES / name).mkdir(parents=True, exist_ok=True)
        place(name, "torch").write_text((ROOT / "fixtures" / SOURCES[name]).read_text())
        for target in TARGETS:
            place(name, target).write_text(example(name, target))


if __name__ == "__main__":
    write()
