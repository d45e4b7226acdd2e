"""rax, a library of ranking losses and metrics in JAX: converted as a whole, it gives the numbers of the source."""

from __future__ import annotations

import functools
import importlib.util
import inspect
import os
import pickle
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
jax = pytest.importorskip("jax")
rax = pytest.importorskip("rax")

TARGETS = ("torch", "tensorflow", "numpy")
LOSSES = sorted(name for name in rax.__all__ if name.endswith("_loss"))
METRICS = sorted(name for name in rax.__all__ if name.endswith("_metric"))
EXAMPLE = {
    "poly1_softmax_loss": 4.217199802398682,
    "softmax_loss": 3.2557516,
    "listmle_loss": 7.3721886,
    "pairwise_hinge_loss": 2.1499999,
    "pairwise_logistic_loss": 1.7905536,
    "ndcg_metric": 0.63092977,
    "mrr_metric": 0.5,
}

# Runs where jax cannot be imported: only the converted library and its framework are there.
RUNNER = """
import pickle, sys
sys.modules["jax"] = None
target, library, jobs, results = sys.argv[1:]
sys.path.insert(0, library)
import numpy as np
import rax
if target == "torch":
    import torch
    to_array, to_numpy = torch.as_tensor, lambda x: x.numpy()
elif target == "tensorflow":
    import tensorflow as tf
    to_array, to_numpy = tf.convert_to_tensor, lambda x: x.numpy()
else:
    to_array = to_numpy = np.asarray

def convert(value):
    if isinstance(value, np.ndarray):
        return to_array(value)
    if isinstance(value, str) and value.startswith("rax."):
        return resolve(value[4:])
    if isinstance(value, list):
        return [convert(item) for item in value]
    return value

def resolve(path):
    found = rax
    for part in path.split("."):
        found = getattr(found, part)
    return found

def run(job):
    name, wrapper, args, kwargs = job
    function = resolve(name)
    if wrapper:
        function = getattr(rax, wrapper[0])(function, **wrapper[1])
    found = function(*map(convert, args), **{k: convert(v) for k, v in kwargs.items()})
    if isinstance(found, (list, tuple)):
        return [np.asarray(to_numpy(part)) for part in found]
    return np.asarray(to_numpy(found))

found = []
for job in pickle.load(open(jobs, "rb")):
    try:
        found.append(run(job))
    except Exception as error:
        found.append(f"{type(error).__name__}: {error}")
pickle.dump(found, open(results, "wb"))
"""


def inputs(seed: int, integer_labels: bool = False) -> dict[str, np.ndarray]:
    """Scores with ties, graded labels, a mask, weights and segments."""
    rng = np.random.default_rng(seed)
    scores = np.round(rng.standard_normal((4, 7)), 1).astype(np.float32)
    labels = rng.integers(0, 4, (4, 7)).astype(np.int32 if integer_labels else np.float32)
    mask = rng.random((4, 7)) > 0.3
    mask[:, 0] = True
    return {
        "scores": scores,
        "labels": labels,
        "where": mask,
        "weights": rng.random((4, 7)).astype(np.float32),
        "segments": rng.integers(0, 3, (4, 7)).astype(np.int32),
    }


def accepted(function, names) -> list[str]:
    """The names among those given that a function takes."""
    parameters = inspect.signature(function).parameters
    return [name for name in names if name in parameters]


def jobs() -> list[tuple]:
    """(function, transformation, arguments, keyword arguments) of everything that is compared."""
    found = []
    for name in (*LOSSES, *METRICS):
        function = getattr(rax, name)
        for seed, options in (
            (0, ()),
            (1, ("where",)),
            (2, ("weights",)),
            (3, ("where", "weights")),
            (4, ("segments",)),
        ):
            if len(accepted(function, options)) < len(options):
                continue
            data = inputs(seed)
            found.append(
                (name, None, [data["scores"], data["labels"]], {o: data[o] for o in options})
            )
            found.append(
                (
                    name,
                    None,
                    [data["scores"], data["labels"]],
                    {o: data[o] for o in options} | {"reduce_fn": None},
                )
            )
        data = inputs(5, integer_labels=True)
        found.append((name, None, [data["scores"], data["labels"]], {}))
        if "topn" in inspect.signature(function).parameters:
            data = inputs(6)
            found.append(
                (name, None, [data["scores"], data["labels"]], {"topn": 3, "where": data["where"]})
            )
        if "lambdaweight_fn" in inspect.signature(function).parameters:
            data = inputs(7)
            for weight in ("labeldiff_lambdaweight", "dcg_lambdaweight", "dcg2_lambdaweight"):
                found.append(
                    (
                        name,
                        None,
                        [data["scores"], data["labels"]],
                        {"lambdaweight_fn": f"rax.{weight}"},
                    )
                )
    return found + utility_jobs()


def utility_jobs() -> list[tuple]:
    data = inputs(8)
    scores, where, segments = data["scores"], data["where"], data["segments"]
    found = [
        ("utils.ranks", None, [scores], {"where": where}),
        ("utils.ranks", None, [scores], {"segments": segments}),
        ("utils.approx_ranks", None, [scores], {"where": where}),
        ("utils.cutoff", None, [scores], {"n": 3, "where": where}),
        ("utils.approx_cutoff", None, [scores], {"n": 3, "where": where}),
        ("utils.approx_cutoff", None, [scores], {"n": 3, "segments": segments}),
        ("_src.utils.sort_by", None, [scores, [data["labels"], data["weights"]]], {"where": where}),
        (
            "_src.utils.sort_by",
            None,
            [scores, [data["labels"], data["weights"]]],
            {"segments": segments},
        ),
    ]
    for reverse in (False, True):
        for axis in (-1, 0):
            options = {"where": where, "reverse": reverse, "axis": axis}
            found.append(("_src.utils.logcumsumexp", None, [scores], options))
    return found


def key_jobs() -> list[tuple]:
    """Functions that draw random numbers from a key."""
    data = inputs(9)
    key = np.array([0, 42], np.uint32)
    return [
        (
            "ndcg_metric",
            None,
            [data["scores"], data["labels"]],
            {"key": key, "where": data["where"]},
        ),
        ("mrr_metric", None, [data["scores"], data["labels"]], {"key": key}),
        ("utils.ranks", None, [data["scores"]], {"key": key}),
        ("_src.utils.sort_by", None, [data["scores"], [data["labels"]]], {"key": key}),
    ]


def expected(job):
    """What the source gives."""
    name, _, args, kwargs = job
    function = functools.reduce(getattr, name.split("."), rax)

    def convert(value):
        if isinstance(value, str) and value.startswith("rax."):
            return getattr(rax, value[4:])
        if isinstance(value, list):
            return [convert(item) for item in value]
        return jax.numpy.asarray(value) if isinstance(value, np.ndarray) else value

    found = function(*map(convert, args), **{k: convert(v) for k, v in kwargs.items()})
    return (
        [np.asarray(part) for part in found]
        if isinstance(found, (list, tuple))
        else np.asarray(found)
    )


@functools.cache
def library(target: str, folder: Path) -> Path:
    """rax converted to a target, in a folder to import it from."""
    source = Path(rax.__file__).parent
    command = [
        sys.executable,
        "-m",
        "ivy",
        str(source),
        "--to",
        target,
        "-o",
        str(folder / target / "rax"),
    ]
    done = subprocess.run(
        [*command, "--exclude", "*_test.py", "--no-cache"],
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return folder / target


@pytest.fixture(scope="module", params=TARGETS)
def converted(request, tmp_path_factory):
    """Runs jobs in the converted library."""
    if importlib.util.find_spec(request.param) is None:
        pytest.skip(f"{request.param} is not installed")
    folder = tmp_path_factory.getbasetemp()
    place = library(request.param, folder)

    def run(jobs):
        work, results = folder / "jobs.pickle", folder / "results.pickle"
        work.write_bytes(pickle.dumps(jobs))
        command = [sys.executable, "-c", RUNNER, request.param, str(place), str(work), str(results)]
        done = subprocess.run(command, capture_output=True, text=True, check=False, cwd=folder)
        assert done.returncode == 0, done.stderr[-2000:]
        return pickle.loads(results.read_bytes())

    return run


def differences(jobs, found, tolerance=1e-5) -> list[str]:
    """What differs from the source, one line each."""
    wrong = []
    for job, result in zip(jobs, found, strict=True):
        label = f"{job[0]} {sorted(job[3])}"
        if isinstance(result, str):
            wrong.append(f"{label}: {result}")
            continue
        wanted = expected(job)
        parts = zip(wanted, result, strict=True) if isinstance(wanted, list) else [(wanted, result)]
        for a, b in parts:
            if a.shape != b.shape or not np.allclose(
                a, b, rtol=tolerance, atol=tolerance, equal_nan=True
            ):
                wrong.append(f"{label}: {b} instead of {a}")
    return wrong


def test_losses_metrics_and_utilities_agree(converted):
    work = jobs()
    assert len(LOSSES) >= 9 and len(METRICS) >= 7 and len(work) > 100
    assert differences(work, converted(work)) == []


def test_random_ties_are_broken_as_in_the_source(converted):
    work = key_jobs()
    assert differences(work, converted(work)) == []


@pytest.mark.parametrize("label_type", [np.float32, np.int32])
def test_figures_of_the_documentation(converted, label_type):
    scores, labels = np.array([2.2, 1.3, 5.4], np.float32), np.array([1, 0, 0], label_type)
    found = converted([(name, None, [scores, labels], {}) for name in EXAMPLE])
    assert not [value for value in found if isinstance(value, str)]
    assert dict(zip(EXAMPLE, map(float, found), strict=True)) == pytest.approx(EXAMPLE, abs=1e-6)


def test_transformations_that_the_source_lost_work(converted):
    """They use a function that newer versions of JAX no longer have; the values are those of rax's documentation."""
    scores, labels = np.array([0.0, 1.0, 3.0, 2.0], np.float32), np.array(
        [0.0, 0.0, 1.0, 2.0], np.float32
    )
    key = np.array([0, 42], np.uint32)
    work = [
        ("ndcg_metric", ("approx_t12n", {}), [scores, labels], {}),
        ("mrr_metric", ("approx_t12n", {}), [scores, labels], {}),
        (
            "mrr_metric",
            ("bound_t12n", {}),
            [scores, np.array([0.0, 1.0, 0.0, 1.0], np.float32)],
            {},
        ),
        (
            "softmax_loss",
            ("segment_t12n", {}),
            [scores, labels],
            {"segments": np.array([0, 0, 1, 1], np.int32)},
        ),
        ("softmax_loss", ("gumbel_t12n", {}), [scores, labels], {"key": key}),
    ]
    found = converted(work)
    assert not [value for value in found if isinstance(value, str)], found
    assert found[0] == pytest.approx(-0.71789175, abs=1e-6)
    assert found[1] == pytest.approx(-0.6965873, abs=1e-6)
    assert found[2] == pytest.approx(-0.33333334, abs=1e-6)
    assert np.isfinite(found[3]) and np.isfinite(found[4])
