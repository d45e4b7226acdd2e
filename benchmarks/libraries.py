"""Models of whole libraries, converted live and compared: ``python benchmarks/libraries.py [--cases a,b] [DOC]``.

Each case of ``library_cases.py`` builds a small model of an installed library with random weights from a seed. In a
process of its own it is called, converted by ``ivy.transpile``, called again on the same arrays, as it is and compiled
(``nnx.jit``, ``tf.function``), and all arrays of the results are compared. The outcomes are printed as they come;
the table of DOC takes them over, and keeps those of the cases that were not run. Exits with 1 when a result differs.
"""

from __future__ import annotations

import argparse
import importlib.metadata
import json
import os
import subprocess
import sys
import time
import traceback
import warnings
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any, NamedTuple

import library_cases
import numpy as np

TARGETS = ("jax", "tensorflow", "numpy")
TOLERANCE = 1e-4
SECONDS = 600
MARKS = ("<!-- outcomes -->", "<!-- end of outcomes -->")


class Outcome(NamedTuple):
    """What became of one case in one target."""

    library: str
    case: str
    target: str
    outcome: str
    reason: str = ""
    difference: float = 0.0
    seconds: float = 0.0


def arrays(value: Any) -> Iterator[np.ndarray]:
    """All arrays and numbers of a result in order: of containers, mappings and dataclass-like objects too."""
    if value is None or isinstance(value, str):
        return
    if isinstance(value, Mapping):
        for item in value.values():
            yield from arrays(item)
    elif isinstance(value, (tuple, list)):
        for item in value:
            yield from arrays(item)
    elif hasattr(value, "detach"):
        yield value.detach().numpy()
    elif hasattr(value, "shape") or isinstance(value, (int, float, complex, bool)):
        yield np.asarray(value)
    elif hasattr(value, "__dict__"):
        yield from arrays(vars(value))


def largest_difference(found: Any, expected: Any) -> float:
    """The largest difference of two results, in units of the largest expected value if that is above 1."""
    pairs = list(arrays(found)), list(arrays(expected))
    if len(pairs[0]) != len(pairs[1]) or any(a.shape != b.shape for a, b in zip(*pairs)):
        return float("inf")
    worst = 0.0
    for ours, theirs in zip(*pairs):
        if theirs.dtype == bool or not theirs.size:
            worst = max(worst, float(np.any(ours != theirs)))
            continue
        if not np.array_equal(np.isfinite(ours), np.isfinite(theirs)):
            return float("inf")
        kept = np.isfinite(theirs)
        ours, theirs = ours[kept].astype(np.complex128), theirs[kept].astype(np.complex128)
        if theirs.size:
            worst = max(worst, float(np.max(np.abs(ours - theirs))) / max(1.0, float(np.max(np.abs(theirs)))))
    return worst


def native(value: Any, target: str) -> Any:
    """Arguments with NumPy's arrays as the target's."""
    if isinstance(value, np.ndarray):
        if target == "jax":
            import jax.numpy as jnp

            return jnp.asarray(value)
        if target == "tensorflow":
            import tensorflow as tf

            return tf.constant(value)
        if target == "torch":
            import torch

            return torch.from_numpy(value)
        return value
    if isinstance(value, dict):
        return {name: native(item, target) for name, item in value.items()}
    if isinstance(value, (tuple, list)):
        return type(value)(native(item, target) for item in value)
    return value


def compiled(model: Callable[..., Any], args: tuple, kwargs: dict, target: str) -> Any:
    """The result of the converted model under the target's compiler."""
    if target == "jax":
        import jax
        from flax import nnx

        def called(model, args, kwargs):
            return tuple(leaves(model(*args, **kwargs)))

        if isinstance(model, nnx.Module):
            return nnx.jit(called)(model, args, kwargs)
        given, tree = jax.tree.flatten((args, kwargs))
        traced = {at: value for at, value in enumerate(given) if isinstance(value, jax.Array)}

        def of_arrays(traced):
            args, kwargs = jax.tree.unflatten(tree, [traced.get(at, value) for at, value in enumerate(given)])
            return called(model, args, kwargs)

        return jax.jit(of_arrays)(traced)
    import tensorflow as tf

    return tf.function(lambda: tuple(leaves(model(*args, **kwargs))))()


def leaves(value: Any) -> Iterator[Any]:
    """All arrays of a result, in the order of ``arrays``."""
    if isinstance(value, Mapping):
        for item in value.values():
            yield from leaves(item)
    elif isinstance(value, (tuple, list)):
        for item in value:
            yield from leaves(item)
    elif hasattr(value, "shape") or isinstance(value, (int, float)):
        yield value
    elif hasattr(value, "__dict__"):
        yield from leaves(vars(value))


def run(name: str, target: str) -> Outcome:
    """Build, convert, call and compare one case in this process."""
    warnings.simplefilter("ignore")
    import torch

    ops = torch.library.Library("torchvision", "DEF")  # the installed torchvision may lack its compiled part
    for op in ("nms", "qnms"):
        ops.define(f"{op}(Tensor dets, Tensor scores, float iou_threshold) -> Tensor")
    import ivy

    case = library_cases.CASES[name]
    torch.manual_seed(0)
    model, args, kwargs = library_cases.parts(case.make())
    with torch.no_grad():
        expected = model(*native(args, "torch"), **native(kwargs, "torch"))
    started = time.perf_counter()
    step = "transpile"
    try:
        converted = ivy.transpile(model, source="torch", to=target)
        step = "call"
        given = native(args, target), native(kwargs, target)
        found = converted(*given[0], **given[1])
        seconds = time.perf_counter() - started
        difference = largest_difference(found, expected)
        if not difference <= TOLERANCE:
            return Outcome(case.library, name, target, "different", f"{difference:.2g}", difference, seconds)
        if target != "numpy":
            step = "compiled"
            found = compiled(converted, *given, target)
            difference = max(difference, largest_difference(found, list(arrays(expected))))
            if not difference <= TOLERANCE:
                return Outcome(case.library, name, target, "different", "compiled", difference, seconds)
        return Outcome(case.library, name, target, "equal", "", difference, seconds)
    except Exception as error:
        if os.environ.get("TRACEBACK"):
            traceback.print_exc()
        kind = "refused" if isinstance(error, (NotImplementedError, ivy.exceptions.IvyError)) else "raises"
        reason = f"{step}: {type(error).__name__}: {error}"
        return Outcome(case.library, name, target, kind, reason, 0.0, time.perf_counter() - started)


def outcome_of(name: str, target: str) -> Outcome:
    """``run`` in a process of its own."""
    command = [sys.executable, __file__, "--run", name, target]
    library = library_cases.CASES[name].library
    try:
        done = subprocess.run(command, capture_output=True, text=True, timeout=SECONDS)
    except subprocess.TimeoutExpired:
        return Outcome(library, name, target, "raises", f"not done after {SECONDS} s")
    if os.environ.get("TRACEBACK"):
        print(done.stderr, file=sys.stderr)
    lines = [line for line in done.stdout.splitlines() if line.startswith("[")]
    if not lines:
        return Outcome(library, name, target, "not run", (done.stderr.strip().splitlines() or ["no output"])[-1])
    return Outcome(*json.loads(lines[-1]))


def write(doc: Path, made: Outcome) -> None:
    """Put one outcome into the table of a page, in the place of its earlier one."""
    head, mark, rest = doc.read_text(encoding="utf-8").partition(MARKS[0])
    table, end, tail = rest.partition(MARKS[1])
    rows = [line for line in table.splitlines()[3:] if line]
    known = {tuple(cell.strip() for cell in row.split("|")[2:4]): row for row in rows}
    version = importlib.metadata.version(made.library)
    reason = " ".join(made.reason.replace("|", "/").split())[:160]
    shown = f"{made.difference:.0e}" if made.outcome == "equal" else reason
    row = f"| {made.library} {version} | {made.case} | {made.target} | {made.outcome} | {shown} |"
    known[made.case, made.target] = row
    body = "\n".join(sorted(known.values()))
    title = "| library | case | to | outcome | largest difference, or the reason |\n|---|---|---|---|---|"
    doc.write_text(f"{head}{mark}\n{title}\n{body}\n{end}{tail}", encoding="utf-8")


def main() -> None:
    """Run the chosen cases and show what became of them."""
    options = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    options.add_argument("--run", nargs=2, metavar=("CASE", "TARGET"), help="one case in this process, printed as JSON")
    options.add_argument("--cases", default="", help="parts of names of cases, separated by commas")
    options.add_argument("--to", default=",".join(TARGETS))
    options.add_argument("doc", nargs="?", type=Path)
    chosen = options.parse_args()
    if chosen.run:
        print(json.dumps(run(*chosen.run)))
        return
    parts = chosen.cases.split(",")
    names = [n for n, c in library_cases.CASES.items() if any(p in n or p in c.library for p in parts)]
    outcomes = []
    for name in names:
        for target in chosen.to.split(","):
            outcomes.append(outcome_of(name, target))
            made = outcomes[-1]
            figures = f"{made.difference:8.1e} {made.seconds:6.1f} s"
            print(f"{made.case:24} {made.target:10} {made.outcome:9} {figures}  {made.reason}", flush=True)
            if chosen.doc:
                write(chosen.doc, made)
    sys.exit(any(made.outcome == "different" for made in outcomes))


if __name__ == "__main__":
    main()
