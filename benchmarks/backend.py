"""What ``ivy.<op>`` costs above the native function of each backend: ``python benchmarks/backend.py``.

Each figure is the best of many runs, both functions in turn, in microseconds per call on small arrays.
"""

from __future__ import annotations

import importlib.util
from collections.abc import Callable
from functools import partial
from timeit import Timer

import ivy
import numpy as np
from ivy.s2s.spelled import resolve
from ivy.s2s.tables import FRAMEWORKS

CASES: dict[str, tuple[str, str, str, str]] = {
    "add": ("numpy.add", "torch.add", "jax.numpy.add", "tensorflow.add"),
    "exp": ("numpy.exp", "torch.exp", "jax.numpy.exp", "tensorflow.exp"),
    "maximum": ("numpy.maximum", "torch.maximum", "jax.numpy.maximum", "tensorflow.maximum"),
}
ORDER = ("numpy", "torch", "jax", "tensorflow")
LIMIT = 2.0


def best(functions: list[Callable[[], object]], rounds: int = 1500, calls: int = 8) -> list[float]:
    """Microseconds per call of each function, the best of all rounds; rounds alternate between the functions."""
    timers = [Timer(function) for function in functions]
    times = [[timer.timeit(calls) for timer in timers] for _ in range(rounds)]
    return [min(column) / calls * 1e6 for column in zip(*times, strict=True)]


def figures(backend: str) -> dict[str, tuple[float, float]]:
    """Op -> microseconds of the native function and of ivy's, with the backend set."""
    with ivy.use_backend(backend):
        x = ivy.from_numpy(np.ones((2, 2), np.float32))
        found = {}
        for op, natives in CASES.items():
            native, neutral = resolve(natives[ORDER.index(backend)]), getattr(ivy, op)
            args = (x,) if op == "exp" else (x, x)
            neutral(*args)
            native_time, neutral_time = best([partial(native, *args), partial(neutral, *args)])
            found[op] = (native_time, neutral_time)
    return found


def main() -> None:
    """Print a line per backend and op."""
    print(
        f"{'backend':12}{'op':8}{'native':>9}{'ivy':>9}{'more':>9}   us per call, limit {LIMIT} more"
    )
    for backend in FRAMEWORKS:
        if importlib.util.find_spec(backend) is None:
            continue
        for op, (native, neutral) in figures(backend).items():
            print(f"{backend:12}{op:8}{native:9.2f}{neutral:9.2f}{neutral - native:9.2f}")


if __name__ == "__main__":
    main()
