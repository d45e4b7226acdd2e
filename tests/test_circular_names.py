"""Names that lead to a part of themselves end."""

from ivy.s2s.api import source_to_source


def test_a_package_that_imports_from_its_own_function(tmp_path):
    source = tmp_path / "package"
    source.mkdir()
    (source / "__init__.py").write_text("from .parts import scale\n")
    parts = "import torch\nfrom package.scale import scale\n\n\ndef size(x):\n    return scale(torch.abs(x))\n"
    (source / "parts.py").write_text(parts)
    source_to_source(source, to="jax", out=tmp_path / "out")
    converted = (tmp_path / "out" / "parts.py").read_text()
    assert converted == parts.replace("import torch\n", "import jax.numpy as jnp\n").replace("torch.abs", "jnp.abs")
