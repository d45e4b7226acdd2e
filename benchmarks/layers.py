"""Every layer of every source in every target: ``python benchmarks/layers.py [DOC]``.

Results, gradients of inputs and parameters, statistics and one step of gradient descent, with the same weights. The
table is printed, and written to DOC when it is named. Exits with 1 when anything is wrong.
"""

from __future__ import annotations

import os
import sys
from pathlib import Path

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
os.environ.setdefault("JAX_PLATFORMS", "cpu")

from ivy.tests import layer_matrix

HEAD = """# Layers

Each layer of a source with the samples of the tables and of the tests, converted to each target and given the same
weights: results in training and inference, gradients of inputs and parameters (not in NumPy), statistics and one step
of gradient descent are within {tolerance} in 32 bits. Written by `python benchmarks/layers.py docs/layers.md`.

"""


def main(doc: str = "") -> int:
    """Try every case, print the table; 1 when something is wrong."""
    found = []
    for source in layer_matrix.SOURCES:
        for case in layer_matrix.cases(source):
            found += layer_matrix.outcomes(case)
    page = f"{layer_matrix.summary(found)}\n{layer_matrix.table(found)}"
    print(page)
    if doc:
        Path(doc).write_text(HEAD.format(tolerance=layer_matrix.TOLERANCE) + page, encoding="utf-8")
    return int(any(outcome.verdict == "wrong" for outcome in found))


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
