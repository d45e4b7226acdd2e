"""Checkpoints: nested containers of arrays, numbers and strings in one file that executes nothing."""

import json

import numpy as np


def save(obj, f):
    """Write a nested structure to a file: its arrays as in .npz, the rest as JSON beside them."""
    arrays = []

    def described(value):
        if value is None or isinstance(value, (bool, int, float, str)):
            return value
        if isinstance(value, (list, tuple)):
            return {type(value).__name__: [described(item) for item in value]}
        if isinstance(value, dict):
            return {"dict": [[described(k), described(v)] for k, v in value.items()]}
        if not hasattr(value, "__array__"):
            raise TypeError(f"{type(value).__name__} is not saved: save arrays, numbers and strings")
        array = np.asarray(value)
        arrays.append(array.view(f"u{array.itemsize}") if array.dtype.kind == "V" else array)
        return {"array": array.dtype.name}

    structure = np.array(json.dumps(described(obj)))
    stored = {"structure": structure} | {f"array_{i}": a for i, a in enumerate(arrays)}
    if hasattr(f, "write"):
        np.savez(f, **stored)
        return
    with open(f, "wb") as file:
        np.savez(file, **stored)


def load(f):
    """Read what `save` wrote; arrays are NumPy arrays."""
    with np.load(f, allow_pickle=False) as stored:
        if "structure" not in stored.files:
            raise ValueError("this is no checkpoint that `save` wrote")
        names = (f"array_{i}" for i in range(len(stored.files)))

        def restored(value):
            if not isinstance(value, dict):
                return value
            ((kind, content),) = value.items()
            if kind == "array":
                array = stored[next(names)]
                return array if array.dtype.name == content else array.view(np.dtype(content))
            if kind == "dict":
                return {restored(k): restored(v) for k, v in content}
            items = [restored(item) for item in content]
            return tuple(items) if kind == "tuple" else items

        return restored(json.loads(str(stored["structure"])))
