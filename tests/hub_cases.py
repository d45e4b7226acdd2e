"""Calls of a library converted to ``ivy``, under one backend.

``python hub_cases.py rax BACKEND FOLDER JOBS RESULTS`` runs the jobs of `test_rax.py`,
``python hub_cases.py kornia BACKEND FOLDER OUTPUT`` the cases of `kornia_cases.py`. FOLDER holds the converted
library; of torch and jax only the backend itself can be imported.
"""

from __future__ import annotations

import functools
import importlib
import pickle
import sys
from pathlib import Path

import ivy
import numpy as np


def rax_results(jobs: list[tuple]) -> list:
    """What each job gives, as NumPy arrays, or the text of what it raised."""
    rax = importlib.import_module("rax")

    def resolved(name: str):
        return functools.reduce(getattr, name.split("."), rax)

    def native(value):
        if isinstance(value, np.ndarray):
            return ivy.from_numpy(value)
        if isinstance(value, str) and value.startswith("rax."):
            return resolved(value[4:])
        return [native(item) for item in value] if isinstance(value, list) else value

    def host(value):
        return ivy.to_numpy(value) if isinstance(value, ivy.Array) else np.asarray(value)

    def run(job):
        name, _, args, kwargs = job
        try:
            found = resolved(name)(*map(native, args), **{k: native(v) for k, v in kwargs.items()})
        except Exception as error:
            return f"{type(error).__name__}: {error}"
        return [host(part) for part in found] if isinstance(found, (list, tuple)) else host(found)

    return [run(job) for job in jobs]


def main(library: str, backend: str, folder: str, *paths: str) -> None:
    """Evaluate the jobs or cases and write what they give."""
    sys.path.insert(0, folder)
    for name in {"jax", "torch"} - {backend}:
        sys.modules[name] = None
    ivy.set_backend(backend)
    if library == "rax":
        jobs, results = map(Path, paths)
        results.write_bytes(pickle.dumps(rax_results(pickle.loads(jobs.read_bytes()))))
    else:
        importlib.import_module("kornia_cases").main(backend, folder, *paths)


if __name__ == "__main__":
    main(*sys.argv[1:])
