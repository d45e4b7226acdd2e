"""The examples of the specification, each in a process of its own: ``python specification_runner.py [EXAMPLE ...]``.

With one name, that example is run here and its result is compared with what the source framework computes. With more
or none, each is run in a fresh process, and a table of outcomes is printed.
"""

from __future__ import annotations

import functools
import os
import shutil
import subprocess
import sys
import tempfile
import time
import types
from pathlib import Path

EXAMPLES = Path(__file__).parent / "specification"
PACKAGES = EXAMPLES / "packages"
MADMOM = Path(os.environ.get("MADMOM_SOURCE", "")) / "madmom" / "audio" / "filters.py"
FIGURES = {"loss": 2.160246899469287, "rax": 4.217199802398682}
ARRAYS = {"torch": ("torch",), "tensorflow": ("tensorflow",), "jax": ("jax", "jaxlib"), "haiku": ("jax", "jaxlib")}


def names() -> list[str]:
    """The examples by name."""
    return sorted(path.stem for path in EXAMPLES.glob("*.py"))


def packages_of(name: str) -> set[str]:
    """The packages that an example imports."""
    lines = (EXAMPLES / f"{name}.py").read_text(encoding="utf-8").splitlines()
    heads = {line.split()[1].split(".")[0] for line in lines if line.startswith(("import ", "from "))}
    return heads - {"deepmind_perceiver_io", "madmom", "os"}


def run(name: str, timeout: int = 600) -> tuple[bool, str, float]:
    """Whether an example passes in a fresh process, its last line, and the seconds it took."""
    environment = {**os.environ, "TF_CPP_MIN_LOG_LEVEL": "3", "JAX_PLATFORMS": "cpu"}
    started = time.perf_counter()
    command = [sys.executable, "-W", "ignore", __file__, name]
    done = subprocess.run(command, env=environment, capture_output=True, text=True, timeout=timeout)
    lines = (done.stdout if done.returncode == 0 else done.stderr).strip().splitlines() or [""]
    return done.returncode == 0, lines[-1], time.perf_counter() - started


def table(chosen: list[str]) -> str:
    """A line for each example: its outcome, seconds, and what was compared or raised."""
    rows = [f"{'example':34}{'outcome':10}{'seconds':>8}  result"]
    for name in chosen:
        passed, line, seconds = run(name)
        rows.append(f"{name:34}{'passed' if passed else 'FAILED':10}{seconds:8.1f}  {line}")
    return "\n".join(rows)


def run_here(name: str) -> str:
    """Run one example in this process and check what it gives; a line that says what was compared."""
    _register_torchvision(name)
    sys.path.insert(0, str(PACKAGES))
    with tempfile.TemporaryDirectory() as folder:
        if MADMOM.is_file():
            _real_madmom(Path(folder))
        import ivy

        calls: list[tuple[object, object]] = []
        original = ivy.transpile
        ivy.transpile = _recording(original, calls)
        main = types.ModuleType("__main__")
        path = EXAMPLES / f"{name}.py"
        main.__file__ = str(path)
        sys.modules["__main__"] = main
        _seed(name)
        exec(compile(path.read_text(encoding="utf-8"), str(path), "exec"), vars(main))
        return _checked(name, vars(main), calls)


def _register_torchvision(name: str) -> None:
    """Define the compiled operators that a build of torchvision may lack: timm imports it."""
    if name.startswith("timm"):
        import torch

        library = torch.library.Library("torchvision", "DEF")
        try:
            library.define("nms(Tensor dets, Tensor scores, float iou_threshold) -> Tensor")
            library.define("qnms(Tensor dets, Tensor scores, float iou_threshold) -> Tensor")
        except RuntimeError:
            pass  # a whole build registers them itself
        _register_torchvision.kept = library  # type: ignore[attr-defined]


def _real_madmom(folder: Path) -> None:
    """The published text of the filters instead of the stand-in; the rest of that library needs compiled parts."""
    for package in ("madmom", "madmom/audio"):
        (folder / package).mkdir()
        (folder / package / "__init__.py").write_text("")
    (folder / "madmom/processors.py").write_text("class Processor:\n    pass\n")
    shutil.copy(MADMOM, folder / "madmom/audio/filters.py")
    sys.path.insert(0, str(folder))


def _recording(function, calls):
    """The function, whose first arguments and results are kept."""

    @functools.wraps(function)
    def recorded(obj, *args, **kwargs):
        result = function(obj, *args, **kwargs)
        calls.append((obj, result))
        return result

    return recorded


def _seed(name: str) -> None:
    import numpy as np

    np.random.seed(0)
    if "torch" in packages_of(name):
        import torch

        torch.manual_seed(0)
    if "tensorflow" in packages_of(name):
        import tensorflow as tf

        tf.random.set_seed(0)


def _checked(name: str, space: dict, calls: list) -> str:
    """Compare an example's results with the source framework's, within 1e-4."""
    if "_model_in_" in name or name.startswith("perceiver"):
        return _checked_model(name, space, *calls[0])
    if name == "any_backend":
        return _compared(space["z"], [4, 4, 4], "torch")
    if name == "eager_and_lazy":
        return _compared(space["ret"], 3.0, "torch")
    if name == "dot_and_mean":
        return _compared(space["ret"], [16.0, 30.0, 44.0], "torch")
    target = name.rpartition("_in_")[2]
    for part, figure in FIGURES.items():
        if part in name.split("_"):
            return _compared(space["out"], figure, target)
    return _compared(space["out"], _of_source(name, space), target)


def _of_source(name: str, space: dict):
    """What the library itself computes from the same values."""
    import numpy as np

    if name.startswith("kornia"):
        import kornia
        import torch

        return kornia.enhance.sharpness(torch.tensor(np.asarray(space["img"], np.float32)), 5)
    if name.startswith("segmentation_models"):
        import tensorflow as tf

        return space["sm"].metrics.iou_score(*(tf.constant(np.asarray(space[n])) for n in ("output", "target")))
    with np.errstate(divide="ignore"):
        return 12 * np.log2(np.arange(20) * 10 / 440) + 69


def _compared(found, wanted, target: str) -> str:
    """Fail unless the result is the target's array with these values."""
    import numpy as np

    assert type(found).__module__.split(".")[0] in ARRAYS.get(target, (target,)), type(found)
    found, wanted = (_plain(value) for value in (found, wanted))
    np.testing.assert_allclose(found, wanted, rtol=1e-4, atol=1e-4)
    finite = np.isfinite(wanted)
    return f"largest difference {np.abs(found - wanted, where=finite, out=np.zeros_like(wanted)).max():.1e}"


def _plain(value):
    import numpy as np

    return np.asarray(value.detach().numpy() if hasattr(value, "detach") else value, np.float64)


def _checked_model(name: str, space: dict, source, converted) -> str:
    """Same numbers as the source, the classifier's shape, and gradients that reach the encoder's parameters."""
    import numpy as np

    target = name.rpartition("_in_")[2]
    shape = (1, 3, 224, 224) if not name.startswith("keras") else (1, 224, 224, 3)
    x = np.random.default_rng(0).random(shape, dtype=np.float32)
    wanted = _plain(_source_output(name, space, source, x))
    scale = np.abs(wanted).max()
    classes = {"keras_model_in_torch": (1, 8, 8, 20), "keras_model_in_haiku": (1, 7, 7, 1000)}
    wanted_shape = classes.get(name, (1, 20) if name.startswith("perceiver") else (1, 1000))
    assert tuple(space["ret"].shape) == wanted_shape, space["ret"].shape
    found, reached, count = _GRADIENTS[target](space, converted, x)
    assert reached == count > 0, f"gradients reach {reached} of {count} parameters of the encoder"
    line = _compared(found / scale, wanted / scale, target)
    return f"{line}, gradients reach all {count} parameters of the encoder"


def _source_output(name: str, space: dict, source, x):
    if name.startswith("perceiver"):
        return source.apply(space["params"], space["key"], images=x)
    if name.startswith("timm"):
        import torch

        with torch.no_grad():
            return source(torch.from_numpy(x))
    return source(x)


def _torch_gradients(space: dict, encoder, x):
    import torch

    classifier = space["classifier"]
    with torch.no_grad():
        found = encoder(torch.from_numpy(x))
    classifier(torch.from_numpy(x)).square().sum().backward()
    parameters = list(encoder.parameters())
    assert {id(p) for p in parameters} <= {id(p) for p in classifier.parameters()}
    return found, sum(p.grad is not None and bool(torch.isfinite(p.grad).all()) for p in parameters), len(parameters)


def _keras_gradients(space: dict, encoder, x):
    import tensorflow as tf

    classifier = space.get("classifier", space.get("model"))
    found = encoder(tf.constant(x))
    weights = encoder.trainable_variables
    assert {id(w) for w in weights} <= {id(w) for w in classifier.trainable_variables}
    with tf.GradientTape() as tape:
        loss = tf.reduce_sum(tf.square(classifier(tf.constant(x))))
    values = [getattr(weight, "value", weight) for weight in weights]
    gradients = tape.gradient(loss, values)
    finite = [g is not None and bool(tf.reduce_all(tf.math.is_finite(g))) for g in gradients]
    return found, sum(finite), len(weights)


def _haiku_gradients(space: dict, encoder, x):
    import haiku as hk
    import jax
    import jax.numpy as jnp

    alone = hk.transform(lambda x: encoder()(x))
    found = alone.apply(alone.init(None, x), None, x)
    apply, params = space["forward_classifier"].apply, space["params"]
    gradients = jax.grad(lambda params: jnp.sum(apply(params, None, x) ** 2))(params)
    own = [g for module, values in gradients.items() if not module.endswith("/linear") for g in values.values()]
    return found, sum(bool(jnp.isfinite(g).all()) and bool(jnp.any(g != 0)) for g in own), len(own)


_GRADIENTS = {"torch": _torch_gradients, "tensorflow": _keras_gradients, "haiku": _haiku_gradients}


if __name__ == "__main__":
    if len(sys.argv) == 2:
        print(run_here(sys.argv[1]))
    else:
        print(table(sys.argv[1:] or names()))
