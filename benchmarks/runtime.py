"""Run time of converted models over hand-written ones: ``python benchmarks/runtime.py jax``.

``models/sources.py`` is converted, its models get the weights of PyTorch's, and each runs in turn with the model of
``models/<target>_models.py`` that computes the same; a figure is the median of (converted / hand-written) over pairs.
With ``--layout native`` both take images (N, H, W, C). For torch the models come back from a conversion to JAX.
"""

from __future__ import annotations

import argparse
import importlib
import statistics
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import numpy as np

MODELS = Path(__file__).parent / "models"
CASES = {
    "resnet50": ("resnet50", (8, 3, 128, 128)),
    "vit": ("ViT", (8, 3, 96, 96)),
    "lstm": ("SequenceModel", (8, 50, 64)),
}
Step = Callable[[], object]


@contextmanager
def converted(target: str, layout: str) -> Iterator[object]:
    """The module of the models in the target."""
    import ivy

    with tempfile.TemporaryDirectory() as folder:
        options = {} if layout == "source" else {"layout": layout}
        first = "jax" if target == "torch" else target
        source = MODELS / "sources.py"
        report = ivy.source_to_source(source, to=first, out=Path(folder) / "first" / "made.py", **options)
        assert not report.sites["refused"] and not report.errors, report.diagnostics
        place = Path(folder) / "first"
        if target == "torch":
            ivy.source_to_source(place, source="jax", to="torch", out=Path(folder) / "second")
            place = Path(folder) / "second"
        sys.path.insert(0, str(place))
        yield importlib.import_module("made")
        sys.path.remove(str(place))


def state_of(name: str) -> dict[str, np.ndarray]:
    """The weights of PyTorch's model, drawn from a seed."""
    import torch

    sys.path.insert(0, str(MODELS))
    torch.manual_seed(0)
    model = getattr(importlib.import_module("sources"), name)()
    return {k: v.numpy().copy() for k, v in model.state_dict().items() if "num_batches" not in k}


def jax_steps(model, write, state, x, layout) -> dict[str, tuple[Step, Step]]:
    """Inference and training, each converted and hand-written."""
    import jax
    from flax import nnx
    from jax_models import native_weights

    layout = "NHWC" if layout == "native" else "NCHW"
    x, p = jax.numpy.asarray(x), native_weights(state, layout)
    fixed = {k: v for k, v in p.items() if "running" in k}
    learned = {k: v for k, v in p.items() if k not in fixed}
    found = {}
    for train in (False, True):
        (model.train if train else model.eval)()
        graph, params, rest = nnx.split(model, nnx.Param, ...)

        def ours(params, rest, x, graph=graph):
            merged = nnx.merge(graph, params, rest, copy=True)
            y = merged(x)
            return (y**2).mean(), (y, nnx.state(merged, nnx.BatchStat))

        def theirs(learned, fixed, x, train=train):
            y, new = write(learned | fixed, x, train, layout)
            return (y**2).mean(), (y, new)

        if train:
            a = jax.jit(jax.value_and_grad(ours, has_aux=True))
            b = jax.jit(jax.value_and_grad(theirs, has_aux=True))
        else:
            a, b = (jax.jit(lambda *args, f=f: f(*args)[1][0]) for f in (ours, theirs))
        pair = (lambda a=a, params=params, rest=rest: a(params, rest, x), lambda b=b: b(learned, fixed, x))
        found["train" if train else "infer"] = tuple(lambda f=f: jax.block_until_ready(f()) for f in pair)
    return found


def tensorflow_steps(model, write, state, x, layout) -> dict[str, tuple[Step, Step]]:
    """Inference and training, each converted and hand-written."""
    import tensorflow as tf
    from tensorflow_models import native_weights

    x, p = tf.constant(x), native_weights(state)
    learned = [v for k, v in p.items() if "running" not in k]
    layout = "NHWC" if layout == "native" else "NCHW"

    def infer_ours(x):
        return model(x, training=False)

    def infer_theirs(x):
        return write(p, x, False, layout)

    def train(forward, variables):
        def step(x):
            with tf.GradientTape() as tape:
                loss = tf.reduce_mean(forward(x) ** 2)
            return loss, tape.gradient(loss, variables)

        return step

    ours = train(lambda x: model(x, training=True), [v.value for v in model.trainable_variables])
    theirs = train(lambda x: write(p, x, True, layout), learned)
    pairs = {"infer": (infer_ours, infer_theirs), "train": (ours, theirs)}
    done = {k: tuple(tf.function(f) for f in pair) for k, pair in pairs.items()}
    return {k: tuple(lambda f=f: tf.nest.map_structure(np.shape, f(x)) for f in pair) for k, pair in done.items()}


def torch_steps(model, write, state, x, layout) -> dict[str, tuple[Step, Step]]:
    """Inference and training, the model that came back and PyTorch's own, eager and compiled."""
    import torch

    x = torch.from_numpy(x)

    def infer(model):
        def step():
            with torch.no_grad():
                return model.eval()(x)

        return step

    def train(model):
        def step():
            (model.train()(x) ** 2).mean().backward()

        return step

    found = {"infer": (infer(model), infer(write)), "train": (train(model), train(write))}
    try:
        pair = tuple(infer(torch.compile(m)) for m in (model, write))
        for step in pair:
            step()
        found["compiled"] = pair
    except Exception as error:  # no compiler on this machine, or a graph break that it does not support
        print(f"torch.compile: {type(error).__name__}", file=sys.stderr)
    return found


def ratio(ours: Step, theirs: Step, rounds: int) -> tuple[float, float, float]:
    """Median of converted / hand-written over pairs in both orders, and the median milliseconds of each."""
    for step in (ours, theirs, ours, theirs):
        step()
    times: tuple[list[float], list[float]] = ([], [])
    for number in range(rounds):
        for which in ((0, 1), (1, 0))[number % 2]:
            start = time.perf_counter()
            (ours, theirs)[which]()
            times[which].append(time.perf_counter() - start)
    ratios = [a / b for a, b in zip(*times, strict=True)]
    return statistics.median(ratios), *(statistics.median(column) * 1e3 for column in times)


def outputs_agree(steps: tuple[Step, Step]) -> None:
    """Raise when the two do not compute the same."""
    ours, theirs = (np.asarray(step()) for step in steps)
    if ours.shape:
        np.testing.assert_allclose(ours, theirs, atol=2e-4, rtol=1e-3)


def load(model, target: str, state: dict[str, np.ndarray]) -> None:
    """Give a converted model the weights of the source."""
    import ivy

    own = {k: v for k, v in state.items()}
    if target == "torch":
        import torch

        model.load_state_dict({k: torch.from_numpy(v) for k, v in own.items()}, strict=False)
        return
    counters = {k.replace("running_mean", "num_batches_tracked"): np.array(0) for k in own if "running_mean" in k}
    ivy.load_weights(model, own | counters)


def overhead() -> tuple[float, float]:
    """Microseconds of a converted function and of the same by hand, in JAX without compilation: the least of many."""
    import ivy
    import torch
    from jax import numpy as jnp

    def loss(x: torch.Tensor, y: torch.Tensor) -> torch.Tensor:
        return torch.sqrt(torch.mean((x - y) ** 2))

    def written(x, y):
        return jnp.sqrt(jnp.mean((x - y) ** 2))

    x, y = jnp.ones(4), jnp.zeros(4)
    functions = (ivy.transpile(loss, source="torch", to="jax"), written)
    times: tuple[list[float], list[float]] = ([], [])
    for _ in range(400):
        for function, column in zip(functions, times, strict=True):
            start = time.perf_counter()
            for _ in range(20):
                function(x, y)
            column.append((time.perf_counter() - start) / 20)
    return min(times[0]) * 1e6, min(times[1]) * 1e6


def main() -> None:
    """Print a line per model and mode."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("target", choices=("jax", "tensorflow", "torch", "overhead"))
    parser.add_argument("--layout", choices=("source", "native"), default="source")
    parser.add_argument("--rounds", type=int, default=20)
    parser.add_argument("--noise", action="store_true", help="measure the hand-written model over itself as well")
    parser.add_argument("--models", nargs="*", default=list(CASES))
    options = parser.parse_args()
    if options.target == "overhead":
        ours, theirs = overhead()
        print(f"call of a converted function {ours:.2f} us, by hand {theirs:.2f} us, {ours - theirs:.2f} more")
        return
    make = {"jax": jax_steps, "tensorflow": tensorflow_steps, "torch": torch_steps}[options.target]
    with converted(options.target, options.layout) as module:
        for name in options.models:
            constructor, shape = CASES[name]
            state = state_of(constructor)
            x = np.random.default_rng(0).random(shape, np.float32)
            x = x.transpose(0, 2, 3, 1).copy() if options.layout == "native" and x.ndim == 4 else x
            model = getattr(module, constructor)()
            load(model, options.target, state)
            if options.target == "torch":
                by_hand = getattr(importlib.import_module("sources"), constructor)()
                load(by_hand, "torch", state)
            else:
                by_hand = importlib.import_module(f"{options.target}_models").MODELS[name]
            steps = make(model, by_hand, state, x, options.layout)
            outputs_agree(steps["infer"])
            for mode, pair in steps.items():
                value, ours, theirs = ratio(*pair, options.rounds)
                line = f"{options.target:11}{name:10}{mode:9}{value:7.3f}  {ours:9.2f} / {theirs:.2f} ms"
                if options.noise:
                    line += f"  (by hand over itself {ratio(pair[1], pair[1], options.rounds)[0]:.3f})"
                print(line, flush=True)


if __name__ == "__main__":
    main()
