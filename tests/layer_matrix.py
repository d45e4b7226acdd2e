"""Every layer of the tables and of the case lists, converted and compared: results, gradients, statistics and a step.

A case is the text of a small module: a class or a function ``make`` for layers that hold their weights, a function
``compute`` of the weights for those of flax.linen and haiku, which do not. What each framework computes is asked of the
sides of ``ivy-s2s verify``.
"""

from __future__ import annotations

import functools
import inspect
import warnings
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from ivy.s2s import pipeline
from ivy.s2s.tables import load
from ivy.s2s.verify.comparing import errors
from ivy.s2s.verify.job import Answer
from ivy.s2s.verify.running import described, run_checks, varied
from ivy.s2s.verify.side import side_of
from ivy.s2s.verify.translation import Translation, translated
from ivy.s2s.verify.values import mapped
from ivy.s2s.verify.worker import steady
from ivy.s2s.weight_slots import slots
from ivy.s2s.weight_state import State
from ivy.s2s.weights import read_state

from . import conformance, flax_layer_cases, haiku_layer_cases, keras_layer_cases

TARGETS = ("torch", "tensorflow", "jax", "numpy")
SOURCES = ("torch.nn", "keras.layers", "flax.nnx", "flax.linen", "haiku")
TOLERANCE = 1e-5
CHECKS = (
    "forward", "small inputs", "training", "statistics", "gradients of parameters", "gradients of inputs", "sgd step",
)  # fmt: skip
SCALES = {"small inputs": 1e-2, "statistics": 0.1, "sgd step": 0.1}
"""The least scale of an error, where results are small differences of larger numbers."""
NOISE = 3e-2
"""Arrays whose largest number is below this part of the largest of all are zeros but for rounding: keys' biases."""

NETWORKS = ("resnet", "resnet_v2")
"""Whole networks among haiku's cases: their own tests know how much rounding they gather."""


@dataclass(frozen=True, eq=False)
class Case:
    """A layer of a source: the module text that makes it (from ``made``) or computes it, and its inputs."""

    source: str
    framework: str
    layer: str
    label: str
    text: str
    made: tuple[Any, ...] | None = ()
    args: tuple[Any, ...] = ()
    kwargs: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Outcome:
    """What became of a case in a target: ``ok``, ``refused`` or ``wrong``, why, and the largest relative error."""

    case: Case
    target: str
    verdict: str
    reason: str = ""
    error: float = 0.0


def cases(source: str, start: int = 0, step: int = 1) -> list[Case]:
    """Every ``step``-th case of a source."""
    return [make() for make in list(_CASES[source]())[start::step]]


def _torch() -> Iterator[Callable[[], Case]]:
    for topic in conformance.topics():
        for case in conformance.topic_cases(topic, "torch", every=False):
            if case.layer:
                yield functools.partial(_torch_case, case)


def _torch_case(case: conformance.Case) -> Case:
    text = conformance.header(load()["torch"]) + "\n\n" + case.source(0).replace("M0", "make")
    own, given = tuple(case.arrays[: case.layer_arrays]), tuple(case.arrays[case.layer_arrays :])
    return Case("torch.nn", "torch", case.op, case.sample, text, own, given)


class _Spelled:
    """Layers of Keras as the texts of their constructors."""

    def __getattr__(self, name: str) -> Any:
        return lambda *args, **kwargs: _Text(_spelled(name, args, kwargs))


class _Text(str):
    __repr__ = str.__str__


def _spelled(name: str, args: tuple, kwargs: dict) -> str:
    named = [f"{key}={value!r}" for key, value in kwargs.items()]
    return f"keras.layers.{name}({', '.join([*map(repr, args), *named])})"


def _keras() -> Iterator[Callable[[], Case]]:
    listed = keras_layer_cases
    for case in listed.CASES:
        yield functools.partial(_keras_case, *case, {})
    for case in listed.INPUTS:
        yield functools.partial(_keras_case, *case)
    for case in listed.ATTENTION:
        yield functools.partial(_keras_case, *case, several=True)
    for name, make, kwargs in listed.WRAPPED:
        yield functools.partial(_keras_case, name, make(_Spelled()), kwargs, [listed.SEQUENCE], {})


def _keras_case(name: str, args: tuple, kwargs: dict, shapes: list, options: dict, several: bool = False) -> Case:
    text = _spelled(name, args, kwargs)
    arrays = [_drawn(shape, seed) for seed, shape in enumerate(shapes)]
    given = tuple(arrays) if several or len(arrays) == 1 else (arrays,)
    module = f"import keras\n\n\ndef make():\n    return {text}\n"
    return Case("keras.layers", "tensorflow", name, text, module, (), given, options)


def _nnx() -> Iterator[Callable[[], Case]]:
    for text, shapes in flax_layer_cases.NNX:
        yield functools.partial(_nnx_case, text, shapes)


def _nnx_case(text: str, shapes: list) -> Case:
    head = "import jax\nimport jax.numpy as jnp\nfrom flax import nnx\n\n\n"
    arrays = tuple(_drawn(shape, seed) for seed, shape in enumerate(shapes))
    module = f"{head}def make(rngs=nnx.Rngs(0)):\n    return {text}\n"
    return Case("flax.nnx", "jax", text.partition("(")[0].removeprefix("nnx."), text, module, (), arrays)


def _linen() -> Iterator[Callable[[], Case]]:
    for text, shape in flax_layer_cases.LINEN:
        yield functools.partial(_linen_case, text, shape)


def _linen_case(text: str, shape: tuple[int, ...]) -> Case:
    import jax

    head = "import jax\nimport jax.numpy as jnp\nfrom flax import linen as nn\n\n\n"
    body = "def make():\n    return {}\n\n\ndef compute(variables, x):\n    return make().apply(variables, x)\n"
    module, x = head + body.format(text), _drawn(shape)
    variables = _varied(jax.eval_shape(_loaded(module)["make"]().init, jax.random.key(0), x))
    return Case("flax.linen", "jax", text.partition("(")[0].removeprefix("nn."), text, module, None, (variables, x))


def _haiku() -> Iterator[Callable[[], Case]]:
    for name, (code, shape) in haiku_layer_cases.CASES.items():
        if name not in NETWORKS:
            yield functools.partial(_haiku_case, name, f"    return {code}", shape)
    for name, (body, shape) in haiku_layer_cases.BODIES.items():
        yield functools.partial(_haiku_case, name, body.rstrip(), shape)


def _haiku_case(name: str, text: str, shape: tuple[int, ...]) -> Case:
    import jax

    module = (
        f"{haiku_layer_cases.HEAD}{haiku_layer_cases.SHARED}\n\ndef function(x, train):\n{text}\n\n\n"
        "net = hk.transform_with_state(function)\n\n\n"
        "def compute(params, state, x):\n"
        "    output, state = net.apply(params, state, jax.random.PRNGKey(7), x, True)\n"
        "    return output, jax.tree.map(jax.lax.stop_gradient, state)\n"
    )
    x, init = _drawn(shape), jax.jit(_loaded(module)["net"].init, static_argnums=2)
    values = tuple(jax.tree.map(np.asarray, tree) for tree in init(jax.random.PRNGKey(3), x, True))
    return Case("haiku", "jax", name, text.strip(), module, None, (*values, x))


_CASES = {"torch.nn": _torch, "keras.layers": _keras, "flax.nnx": _nnx, "flax.linen": _linen, "haiku": _haiku}


def _drawn(shape: tuple[int, ...], seed: int = 0) -> np.ndarray:
    return np.asarray(np.random.default_rng(seed).standard_normal(shape), np.float32)


def _varied(variables: Any) -> Any:
    """Variables of flax with random values; variances stay positive."""
    import jax

    def value(path: Any, old: Any) -> np.ndarray:
        drawn = _drawn(old.shape, len(str(path)))
        return np.asarray(np.abs(drawn) + 0.2 if path[-1].key == "var" else drawn * 0.4, old.dtype)

    return jax.tree_util.tree_map_with_path(value, variables)


def _loaded(text: str) -> dict[str, Any]:
    namespace: dict[str, Any] = {"__name__": "source"}
    exec(text, namespace)  # noqa: S102
    return namespace


def targets(case: Case) -> tuple[str, ...]:
    """The frameworks that a case is converted to."""
    return tuple(target for target in TARGETS if target != case.framework)


def outcomes(case: Case) -> list[Outcome]:
    """A case in every target."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        source = observed(case, _loaded(case.text))
        return [_outcome(case, target, source) for target in targets(case)]


def _outcome(case: Case, target: str, source: Answer) -> Outcome:
    converted = pipeline.convert_text(case.text, case.framework, target)
    if converted.error:
        return Outcome(case, target, "wrong", converted.error)
    refused = [d.message for d in converted.diagnostics if d.grade == "refused"]
    if refused:
        return Outcome(case, target, "refused", refused[0])
    with conformance._loaded(converted, load()[target]) as namespace:
        try:
            found = observed(case, namespace, target, source)
        except NotImplementedError as error:
            return Outcome(case, target, "refused", str(error))
        except Exception as error:  # whatever the converted code raises
            return Outcome(case, target, "wrong", described(error))
    return _compared(case, target, source, found)


def observed(case: Case, namespace: dict[str, Any], target: str = "", source: Answer | None = None) -> Answer:
    """What the source computes, or what a target computes with the source's weights."""
    side = side_of(target or case.framework)
    answer = Answer(mode=source.mode if source else "eval")
    names = Translation()
    obj = namespace["compute"] if case.made is None else _made(namespace["make"], mapped(case.made, side.native))
    answer.is_model = case.made is not None and (side.is_model(obj) or side.name == "numpy")
    if case.made is not None and source is None:
        side.call(obj, case.args, case.kwargs, False)  # layers that make their weights when they are first called
        varied(obj)
        state = read_state(obj)
        answer.made_up = tuple(state.made_up)
        answer.put("state", {name: array.copy() for name, array in state.arrays.items()})
        answer.mode = "train" if steady(side, obj, case.args, case.kwargs) else "eval"
    elif case.made is not None:
        names = _given(obj, side, case, source)
    run_checks(side, obj, case.args, case.kwargs, answer, names, False)
    return answer


def _given(obj: Any, side: Any, case: Case, source: Answer) -> Translation:
    """How the source has the model's arrays, which get the source's values."""
    state = State(source.of("state"), frozenset(source.made_up))
    if sum(1 for _ in slots(obj)) < len(state.arrays):
        side.call(obj, case.args, case.kwargs, False)
    return translated(obj, state) if state.arrays else Translation()


def _made(make: Any, args: tuple[Any, ...]) -> Any:
    parameters = inspect.signature(make).parameters
    if "rngs" not in parameters:
        return make(*args)
    from flax import nnx

    return make(*args, rngs=nnx.Rngs(0))


def _compared(case: Case, target: str, source: Answer, found: Answer) -> Outcome:
    largest = 0.0
    for check in CHECKS:
        wanted, given = source.of(check), found.of(check)
        if not wanted or (target == "numpy" and not given):
            continue
        missing = [name for name in wanted if name not in given]
        if missing:
            status, reason = next(iter(found.skipped.values()), ("", ""))
            if status == "refused":
                return Outcome(case, target, "refused", reason.partition("NotImplementedError: ")[2])
            return Outcome(case, target, "wrong", f"{check}: {', '.join(missing)} missing; {reason}")
        shapes = [name for name in wanted if wanted[name].shape != given[name].shape]
        if shapes:
            return Outcome(case, target, "wrong", f"{check}: other shape of {shapes[0]}")
        largest_of_all = max((np.abs(array).max(initial=0) for array in wanted.values()), default=0)
        by_place = errors(wanted, given, max(NOISE, SCALES.get(check, 0) / max(largest_of_all, 1e-6)))
        place = max(by_place, key=lambda name: by_place[name], default="")
        error = by_place.get(place, 0.0)
        if not error <= TOLERANCE:
            return Outcome(case, target, "wrong", f"{check}: {place} differs by {error:.1e}")
        largest = max(largest, error)
    return Outcome(case, target, "ok", error=largest)


def table(found: list[Outcome]) -> str:
    """Rows of layers, columns of targets: ``ok``, ``refused (reason)`` or ``wrong (reason)``."""
    lines = []
    for source in SOURCES:
        own = [outcome for outcome in found if outcome.case.source == source]
        if own:
            columns = targets(own[0].case)
            lines += ["", f"## {source}", "", f"| layer | cases | {' | '.join(columns)} |", "|---|---:|---|---|---|"]
            lines += [_row(layer, own, columns) for layer in sorted({outcome.case.layer for outcome in own})]
    return "\n".join(lines).strip() + "\n"


def _row(layer: str, found: list[Outcome], columns: tuple[str, ...]) -> str:
    own = [outcome for outcome in found if outcome.case.layer == layer]
    cells = [_cell([outcome for outcome in own if outcome.target == target]) for target in columns]
    return f"| {layer} | {len({outcome.case for outcome in own})} | {' | '.join(cells)} |"


def _cell(found: list[Outcome]) -> str:
    """What became of a layer: the worst of its cases, with the reason."""
    for verdict in ("wrong", "refused"):
        chosen = [outcome for outcome in found if outcome.verdict == verdict]
        if chosen:
            some = f" {len(chosen)} of {len(found)}" if len(chosen) < len(found) else ""
            return f"{verdict}{some} ({' '.join(chosen[0].reason.split())[:90]})"
    return "ok"


def summary(found: list[Outcome]) -> str:
    """Counts of cases for each source and target."""
    lines = ["| from | to | layers | cases | ok | refused | wrong |", "|---|---|---:|---:|---:|---:|---:|"]
    for source, target in dict.fromkeys((outcome.case.source, outcome.target) for outcome in found):
        own = [outcome for outcome in found if (outcome.case.source, outcome.target) == (source, target)]
        counts = [sum(outcome.verdict == verdict for outcome in own) for verdict in ("ok", "refused", "wrong")]
        layers = len({outcome.case.layer for outcome in own})
        lines.append(f"| {source} | {target} | {layers} | {len(own)} | {' | '.join(map(str, counts))} |")
    return "\n".join(lines) + "\n"
