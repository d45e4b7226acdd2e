"""Trees of arrays as bytes."""

import io

import numpy as np

from ..containers import tree_flatten
from ..host import from_numpy


def to_bytes(target):
    """The leaves of a tree as a file of ``numpy.savez``; files of flax have another form."""
    file = io.BytesIO()
    np.savez(file, *map(np.asarray, tree_flatten(target)[0]))
    return file.getvalue()


def from_bytes(target, encoded_bytes):
    """A tree like the target with the leaves of ``to_bytes``."""
    leaves, structure = tree_flatten(target)
    with np.load(io.BytesIO(encoded_bytes), allow_pickle=False) as saved:
        found = [saved[name] for name in saved.files]
    numbers = (bool, int, float)
    pairs = zip(found, leaves, strict=True)
    return structure.unflatten([new.item() if isinstance(old, numbers) else from_numpy(new) for new, old in pairs])
