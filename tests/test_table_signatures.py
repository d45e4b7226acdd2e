"""The tables against the installed frameworks: names resolve, arguments and defaults agree."""

from __future__ import annotations

import ast
import importlib
import importlib.util
import inspect
import math
import os
import re
import warnings
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import tomllib
from ivy.s2s.template_units import template_units

from . import sampling
from .vision_operators import define_vision_operators

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
ROOT = Path(__file__).resolve().parent.parent
FRAMEWORKS = ("torch", "numpy", "jax", "tensorflow")
# A required parameter, or a default that is no literal.
UNKNOWN = inspect.Parameter.empty
# Parameters that are, or were, taken under these names although signatures or docstrings say otherwise.
UNDOCUMENTED = {
    "flax.nnx.metrics.Accuracy": {"threshold"},
    "flax.nnx.metrics.Average": {"argname"},
    "jax.lax.cond": {"linear"},
    "numpy.nanpercentile": {"interpolation"},
    "numpy.percentile": {"interpolation"},
    "torch.Tensor.cpu": {"device", "non_blocking"},
    "torch.Tensor.where": {"other"},
    "torch.bernoulli": {"p"},
    "torch.broadcast_to": {"size"},
    "torch.hamming_window": {"periodic", "alpha", "beta"},
    "torch.linalg.matrix_norm": {"input"},
    "torch.normal": {"dtype", "device", "layout", "pin_memory", "requires_grad"},
    "torch.rand_like": {"generator", "pin_memory"},
    "torch.randn_like": {"generator", "pin_memory"},
}
# torch passes a stack level between the others, which nobody gives by position.
ODDLY_PLACED = {f"torch.nn.functional.{name}" for name in ("softmax", "softmin", "log_softmax")}
# Names that a vendor's package adds to torch when it is imported.
ADDED_TO_TORCH = ("torch.npu.",)
# Names of older versions that code in use still has: read, and never written.
OLDER = (
    "jax.ad_checkpoint.", "jax.api.", "jax.lax.zeros_like_array", "jax.tree_", "jax.util.",
    "keras.backend.", "keras.models.Functional", "keras.utils.file_utils.", "keras.utils.generic_utils.",
    "numpy.alltrue", "numpy.asfarray", "numpy.cumproduct", "numpy.in1d", "numpy.product", "numpy.round_",
    "numpy.row_stack", "numpy.sometrue", "numpy.trapz",
    "tensorflow.assert_greater_equal", "tensorflow.assert_less_equal", "tensorflow.cumprod",
    "tensorflow.depth_to_space", "tensorflow.lin_space", "tensorflow.space_to_depth",
    "tensorflow.squared_difference", "tensorflow.to_",
)  # fmt: skip
_OLD_LOSSES = "cosine_similarity kld KLD kullback_leibler_divergence logcosh mae MAE mape MAPE mse MSE msle MSLE"
OLDER += tuple(
    f"keras.{group}.{name}" for group in ("losses", "metrics") for name in _OLD_LOSSES.split()
)
# Methods that only eager tensors have, not the class that annotations name.
EAGER_ONLY = ("tensorflow.Tensor.numpy",)
# Constructor arguments of layers that choose memory and not the result: read, then dropped.
DROPPED_BY_LAYERS = {"device", "dtype", "inplace", "process_group"}


def sections(folder: str) -> dict[str, dict[str, Any]]:
    """All entries of a framework's tables (or the hub's), framework settings left out."""
    found: dict[str, dict[str, Any]] = {}
    for path in sorted((ROOT / "mappings" / folder).glob("*.toml")):
        if path.stem != "framework":
            found.update(tomllib.loads(path.read_text(encoding="utf-8")))
    return found


HUB = sections("ivy")
TABLES = {framework: sections(framework) for framework in FRAMEWORKS}


def hub_defaults(op: str) -> dict[str, Any]:
    """Canonical parameter -> default literal (``UNKNOWN`` when it is required)."""
    node = ast.parse(f"def {HUB[op]['signature']}: pass").body[0]
    assert isinstance(node, ast.FunctionDef)
    args = node.args
    plain = [*args.posonlyargs, *args.args]
    defaults: dict[str, Any] = {a.arg: UNKNOWN for a in [*plain, *args.kwonlyargs]}
    for arg, value in zip(reversed(plain), reversed(args.defaults)):
        defaults[arg.arg] = ast.literal_eval(value)
    for arg, value in zip(args.kwonlyargs, args.kw_defaults):
        defaults[arg.arg] = UNKNOWN if value is None else ast.literal_eval(value)
    if args.vararg:
        defaults[args.vararg.arg] = UNKNOWN
    return defaults


def resolve(name: str) -> Any:
    """The object of a full native name; raises when it does not exist."""
    parts = name.split(".")
    if parts[0] == "torchvision":
        define_vision_operators()
    module = importlib.import_module(parts[0])
    value: Any = module
    for index, part in enumerate(parts[1:], start=2):
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            if not hasattr(value, part):
                importlib.import_module(".".join(parts[:index]))
            value = getattr(value, part)
    return value


def documented_signature(value: Any) -> dict[str, Any] | None:
    """Parameters of a built-in function from the signatures in its docstring, overloads merged."""
    found: dict[str, Any] = {}
    for line in (value.__doc__ or "").splitlines():
        match = re.match(r"(\.\. function:: )?[\w.]+(\(.*\))\s*(->.*)?$", line.strip())
        parameters = _parsed_parameters(match[2]) if match else None
        for name, default in (parameters or {}).items():
            found.setdefault(name, default)
    return found or None


def _parsed_parameters(text: str) -> dict[str, Any] | None:
    """Parameters of a signature as torch writes it, with annotations and odd defaults."""
    text = re.sub(r"(\w+): [\w\[\], ]+?(?=[=,)])", r"\1", text)
    text = text.replace("start=0, end,", "start, end,")
    text = re.sub(r"=torch\.\w+|=-?inf", "=None", text)
    try:
        function = ast.parse(f"def f{text}: pass").body[0]
    except SyntaxError:
        return None
    assert isinstance(function, ast.FunctionDef)
    return dict(_documented_parameters(function.args))


def _documented_parameters(args: ast.arguments) -> Iterator[tuple[str, Any]]:
    plain = [*args.posonlyargs, *args.args]
    missing = [None] * (len(plain) - len(args.defaults))
    for arg, default in zip(plain, [*missing, *args.defaults]):
        yield arg.arg, _literal(default)
    if args.vararg:
        yield args.vararg.arg, UNKNOWN
    for arg, default in zip(args.kwonlyargs, args.kw_defaults):
        yield arg.arg, _literal(default)


def _literal(node: ast.expr | None) -> Any:
    try:
        return UNKNOWN if node is None else ast.literal_eval(node)
    except ValueError:
        return UNKNOWN


def is_wrapper(parameters: Mapping[str, inspect.Parameter]) -> bool:
    """Whether a function takes anything and hands it on."""
    kinds = {parameters[name].kind for name in ("args", "kwargs") if name in parameters}
    return kinds == {inspect.Parameter.VAR_POSITIONAL, inspect.Parameter.VAR_KEYWORD}


def live_signature(value: Any) -> dict[str, Any] | None:
    """Parameter -> default of a live callable; None when the framework does not tell."""
    try:
        parameters = inspect.signature(value).parameters
    except (TypeError, ValueError):
        return documented_signature(value)
    if is_wrapper(parameters) or set(parameters) == {"args", "out", "where"}:
        return documented_signature(value)
    return {name: parameter.default for name, parameter in parameters.items()}


def readings(entry: dict[str, Any]) -> list[dict[str, Any]]:
    """The entry, or its overloads."""
    return entry.get("overloads") or [entry]


def callable_entries(framework: str) -> Iterator[tuple[str, dict[str, Any]]]:
    """Entries that stand for a call of a live function."""
    for native, entry in TABLES[framework].items():
        has_args = any("args" in part for part in readings(entry))
        if native.startswith("@") or not has_args or entry.get("property"):
            continue
        if not entry.get("removed") and not is_absent(native):
            yield native, entry


def is_absent(native: str) -> bool:
    """Whether the installed version may lack a name that older code has, or its library is not there."""
    package = native.partition(".")[0]
    if package in ("chex", "tensorboardX") and importlib.util.find_spec(package) is None:
        return True
    if native.startswith("torch.utils.tensorboard.") and importlib.util.find_spec("tensorboard") is None:
        return True
    if not native.startswith(OLDER) and native not in EAGER_ONLY:
        return False
    try:
        return resolve(native) is None
    except (AttributeError, ImportError):
        return True


def native_names(framework: str) -> list[str]:
    """Every native name of a framework's tables, aliases too."""
    names = []
    for native, entry in TABLES[framework].items():
        names += [native, *entry.get("aliases", ())]
    return [name for name in names if not name.startswith("@") and "." in name]


@pytest.mark.parametrize("framework", FRAMEWORKS)
def test_every_native_name_resolves(framework):
    missing = []
    for name in native_names(framework):
        if name.split(".")[0] not in ("torch", "numpy", "jax", "flax", "tensorflow", "keras"):
            continue
        entry = TABLES[framework].get(name, {})
        if entry.get("removed") or entry.get("property") or name.startswith(ADDED_TO_TORCH):
            continue
        if is_absent(name):
            continue
        try:
            resolve(name)
        except (AttributeError, ImportError):
            missing.append(name)
    assert missing == []


@pytest.mark.parametrize("framework", FRAMEWORKS)
def test_arguments_agree_with_the_live_signature(framework):
    wrong, silent = [], 0
    for native, entry in callable_entries(framework):
        parameters = live_signature(resolve(native))
        if parameters is None:
            silent += 1
            continue
        variadic = "kwargs" in parameters or "args" in parameters
        for part in readings(entry):
            natives = [name.lstrip("*/") for name in part.get("args", {}).values()]
            names = natives + list(part.get("ignore", ())) + list(part.get("fixed", {}))
            # Most functions of TensorFlow take the name of a graph node, which changes nothing.
            naming = {"name"} if framework == "tensorflow" else set()
            known = {*parameters, *UNDOCUMENTED.get(native, ()), "self", *naming}
            unknown = [n for n in names if n not in known]
            if unknown and not variadic and not entry.get("overloads"):
                wrong.append(f"{native}: no parameter {unknown} in {list(parameters)}")
    print(f"{framework}: {silent} functions do not tell their parameters")
    assert wrong == []


def positional_parameters(value: Any) -> list[str] | None:
    """Names of the parameters that may be given by position, in order; None when the framework does not tell."""
    try:
        parameters = inspect.signature(value).parameters
    except (TypeError, ValueError):
        return None
    if is_wrapper(parameters) or set(parameters) == {"args", "out", "where"}:
        return None
    by_position = (inspect.Parameter.POSITIONAL_ONLY, inspect.Parameter.POSITIONAL_OR_KEYWORD)
    return [name for name, parameter in parameters.items() if parameter.kind in by_position]


def misplaced(part: dict[str, Any], live: list[str]) -> list[str]:
    """The native parameters of an entry that stand at another position than the live ones."""
    args = list(part.get("args", {}).values())
    if any(name.startswith("*") for name in args):
        return []
    stated = part.get("order") or [name.lstrip("/") for name in args]
    offset = 1 if stated[:1] == ["self"] and live[:1] != ["self"] else 0
    return [
        name
        for index, name in enumerate(stated[offset:])
        if name in live and live.index(name) != index
    ]


@pytest.mark.parametrize("framework", FRAMEWORKS)
def test_positions_agree_with_the_live_signature(framework):
    wrong = []
    for native, entry in callable_entries(framework):
        if native in ODDLY_PLACED:
            continue
        live = positional_parameters(resolve(native))
        # Layers are written with the arguments of the source, and are not bound by position.
        if live is None or entry.get("write_only") or HUB.get(entry.get("op"), {}).get("layer"):
            continue
        for part in readings(entry):
            names = misplaced(part, live)
            if names:
                wrong.append(f"{native}: {names} stand elsewhere in {live}")
    assert wrong == []


def table_literal(value: Any) -> Any:
    """A literal as the tables mean it: the strings None, True and False are no strings."""
    return {"None": None, "True": True, "False": False}.get(value, value)


def same_default(a: Any, b: Any) -> bool:
    """Whether two defaults mean the same; what is not a plain literal is not compared."""
    if isinstance(a, (list, tuple)) and isinstance(b, (list, tuple)):
        return list(a) == list(b)
    comparable = (int, float, bool, str)
    if not isinstance(a, comparable) or not isinstance(b, comparable):
        return True
    both_nan = isinstance(a, float) and isinstance(b, float) and math.isnan(a) and math.isnan(b)
    return both_nan or a == b


@pytest.mark.parametrize("framework", FRAMEWORKS)
def test_defaults_agree_with_the_live_signature(framework):
    wrong = []
    for native, entry in callable_entries(framework):
        parameters = live_signature(resolve(native))
        if parameters is None or entry.get("overloads") or entry.get("op") not in HUB:
            continue
        canonical = hub_defaults(entry["op"]) | entry.get("defaults", {})
        for name, native_name in entry["args"].items():
            live = parameters.get(native_name.lstrip("*/"), UNKNOWN)
            stated = canonical.get(name, UNKNOWN)
            for ours, theirs in entry.get("values", {}).get(name, {}).items():
                live = table_literal(ours) if table_literal(theirs) == live else live
            if not same_default(live, stated):
                wrong.append(f"{native}: {name} is {stated!r} in the tables, {live!r} live")
    assert wrong == []


@pytest.mark.parametrize("framework", FRAMEWORKS)
def test_canonical_names_exist_in_the_hub(framework):
    wrong = []
    for native, entry in TABLES[framework].items():
        for part in readings(entry):
            op = part.get("op")
            if op is None:
                continue
            if op not in HUB:
                wrong.append(f"{native}: the hub has no op {op}")
                continue
            known = set(hub_defaults(op)) | {""}
            known |= DROPPED_BY_LAYERS if HUB[op].get("layer") else set()
            used = {*part.get("args", {}), *part.get("defaults", {}), *part.get("when", {})}
            used |= {name for form in part.get("forms", ()) for name in form.get("when", {})}
            wrong += [f"{native}: {op} has no parameter {n}" for n in sorted(used - known)]
    assert wrong == []


def spellings(entry: dict[str, Any]) -> Iterator[tuple[str, str]]:
    """(key, text) of every template, helper and call of an entry."""
    for part in [*readings(entry), *entry.get("forms", ())]:
        for key in ("write", "helper", "call"):
            if key in part:
                yield key, part[key]


@pytest.mark.parametrize("framework", FRAMEWORKS)
def test_spellings_are_valid(framework):
    folder = ROOT / "templates" / framework
    units = {
        node.name
        for path in folder.glob("*.py")
        for node in ast.parse(path.read_text(encoding="utf-8")).body
        if isinstance(node, (ast.FunctionDef, ast.ClassDef))
    }
    units |= template_units(framework).keys()
    wrong = []
    for native, entry in TABLES[framework].items():
        for key, text in spellings(entry):
            if key == "helper" and text not in units:
                wrong.append(f"{native}: no template {text}")
            elif key == "call" and text.startswith("@"):
                wrong += [] if text[1:] in template_units(framework) else [f"{native}: no template {text}"]
            elif key == "call":
                resolve(text)
            elif key == "write":
                op = next((part["op"] for part in readings(entry) if "op" in part), "")
                marks = set(re.findall(r"\{(\w+)\}", text))
                if not marks <= set(hub_defaults(op) if op else ()):
                    wrong.append(f"{native}: {text} mentions unknown parameters")
                ast.parse(re.sub(r"\{(\w+)\}", r"\1", text), mode="eval")
    assert wrong == []


@pytest.mark.parametrize("op", sorted(HUB))
def test_hub_op_states_its_signature_and_samples(op):
    entry = HUB[op]
    assert entry["signature"].startswith(f"{op.rpartition('.')[2]}(")
    hub_defaults(op)
    assert entry["doc"].endswith(".")
    for sample in entry.get("samples", ()):
        assert _called_names(sample) <= {*HUB, *sampling.BUILTINS}, sample
        sampling.evaluate(sample, lambda name: _FirstArgument())


def _called_names(sample: str) -> set[str]:
    tree = ast.parse(sampling._INDEX_NOTATION.sub("0", sample), mode="eval")
    return {
        n.func.id
        for n in ast.walk(tree)
        if isinstance(n, ast.Call) and isinstance(n.func, ast.Name)
    }


class _FirstArgument:
    """Stands for every op: gives its first argument back, and itself for attributes."""

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        return args[0] if args and isinstance(args[0], np.ndarray) else self

    def __getattr__(self, name: str) -> Any:
        return self
