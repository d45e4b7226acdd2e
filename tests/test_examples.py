"""`docs/examples/` shows sources beside their outputs, exactly as the converter writes them.

``python tests/test_examples.py`` writes them anew.
"""

from pathlib import Path

import pytest
from ivy.s2s.pipeline import run


def framework(name: str) -> str:
    """The framework of a source."""
    return "jax" if name.startswith(("linen", "haiku", "nnx")) else "torch"


def own_targets(name: str) -> tuple[str, ...]:
    """What a source is not converted to."""
    return ("jax", "haiku") if framework(name) == "jax" else ("torch",)


ROOT = Path(__file__).resolve().parent.parent
EXAMPLES = ROOT / "docs/examples"
SOURCES = {
    "layers": "tinyvit/layers.py",
    "losses": "losses.py",
    "lstm_tagger": "lstm_tagger.py",
    "linen_encoder": "linen_encoder.py",
    "haiku_autoencoder": "haiku_autoencoder.py",
    "nnx_encoder": "nnx_encoder.py",
}
FRAMEWORKS = ("torch", "jax", "haiku", "tensorflow", "numpy")
OUTPUTS = [(name, target) for name in SOURCES for target in FRAMEWORKS if target not in own_targets(name)]


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
    assert place(name, framework(name)).read_text() == (ROOT / "fixtures" / SOURCES[name]).read_text()


@pytest.mark.parametrize("name, target", OUTPUTS)
def test_outputs_are_what_the_converter_writes(name, target):
    assert place(name, target).read_text() == example(name, target)


@pytest.mark.parametrize("name, target", OUTPUTS)
def test_outputs_are_about_as_long_as_their_sources(name, target):
    source, output = (place(name, t).read_text().count("\n") for t in (framework(name), target))
    # Classes of JAX do without constructors: a line for each field and each layer.
    assert output <= (1.6 if framework(name) == "jax" else 1.3) * source


def write() -> None:
    """Write all examples anew."""
    for name in SOURCES:
        (EXAMPLES / name).mkdir(parents=True, exist_ok=True)
        place(name, framework(name)).write_text((ROOT / "fixtures" / SOURCES[name]).read_text())
    for name, target in OUTPUTS:
        place(name, target).write_text(example(name, target))


if __name__ == "__main__":
    write()
