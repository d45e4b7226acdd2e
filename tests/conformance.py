"""The converter against the real frameworks: hub samples spelled in one framework, converted, run and compared.

What the source framework itself gives is expected of the target. Many samples share one module text, so that a
conversion costs little.

dtypes, where the grade is ``exact``:

* PyTorch, TensorFlow and NumPy state what they compute in: the target has to have the same dtype.
* JAX computes in 32 bits unless it is told otherwise. As a target it may give 32 bits where the source has 64; as
  a source it may be given 64 bits by frameworks whose own default that is, which is counted as ``close``.
* A Python number is the same result as an array without axes in the dtype that it becomes, as NumPy's scalars are, and
  a truth value may stay an array in JAX and TensorFlow, for ``jit`` and ``tf.function``.
"""

from __future__ import annotations

import ast
import importlib
import inspect
import re
import sys
import types
import warnings
import zlib
from bisect import bisect_right
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from functools import cache
from typing import Any

import ivy
import numpy as np
from ivy.s2s import pipeline
from ivy.s2s.emit import helper_module
from ivy.s2s.rewrite import Rewriter
from ivy.s2s.tables import Tables, load

from . import sampling
from .spelling import Speller, Spelling, Unspellable, array_type, header, spellings

SOURCES = ("torch", "tensorflow", "jax", "numpy")

# Decompositions whose vectors are determined up to their sign (or complex phase): magnitudes are compared.
UP_TO_SIGN = {"eig", "eigh", "svd", "svd_uv", "svdvals", "qr"}
# Samples in which a function differs from the op as its table entry's note says: the grade is approximate.
NOTED = {
    ("dot", "matmul(f32[2,1,3,4], f32[5,4,2])"),
    ("lstsq", "least_squares(f64[3,5], f64[3])"),
}
GRADES = ("exact", "close", "approximate")
# JAX computes in 32 bits unless it is told otherwise.
WIDER = "wider: "
NARROWED = {
    ("int64", "int32"),
    ("uint64", "uint32"),
    ("float64", "float32"),
    ("complex128", "complex64"),
}


@dataclass(frozen=True, eq=False)
class Case:
    """One sample in its source framework: an expression over ``arrays``, or a layer and its call, and the result."""

    op: str
    sample: str
    text: str
    arrays: tuple[np.ndarray, ...]
    layer: str = ""
    layer_arrays: int = 0
    expected: Any = None
    state: dict[str, np.ndarray] | None = None
    framework: str = "torch"
    array: str = "torch.Tensor"

    @property
    def noted(self) -> bool:
        """Whether the text calls a function that is known to differ in this sample."""
        return any(f".{name}(" in self.text and self.sample == sample for name, sample in NOTED)

    def source(self, index: int) -> str:
        """The case as a function ``f7(x0, x1)``, or a class ``M7`` for a layer."""
        names = [f"x{i}: {self.array}" for i in range(len(self.arrays))]
        if not self.layer:
            return f"def f{index}({', '.join(names)}):\n    return {self.text}\n"
        own, given = names[: self.layer_arrays], names[self.layer_arrays :]
        return (
            f"class M{index}(torch.nn.Module):\n"
            f"    def __init__({', '.join(['self', *own])}):\n"
            f"        super().__init__()\n"
            f"        self.layer = {self.layer}\n\n"
            f"    def forward({', '.join(['self', *given])}):\n"
            f"        return {self.text}\n"
        )


@dataclass(frozen=True)
class Outcome:
    """What became of a case in a target: a grade, ``refused`` or ``wrong`` with the reason.

    A converted call that raises ``NotImplementedError`` is refused too: its helper says why.
    """

    case: Case
    verdict: str
    reason: str = ""

    def __str__(self) -> str:
        parts = [self.case.layer, self.case.text, f"[{self.case.sample}]", self.reason]
        return "  ".join(part for part in parts if part)


@dataclass
class Matrix:
    """Counts of verdicts of a pair."""

    source: str
    target: str
    ops: set[str] = field(default_factory=set)
    counts: Counter = field(default_factory=Counter)

    def add(self, outcomes: Sequence[Outcome]) -> None:
        self.ops |= {outcome.case.op for outcome in outcomes}
        self.counts.update(outcome.verdict for outcome in outcomes)

    def __str__(self) -> str:
        verdicts = (*GRADES, "refused", "wrong")
        counts = "  ".join(f"{verdict} {self.counts[verdict]}" for verdict in verdicts)
        return f"{self.source:>10} -> {self.target:<10}  ops {len(self.ops)}  cases {sum(self.counts.values())}  {counts}"


def topics() -> list[str]:
    """The hub topics that have samples."""
    return sorted({op.topic for op in load().hub.values() if op.samples})


@cache
def topic_cases(topic: str, source: str = "torch", every: bool = True) -> tuple[Case, ...]:
    """The cases of a topic: every spelling of each sample that the source accepts, or the usual one only."""
    tables = load()
    return tuple(
        case
        for op in tables.hub.values()
        if op.topic == topic
        for case in op_cases(op.name, tables, source, every)
    )


def op_cases(op: str, tables: Tables, source: str = "torch", every: bool = True) -> Iterator[Case]:
    """The cases of one op."""
    for sample in tables.hub[op].samples:
        seen = set()
        for spelling in spellings(op, tables, source):
            case = _case(op, sample, spelling, tables, source)
            if case is None or (case.text, case.layer) in seen or _ends_the_process(case):
                continue
            seen.add((case.text, case.layer))
            case = _with_expected(case, tables)
            if case is not None:
                yield case
                if not every:
                    break


def _case(op: str, sample: str, spelling: Spelling, tables: Tables, source: str) -> Case | None:
    speller = Speller(sample, tables, spelling, source)
    try:
        text = speller.text()
    except Unspellable:
        return None
    return Case(
        op,
        sample,
        text,
        tuple(sampling.as_held(array, source) for array in speller.arrays),
        speller.layer,
        speller.layer_arrays,
        framework=source,
        array=array_type(tables[source]),
    )


def _ends_the_process(case: Case) -> bool:
    """Whether TensorFlow pools an array of another rank than the name says, which aborts instead of raising."""
    pool = re.search(r"_pool(\d)d\(x0,", case.text) if case.framework == "tensorflow" else None
    return pool is not None and case.arrays[0].ndim != int(pool[1]) + 2


def _with_expected(case: Case, tables: Tables) -> Case | None:
    """The case with the source's result; None when the source does not take this spelling."""
    namespace: dict[str, Any] = {}
    exec(header(tables[case.framework]) + "\n" + case.source(0), namespace)  # noqa: S102
    arrays = [sampling.to_framework(a, case.framework) for a in case.arrays]
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            if case.framework == "torch":
                return _torch_expected(case, namespace, arrays)
            return replace(case, expected=observed(namespace["f0"](*arrays)))
    except Exception:  # whatever the framework raises, it does not take this spelling
        return None


def _torch_expected(case: Case, namespace: dict[str, Any], arrays: list) -> Case:
    import torch

    torch.manual_seed(0)
    with torch.no_grad():
        if not case.layer:
            return replace(case, expected=observed(namespace["f0"](*arrays)))
        module = namespace["M0"](*arrays[: case.layer_arrays]).eval()
        state = {name: _seeded(name, value) for name, value in module.state_dict().items()}
        module.load_state_dict({name: torch.from_numpy(value) for name, value in state.items()})
        return replace(case, expected=observed(module(*arrays[case.layer_arrays :])), state=state)


def _seeded(name: str, value: Any) -> np.ndarray:
    """A state array from its name and shape: no two alike, variances positive."""
    array = np.asarray(value)
    if array.dtype.kind != "f":
        return array
    rng = np.random.default_rng(zlib.crc32(name.encode()))
    drawn = (
        rng.uniform(0.2, 1.5, array.shape) if "var" in name else rng.standard_normal(array.shape)
    )
    return np.asarray(drawn, array.dtype)


def observed(value: Any) -> Any:
    """A result in comparable form: arrays as (dtype name, NumPy array), dtypes as names."""
    if isinstance(value, (list, tuple)):
        return [observed(item) for item in value]
    if hasattr(value, "as_list"):
        return value.as_list()
    if isinstance(value, dict):
        return [[str(key), observed(item)] for key, item in sorted(value.items())]
    kind = f"{type(value).__module__}.{type(value).__name__}"
    if kind == "torch.dtype":
        return str(value).removeprefix("torch.")
    if kind.endswith("DType") or isinstance(value, np.dtype):
        return str(value.name)
    if isinstance(value, type):
        return np.dtype(value).name
    if hasattr(value, "detach"):
        value = value.detach().resolve_conj().resolve_neg()
        name = str(value.dtype).removeprefix("torch.")
        return (name, (value.float() if name == "bfloat16" else value).numpy())
    if hasattr(value, "shape") and hasattr(value, "dtype") and not isinstance(value, np.generic):
        array = np.asarray(value)
        return (
            array.dtype.name,
            array.astype(np.float32) if array.dtype.name == "bfloat16" else array,
        )
    if isinstance(value, np.generic):
        return (value.dtype.name, np.asarray(value))
    return value


def outcomes(cases: Sequence[Case], target: str, tables: Tables | None = None) -> list[Outcome]:
    """Convert the cases (all of one source) in one module text, run them, and compare with the source."""
    tables = tables or load()
    cases = list(cases)
    if not cases:
        return []
    source = cases[0].framework
    head = header(tables[source]) + "\n\n"
    sources = [case.source(index) for index, case in enumerate(cases)]
    with _using(tables), _recording() as grades:
        converted = pipeline.convert_text(head + "\n\n".join(sources), source, target)
    assert not converted.error, converted.error
    refused = _refused(converted, sources, head.count("\n") + 1)
    bodies = _definitions(converted.code)
    with _loaded(converted, tables[target]) as namespace:
        known: dict[tuple, Outcome] = {}
        found = []
        for index, case in enumerate(cases):
            if index in refused:
                found.append(Outcome(case, "refused", refused[index]))
                continue
            grade = grades.get(index, "exact")
            key = (case.op, case.sample, bodies[index], grade)
            if key not in known:
                known[key] = _outcome(case, index, namespace, target, grade, tables)
            found.append(replace(known[key], case=case))
    return found


@contextmanager
def _using(tables: Tables) -> Iterator[None]:
    """Convert with these tables."""
    usual = pipeline.load
    pipeline.load = lambda: tables
    try:
        yield
    finally:
        pipeline.load = usual


@contextmanager
def _recording() -> Iterator[dict[int, str]]:
    """Index of a case -> the worst grade that the converter reports in it."""
    grades: dict[int, str] = {}
    usual = Rewriter.count

    def count(rewriter: Rewriter, grade: str) -> None:
        usual(rewriter, grade)
        name = re.search(r"\.[fM](\d+)", rewriter.scopes[-1].name if rewriter.scopes else "")
        if name is not None and grade in GRADES:
            index = int(name[1])
            grades[index] = max(grades.get(index, "exact"), grade, key=GRADES.index)

    Rewriter.count = count  # type: ignore[method-assign]
    try:
        yield grades
    finally:
        Rewriter.count = usual  # type: ignore[method-assign]


def _refused(converted: Any, sources: Sequence[str], line: int) -> dict[int, str]:
    """Index of a case -> why it was refused; the first begins at ``line``."""
    starts = []
    for source in sources:
        starts.append(line)
        line += source.count("\n") + 2
    found: dict[int, str] = {}
    for item in converted.diagnostics:
        if item.grade == "refused":
            found.setdefault(bisect_right(starts, item.line) - 1, item.message)
    return found


def _definitions(code: str) -> dict[int, str]:
    """Index of a case -> its converted definition without its name."""
    found = {}
    for node in ast.parse(code).body:
        if isinstance(node, (ast.FunctionDef, ast.ClassDef)) and node.name[1:].isdigit():
            index, node.name = int(node.name[1:]), "_"
            found[index] = ast.dump(node)
    return found


@contextmanager
def _loaded(converted: Any, table: Any) -> Iterator[dict[str, Any]]:
    """The names of the converted module, with its helper module beside it."""
    name = f"{table.name}_helpers"
    previous = sys.modules.get(name)
    helpers = types.ModuleType(name)
    sys.modules[name] = helpers
    try:
        exec(
            compile(helper_module(converted.helpers, table), name, "exec"), helpers.__dict__
        )  # noqa: S102
        namespace: dict[str, Any] = {"__name__": "converted"}
        exec(compile(converted.code, "converted", "exec"), namespace)  # noqa: S102
        yield namespace
    finally:
        sys.modules.pop(name)
        if previous is not None:
            sys.modules[name] = previous


def _outcome(
    case: Case, index: int, namespace: dict[str, Any], target: str, grade: str, tables: Tables
) -> Outcome:
    arrays = [sampling.to_framework(a, target) for a in case.arrays]
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            result = _run(case, index, namespace, target, arrays)
            got = observed(result)
    except NotImplementedError as error:
        return Outcome(case, "refused", str(error))
    except Exception as error:  # whatever the framework raises is a wrong conversion
        return Outcome(case, "wrong", f"{type(error).__name__}: {str(error)[:200]}")
    random = tables.hub[case.op].random and not case.layer
    expected = case.expected
    if case.op in UP_TO_SIGN:
        expected, got = magnitudes(expected), magnitudes(got)
    if case.noted:
        return Outcome(case, "approximate", "differs as its entry's note says")
    reason = difference(expected, got, case.framework, target, "shape" if random else grade)
    if reason.startswith(WIDER):
        return Outcome(case, "close", reason)
    return Outcome(case, "wrong" if reason else grade, reason)


def magnitudes(value: Any) -> Any:
    """An observed result with absolute values in its arrays."""
    if isinstance(value, list):
        return [magnitudes(item) for item in value]
    return (value[0], np.abs(value[1])) if isinstance(value, tuple) else value


def _run(case: Case, index: int, namespace: dict[str, Any], target: str, arrays: list) -> Any:
    if not case.layer:
        return namespace[f"f{index}"](*arrays)
    make = namespace[f"M{index}"]
    own, given = arrays[: case.layer_arrays], arrays[case.layer_arrays :]
    if target == "jax":
        return _run_compiled(make, own, given, case.state or {})
    module = make(*own)
    ivy.load_weights(module, case.state or {})
    if target == "numpy":
        module.eval()
    return module(*given)


def _run_compiled(make: Any, own: list, given: list, state: dict[str, np.ndarray]) -> Any:
    """The forward of a JAX layer in inference mode under ``nnx.jit``: one program to compile."""
    nnx = importlib.import_module("flax.nnx")
    threaded = "rngs" in inspect.signature(make.__init__).parameters
    module = make(*own, **({"rngs": nnx.Rngs(0)} if threaded else {}))
    ivy.load_weights(module, state)
    module.eval()
    return nnx.jit(lambda layer, *args: layer(*args))(module, *given)


def difference(expected: Any, got: Any, source: str, target: str, grade: str) -> str:
    """What differs, '' when nothing does.

    Grade ``exact``: values, shapes and dtypes; ``close``: values and shapes; ``approximate``: shapes;
    ``shape``: shapes and dtypes, for random ops.
    """
    if isinstance(expected, list) and not (isinstance(got, tuple) and grade != "exact"):
        if not isinstance(got, list) or len(got) != len(expected):
            return f"structure: {expected} became {got}"
        parts = [difference(e, g, source, target, grade) for e, g in zip(expected, got)]
        parts.sort(key=lambda part: part.startswith(WIDER))
        return next((part for part in parts if part), "")
    if not isinstance(expected, tuple) or not isinstance(got, tuple):
        return _scalar_difference(expected, got, target, grade)
    (dtype, want), (own_dtype, have) = expected, got
    if want.shape != have.shape:
        return f"shape {want.shape} became {have.shape}"
    matching = _matching(dtype, own_dtype, source, target)
    if matching == "other" and grade in ("exact", "shape"):
        return f"dtype {dtype} became {own_dtype}"
    if grade not in ("shape", "approximate") and not _same_values(want, have, dtype):
        return f"values {want.ravel()[:4]} became {have.ravel()[:4]}"
    return f"{WIDER}{own_dtype}" if matching == "wider" and grade == "exact" else ""


def _matching(dtype: str, own: str, source: str, target: str) -> str:
    """Whether a result's dtype is the ``same`` as the source's, JAX's in its ``wider`` form, or an ``other``."""
    if dtype == own or (target == "jax" and (dtype, own) in NARROWED):
        return "same"
    return "wider" if source == "jax" and (own, dtype) in NARROWED else "other"


def _same_values(want: np.ndarray, have: np.ndarray, dtype: str) -> bool:
    if want.dtype.kind not in "biufc":
        return bool((want == have).all())
    loose = {"float16": 2e-3, "bfloat16": 2e-2}.get(dtype, 1e-4)
    left, right = want.astype(np.complex128), have.astype(np.complex128)
    return np.allclose(left, right, rtol=loose, atol=loose / 5, equal_nan=True)


def _scalar_difference(expected: Any, got: Any, target: str, grade: str) -> str:
    """What differs where at least one of the two is no array."""
    if grade == "shape" and not isinstance(expected, (bool, str)):
        return "" if getattr(got, "shape", ()) == () else f"{expected!r} became {got!r}"
    if isinstance(expected, tuple) != isinstance(got, tuple):
        array, number = (expected, got) if isinstance(expected, tuple) else (got, expected)
        if isinstance(number, list) and grade != "exact":
            return "" if array[1].tolist() == number else f"{expected!r} became {got!r}"
        if isinstance(number, (list, str)) or number is None or array[1].shape != ():
            return f"{expected!r} became {got!r}"
        if array[0] not in ("bool", "int64", "float64") and grade == "exact":
            return f"{expected!r} became {got!r}"
        plain = array[1].item()
        expected, got = (plain, number) if array is expected else (number, plain)
    if isinstance(expected, float) and isinstance(got, float):
        close = np.isclose(expected, got, rtol=1e-5, equal_nan=True)
        return "" if close else f"{expected} became {got}"
    same = expected == got and isinstance(expected, bool) == isinstance(got, bool)
    if not same and target == "jax" and isinstance(expected, str):
        same = (expected, got) in NARROWED
    return "" if same else f"{expected!r} became {got!r}"
