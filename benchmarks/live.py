"""Times of the live API: `loss` and `kornia.enhance.sharpness`, nothing cached and cached; overhead of a call."""

import json
import os
import resource
import shutil
import subprocess
import sys
import tempfile
import timeit
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
LOSS = """
import json, resource, sys, time
import numpy as np, torch, jax, jax.numpy as jnp

def loss(predictions, targets):
    return torch.sqrt(torch.mean((predictions - targets) ** 2))

def written(predictions, targets):
    return jnp.sqrt(jnp.mean((predictions - targets) ** 2))

p, t = jnp.array([3.0, 2.0, 1.0]), jnp.array([0.0, 0.0, 0.0])
written(p, t)  # JAX compiles its operations once: that is not ours
start = time.perf_counter()
import ivy
ivy.transpile
imported = time.perf_counter()
converted = ivy.transpile(loss, source="torch", to="jax")
returned = time.perf_counter()
converted(p, t)
called = time.perf_counter()
ivy.transpile(loss, source="torch", to="jax")(p, t)
again = time.perf_counter()
times = dict(import_ms=imported - start, transpile_ms=returned - imported, first_call_ms=called - returned)
times["again_ms"] = again - called
print(json.dumps({k: round(v * 1e3, 2) for k, v in times.items()}))
"""
LIBRARY = """
import json, resource, time
import kornia, jax, jax.numpy as jnp, numpy as np
import flax.nnx

compiled = [0.0]  # what JAX takes to compile its own operations, which is no other for code written by hand
listen = lambda name, seconds, **_: name.startswith("/jax/core/compile") and compiled.append(seconds)
jax.monitoring.register_event_duration_secs_listener(listen)
img = jnp.asarray(np.random.default_rng(0).random((1, 3, 64, 80), dtype=np.float32))
before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024
start, cpu, compiled[:] = time.perf_counter(), time.process_time(), []
import ivy
sharpness = ivy.transpile(kornia, source="torch", to="jax").enhance.sharpness
found = time.perf_counter()
sharpness(img, 5)
called = time.perf_counter()
times = dict(found_ms=found - start, call_ms=called - found - sum(compiled), jax_compiles_ms=sum(compiled))
times.update(total_without_jax_ms=called - start - sum(compiled))
memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024
print(json.dumps({**{k: round(v * 1e3, 1) for k, v in times.items()}, "peak_mb": memory, "peak_before_mb": before}))
"""


def install(place: str) -> None:
    """Install this working copy into a folder, as users have it: with the installer's list of files, and bytecode."""
    copy = f"{place}/copy"
    shutil.copytree(ROOT, copy, ignore=shutil.ignore_patterns(".*", "*.egg-info", "build", "out"))
    options = ["--no-deps", "--no-build-isolation", "--disable-pip-version-check", "--target", f"{place}/installed"]
    done = subprocess.run([sys.executable, "-m", "pip", "install", *options, copy], capture_output=True, text=True)
    if done.returncode:
        sys.exit(done.stderr)


def run(code: str, place: str) -> dict:
    """What a program measured in a process of its own, from a file, with the copy and the cache of a folder."""
    kept = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}
    own = {"IVY_S2S_CACHE": f"{place}/cache", "PYTHONPATH": f"{place}/installed", "JAX_PLATFORMS": "cpu"}
    with tempfile.NamedTemporaryFile("w", suffix=".py") as file:
        file.write(code)
        file.flush()
        done = subprocess.run([sys.executable, file.name], env={**kept, **own}, capture_output=True, text=True)
    if done.returncode:
        sys.exit(done.stderr)
    return json.loads(done.stdout.splitlines()[-1])


def overhead() -> None:
    """Time of a call through the returned function, less that of the converted function itself."""
    import ivy
    import numpy as np
    import torch

    def first(x, y):
        return torch.is_tensor(x) if x is None else x

    converted = ivy.transpile(first, source="torch", to="numpy")
    a = np.ones(3, np.float32)
    converted(a, a)
    plain = converted.__wrapped__
    count = 500_000
    through = min(timeit.repeat(lambda: converted(a, a), number=count, repeat=5))
    direct = min(timeit.repeat(lambda: plain(a, a), number=count, repeat=5))
    print(f"overhead of a call with two arrays: {(through - direct) / count * 1e9:.0f} ns")


def main() -> None:
    """Print everything; what installing brings, compiled modules and tables, is there before anything is measured."""
    for name, code in (("loss", LOSS), ("kornia.enhance.sharpness", LIBRARY)):
        with tempfile.TemporaryDirectory() as place:
            install(place)
            run(code, place)
            shutil.rmtree(f"{place}/cache/ivy-s2s/live")
            print(f"{name}, nothing cached: {run(code, place)}")
            print(f"{name}, cached:         {run(code, place)}")
    overhead()
    print(f"peak memory of the largest process: {resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss // 1024} MB")


if __name__ == "__main__":
    main()
