"""Functions of libraries that nobody chose, converted live: ``python benchmarks/blind_functions.py [DOC]``.

Every so-many-th public function of each library, in alphabetical order, is called with arguments of its docstring's
examples or made from its signature, annotations and descriptions (the first ones that the library itself accepts),
converted by ``ivy.transpile`` to one of the other frameworks in turn, called there with the same values, and the
results are compared. The table of outcomes is printed, and written to DOC when it is named. Exits with 1 when a
result differs.
"""

from __future__ import annotations

import importlib
import inspect
import itertools
import json
import os
import pkgutil
import resource
import signal
import subprocess
import sys
import time
import warnings
from collections.abc import Callable, Iterable, Iterator
from functools import partial
from pathlib import Path
from types import BuiltinFunctionType
from typing import Any, NamedTuple

import numpy as np
from blind_arguments import Arguments, candidates, from_examples

TARGETS = ("torch", "tensorflow", "jax", "numpy")
TRIES = 400
SECONDS = 15.0
LONGEST = 120  # seconds for the converted function
MEMORY = 8 * 2**30  # bytes; some arguments that are tried are sizes
UNSET = ("empty", "empty_like")
PLAIN = (int, float, bool, complex, str, type(None), slice)
class Library(NamedTuple):
    """A library: its framework, the modules that are looked into, and how many functions are passed over."""

    name: str
    source: str
    modules: tuple[str, ...]
    every: int


LIBRARIES = (
    Library("kornia", "torch", ("kornia",), 20),
    Library("rax", "jax", ("rax",), 1),
    Library("optax", "jax", ("optax.losses",), 1),
    Library("keras", "tensorflow", ("keras.ops", "keras.losses", "keras.metrics", "keras.activations"), 20),
    Library("skimage", "numpy", ("skimage",), 20),
    Library("scipy", "numpy", ("scipy.signal", "scipy.stats", "scipy.linalg", "scipy.special", "scipy.spatial"), 20),
)


class Outcome(NamedTuple):
    """One line of the table."""

    name: str
    target: str
    outcome: str
    reason: str = ""


def functions(library: Library) -> list[tuple[str, Callable[..., Any]]]:
    """The public functions of a library that are written in Python, by name."""
    found: dict[Any, str] = {}
    for module in _modules(library.modules):
        for name in sorted(getattr(module, "__all__", None) or vars(module)):
            value = getattr(module, name, None)
            inner = inspect.unwrap(value) if callable(value) else value
            own = inspect.isfunction(inner) and inner.__module__.split(".")[0] == library.name
            if own and not name.startswith("_"):
                place = f"{module.__name__}.{name}"
                found[value] = min(found.get(value, place), place, key=lambda p: (p.count("."), p))
    return sorted((name, value) for value, name in found.items())


def _modules(names: Iterable[str]) -> Iterator[Any]:
    for name in names:
        try:
            module = importlib.import_module(name)
        except Exception:  # a part of the library that needs what is not installed
            continue
        yield module
        for info in pkgutil.iter_modules(getattr(module, "__path__", [])):
            if not info.name.startswith("_") and info.name not in ("tests", "conftest", "contrib", "models"):
                yield from _modules([f"{name}.{info.name}"])


def accepted(function: Callable[..., Any], make: Callable[[Any], Any]) -> tuple[Arguments, Any] | None:
    """The first arguments that the library takes, and its result; None when it takes none of those tried."""
    end = time.monotonic() + SECONDS
    for arguments in itertools.islice(itertools.chain(from_examples(function), candidates(function)), TRIES):
        if time.monotonic() > end:
            break
        try:
            result = called(function, arguments, make)
            plain = list(numbers(result))
        except Exception:
            continue
        if plain and all(array.size and np.isfinite(array).all() for array in plain):
            return arguments, result
    return None


def called(function: Callable[..., Any], arguments: Arguments, make: Callable[[Any], Any]) -> Any:
    """Call with arrays of a framework."""
    args, kwargs = mapped(make, arguments)
    return function(*args, **kwargs)


def mapped(make: Callable[[Any], Any], value: Any) -> Any:
    """A value with what its containers hold made by ``make``."""
    if isinstance(value, dict):
        return {key: mapped(make, inner) for key, inner in value.items()}
    if type(value) in (list, tuple):
        return type(value)(mapped(make, inner) for inner in value)
    return make(value)


def maker(framework: str, source: str = "") -> Callable[[Any], Any]:
    """A function that makes a framework's array of one of NumPy's, and converts what belongs to the source."""
    package, name = {
        "torch": ("torch", "as_tensor"), "tensorflow": ("tensorflow", "constant"), "numpy": ("numpy", "array"),
        "jax": ("jax.numpy", "asarray"),
    }[framework]  # fmt: skip
    array = getattr(importlib.import_module(package), name)

    def make(value: Any) -> Any:
        if isinstance(value, np.ndarray):
            return array(value.copy())
        if not source or type(value) in (*PLAIN, BuiltinFunctionType) or type(value).__module__ == "numpy":
            return value
        import ivy

        return ivy.transpile(value, source=source, to=framework)

    return make


def numbers(value: Any) -> Iterator[np.ndarray]:
    """The arrays, numbers and texts in a result, as arrays of NumPy; TypeError for what is neither."""
    if isinstance(value, dict):
        value = list(value.values())
    if isinstance(value, (list, tuple)):
        for item in value:
            yield from numbers(item)
    elif isinstance(value, str):
        yield np.frombuffer(value.encode(), np.uint8)
    elif value is not None:
        array = np.asarray(value.detach() if hasattr(value, "detach") else value)
        if array.dtype.kind not in "biufc":
            raise TypeError(f"no numbers: {type(value).__name__}")
        yield array


def compare(wanted: list[np.ndarray], found: list[np.ndarray], near: list[np.ndarray] | None = None) -> str:
    """What differs, '' when nothing does; ``near`` says how far results may lie apart."""
    if len(wanted) != len(found):
        return f"{len(found)} arrays instead of {len(wanted)}"
    for one, other, third in zip(wanted, found, near or wanted, strict=True):
        if one.shape != other.shape:
            return f"shape {other.shape} instead of {one.shape}"
        spread = float(np.abs(one - third).max()) if near and one.dtype.kind != "b" else 0.0
        if not np.allclose(one, other, rtol=1e-4, atol=1e-5 + 10 * spread, equal_nan=True):
            return f"largest difference {np.abs(one - other.astype(one.dtype)).max():.2g}"
    return ""


def outcome(name: str, function: Callable[..., Any], source: str, target: str) -> Outcome:
    """Call, convert, call and compare one function."""
    import ivy

    make = maker(source)
    found = accepted(function, make)
    if found is None:
        return Outcome(name, target, "not called", "no arguments were found that it takes")
    arguments, result = found
    wanted = list(numbers(result))
    again = list(numbers(called(function, arguments, make)))
    random = compare(wanted, again) != "" or name.rpartition(".")[2] in UNSET
    try:
        converted = ivy.transpile(function, source=source, to=target)
        signal.alarm(LONGEST)
        given = list(numbers(called(converted, arguments, maker(target, source))))
    except (ivy.exceptions.IvyError, NotImplementedError) as error:
        return Outcome(name, target, "refused", _line(error))
    except Exception as error:
        return Outcome(name, target, "raises", f"{type(error).__name__}: {_line(error)}")
    finally:
        signal.alarm(0)
    if random:
        same = [a.shape for a in wanted] == [a.shape for a in given]
        return Outcome(name, target, "equal" if same else "DIFFERENT", "random or unset: shapes alone are compared")
    difference = compare(wanted, given)
    if not difference:
        return Outcome(name, target, "equal")
    near = (called(function, mapped(partial(_nudged, seed=seed), arguments), make) for seed in range(4))
    if any(not compare(wanted, given, list(numbers(result))) for result in near):
        return Outcome(name, target, "equal", "as near as the library is to itself when its input changes by 1e-6")
    return Outcome(name, target, "DIFFERENT", difference)


def _nudged(value: Any, seed: int) -> Any:
    """An argument with each float changed by up to a millionth of itself."""
    if not isinstance(value, np.ndarray) or value.dtype.kind != "f":
        return value
    return (value * (1 + 1e-6 * np.random.default_rng(seed).uniform(-1, 1, value.shape))).astype(value.dtype)


def _line(error: Exception) -> str:
    text = " ".join(str(error).split())
    return text if len(text) < 160 else text[:157] + "..."


def of_library(library: Library) -> list[Outcome]:
    """The outcomes of one library, in this process."""
    warnings.simplefilter("ignore")
    targets = [target for target in TARGETS if target != library.source]
    bound_memory()
    signal.signal(signal.SIGALRM, _too_long)
    chosen = functions(library)[:: library.every]
    return [outcome(name, f, library.source, targets[at % len(targets)]) for at, (name, f) in enumerate(chosen)]


def _too_long(number: int, frame: Any) -> None:
    raise TimeoutError(f"not done in {LONGEST} seconds")


def bound_memory() -> None:
    """Let what asks for too much memory raise, beyond what the frameworks take when they start."""
    for framework in TARGETS:
        maker(framework)(np.zeros(1))
    pages = int(Path("/proc/self/statm").read_text(encoding="ascii").split()[0])
    resource.setrlimit(resource.RLIMIT_AS, (pages * resource.getpagesize() + MEMORY, resource.RLIM_INFINITY))


def in_a_process(library: Library) -> list[Outcome]:
    """The outcomes of one library, from a process of its own."""
    environment = {**os.environ, "TF_CPP_MIN_LOG_LEVEL": "3", "JAX_PLATFORMS": "cpu"}
    command = [sys.executable, "-W", "ignore", __file__, "--library", library.name]
    done = subprocess.run(command, env=environment, capture_output=True, text=True)
    if done.returncode:
        sys.exit(done.stderr[-2000:])
    return [Outcome(*row) for row in json.loads(done.stdout.splitlines()[-1])]


def report(outcomes: dict[str, list[Outcome]]) -> str:
    """The page: counts for each library, then every function."""
    kinds = ("equal", "refused", "raises", "not called", "DIFFERENT")
    lines = ["# Functions that nobody chose", "", (__doc__ or "").strip().split("\n\n")[1], ""]
    lines += [f"| library | functions | {' | '.join(kinds)} |", "|---|" + "---:|" * (len(kinds) + 1)]
    for name, rows in outcomes.items():
        counts = [sum(row.outcome == kind for row in rows) for kind in kinds]
        lines.append(f"| {name} | {len(rows)} | {' | '.join(map(str, counts))} |")
    everything = [row for rows in outcomes.values() for row in rows]
    totals = [sum(row.outcome == kind for row in everything) for kind in kinds]
    lines += [f"| all | {len(everything)} | {' | '.join(map(str, totals))} |", ""]
    lines += ["| function | to | outcome | reason |", "|---|---|---|---|"]
    for row in everything:
        reason = row.reason.replace("|", "\\|")
        lines.append(f"| `{row.name}` | {row.target} | {row.outcome} | {reason} |")
    return "\n".join(lines) + "\n"


def main() -> None:
    """Everything, each library in a process of its own."""
    if sys.argv[1:2] == ["--library"]:
        library = next(item for item in LIBRARIES if item.name == sys.argv[2])
        print(json.dumps(of_library(library)))
        return
    text = report({library.name: in_a_process(library) for library in LIBRARIES})
    print(text)
    if len(sys.argv) > 1:
        Path(sys.argv[1]).write_text(text, encoding="utf-8")
    sys.exit("| DIFFERENT |" in text.split("| function |")[1])


if __name__ == "__main__":
    main()
