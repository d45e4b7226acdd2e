"""Functions of libraries that nobody chose, converted live: ``python benchmarks/blind_functions.py [DOC]``.

Every so-many-th public function of each library, in alphabetical order, is called with arguments made from its
signature, annotations and docstring (the first ones that the library itself accepts), converted by ``ivy.transpile``
to one of the other frameworks in turn, called there with the same values, and the results are compared. The table of
outcomes is printed, and written to DOC when it is named. Exits with 1 when a result differs.
"""

from __future__ import annotations

import importlib
import inspect
import itertools
import json
import os
import pkgutil
import re
import subprocess
import sys
import time
import warnings
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

TARGETS = ("torch", "tensorflow", "jax", "numpy")
TRIES = 400
SECONDS = 15.0
UNSET = ("empty", "empty_like")
SIZES = {"b": 2, "n": 2, "c": 3, "h": 8, "w": 9, "d": 4, "m": 8, "*": 2, "...": 2, "k": 3, "p": 3, "t": 5}
SHAPES = ((2, 3, 8, 9), (2, 3), (4,), (3, 3), (2, 4, 3), (2, 3, 3), (8, 9), (8, 9, 3), (2, 4), (1, 1, 8, 9), (2,), ())
BY_NAME = {
    "kernel_size": (3, (3, 3)), "sigma": (1.5, (1.5, 1.5)), "size": ((6, 7), 5), "dsize": ((6, 7),), "axis": (-1, 0),
    "num_classes": (4,), "n": (4, 2), "window_size": (3,), "levels": (3,), "topn": (2,), "M": (8,), "Nx": (8,),
}  # fmt: skip


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


def candidates(function: Callable[..., Any]) -> Iterator[dict[str, Any]]:
    """Arguments that the function may take, the likeliest first; arrays are NumPy's."""
    try:
        parameters = inspect.signature(function).parameters.values()
    except (TypeError, ValueError):
        return
    given = [p for p in parameters if p.default is p.empty and p.kind not in (p.VAR_POSITIONAL, p.VAR_KEYWORD)]
    texts = {p.name: _described(p, function.__doc__ or "") for p in given}
    arrays = [p.name for p in given if _is_array(p, texts[p.name])]
    others = [(p.name, _plain_values(p, texts[p.name])) for p in given if p.name not in arrays]
    shapes = [_stated_shapes(texts[name]) for name in arrays]
    combinations = itertools.chain(
        zip(*shapes, strict=False) if shapes and all(shapes) else (),
        ((shape,) * len(arrays) for shape in SHAPES),
        itertools.product(*[[*stated, *SHAPES][:7] for stated in shapes]),
    )
    for combination in itertools.islice(combinations, TRIES):
        for kinds in itertools.islice(itertools.product(("float", "int"), repeat=len(arrays)), 4):
            values = {n: _drawn(n, s, k) for n, s, k in zip(arrays, combination, kinds, strict=True)}
            for plain in itertools.islice(itertools.product(*[v for _, v in others]), 6):
                yield {**values, **dict(zip([n for n, _ in others], plain, strict=True))}


def _described(parameter: inspect.Parameter, doc: str) -> str:
    """The annotation of a parameter, and the line of the docstring that describes it with the one below."""
    annotation = "" if parameter.annotation is parameter.empty else str(parameter.annotation)
    line = re.search(rf"^\s*{re.escape(parameter.name)}\s*(\([^)]*\))?\s*:.*(\n.*)?", doc, re.M)
    return f"{annotation} | {line.group(0) if line else ''}"


def _is_array(parameter: inspect.Parameter, text: str) -> bool:
    annotation, _, described = text.partition(" | ")
    if annotation and annotation != "typing.Any":
        return any(word in annotation for word in ("Tensor", "Array", "ndarray"))
    if re.search(r"\barray|ndarray|tensor|matri|image|sequence", described, re.I):
        return True
    return not described and parameter.name not in BY_NAME


def _stated_shapes(text: str) -> list[tuple[int, ...]]:
    """Shapes such as ``(B, C, H, W)`` in a description."""
    found = []
    for inside in re.findall(r"[(\[]([\w*., ]+)[)\]]", text):
        sizes = [part.strip().lower() for part in inside.split(",") if part.strip()]
        if sizes and all(size.isdigit() or size[0] in SIZES for size in sizes):
            found.append(tuple(int(size) if size.isdigit() else SIZES[size[0]] for size in sizes))
    return [shape for shape in found if np.prod(shape) < 5000]


def _plain_values(parameter: inspect.Parameter, text: str) -> list[Any]:
    if parameter.name in BY_NAME:
        return list(BY_NAME[parameter.name])
    text = text.lower()
    found: list[Any] = []
    found += [(3, 3), (0.5, 0.5)] if "tuple" in text else []
    found += [3, 1] if "int" in text else []
    found += [0.5] if "float" in text or "scalar" in text else []
    found += [True] if "bool" in text else []
    quoted = re.findall(r"['\"](\w+)['\"]", text)
    found += quoted[:3] if "str" in text or quoted else []
    return found or [0.5, 3, (3, 3)]


def _drawn(name: str, shape: tuple[int, ...], kind: str) -> np.ndarray:
    seed = sum(map(ord, name))
    rng = np.random.default_rng(seed)
    if kind == "int":
        return rng.integers(0, 2, shape)
    return np.asarray(rng.random(shape), np.float32)


def accepted(function: Callable[..., Any], make: Callable[[Any], Any]) -> tuple[dict[str, Any], Any] | None:
    """The first arguments that the library takes, and its result; None when it takes none of those tried."""
    end = time.monotonic() + SECONDS
    for arguments in itertools.islice(candidates(function), TRIES):
        if time.monotonic() > end:
            break
        try:
            result = called(function, function, arguments, make)
            plain = list(numbers(result))
        except Exception:
            continue
        if plain and all(array.size and np.isfinite(array).all() for array in plain):
            return arguments, result
    return None


def called(function: Callable[..., Any], signed: Any, arguments: dict[str, Any], make: Callable[[Any], Any]) -> Any:
    """Call with arrays of a framework, by position where the signature of ``signed`` has positions."""
    kinds = {p.name: p.kind for p in inspect.signature(signed).parameters.values()}
    named = {n: make(v) for n, v in arguments.items() if kinds[n] is inspect.Parameter.KEYWORD_ONLY}
    given = [n for n in kinds if n in arguments and n not in named]
    return function(*[make(arguments[n]) for n in given], **named)


def maker(framework: str) -> Callable[[Any], Any]:
    """A function that makes a framework's array of one of NumPy's, and leaves other values as they are."""
    if framework == "numpy":
        return lambda value: value
    package, name = {"torch": ("torch", "as_tensor"), "tensorflow": ("tensorflow", "constant")}.get(
        framework, ("jax.numpy", "asarray")
    )
    make = getattr(importlib.import_module(package), name)
    return lambda value: make(value.copy()) if isinstance(value, np.ndarray) else value


def numbers(value: Any) -> Iterator[np.ndarray]:
    """The arrays and numbers in a result, as arrays of NumPy; TypeError for what is neither."""
    if isinstance(value, dict):
        value = list(value.values())
    if isinstance(value, (list, tuple)):
        for item in value:
            yield from numbers(item)
    elif value is not None and not isinstance(value, str):
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
    again = list(numbers(called(function, function, arguments, make)))
    random = compare(wanted, again) != "" or name.rpartition(".")[2] in UNSET
    try:
        converted = ivy.transpile(function, source=source, to=target)
        given = list(numbers(called(converted, function, arguments, maker(target))))
    except (ivy.exceptions.IvyError, NotImplementedError) as error:
        return Outcome(name, target, "refused", _line(error))
    except Exception as error:
        return Outcome(name, target, "raises", f"{type(error).__name__}: {_line(error)}")
    if random:
        same = [a.shape for a in wanted] == [a.shape for a in given]
        return Outcome(name, target, "equal" if same else "DIFFERENT", "random or unset: shapes alone are compared")
    difference = compare(wanted, given)
    if not difference:
        return Outcome(name, target, "equal")
    near = called(function, function, {n: _nudged(value) for n, value in arguments.items()}, make)
    if not compare(wanted, given, list(numbers(near))):
        return Outcome(name, target, "equal", "as near as the library is to itself when its input changes by 1e-6")
    return Outcome(name, target, "DIFFERENT", difference)


def _nudged(value: Any) -> Any:
    """An argument with each float changed by a millionth of itself."""
    is_float = isinstance(value, np.ndarray) and value.dtype.kind == "f"
    return value * np.float32(1 + 1e-6) if is_float else value


def _line(error: Exception) -> str:
    text = " ".join(str(error).split())
    return text if len(text) < 160 else text[:157] + "..."


def of_library(library: Library) -> list[Outcome]:
    """The outcomes of one library, in this process."""
    warnings.simplefilter("ignore")
    targets = [target for target in TARGETS if target != library.source]
    chosen = functions(library)[:: library.every]
    return [outcome(name, f, library.source, targets[at % len(targets)]) for at, (name, f) in enumerate(chosen)]


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
