"""Speed and memory on real code: the installed ``timm/models``, converted cold and warm.

    python benchmarks/throughput.py [--to jax] [PATH]

Prints lines per second (formatting and writing included), the peak memory of the largest process, the time of
``ivy-s2s --help`` and the time for a file with one function. Every figure is of a process of its own.
"""

import argparse
import importlib.util
import json
import os
import resource
import subprocess
import sys
import tempfile
import time
from pathlib import Path

ONE_FUNCTION = "import torch\n\n\ndef f(x: torch.Tensor):\n    return torch.sum(x, dim=1)\n"


def timed(command, cache, folder):
    """Seconds of a command with the given cache folder."""
    env = {**os.environ, "IVY_S2S_CACHE": str(cache)}
    started = time.perf_counter()
    subprocess.run(command, env=env, cwd=folder, check=False, stdout=subprocess.DEVNULL)
    return time.perf_counter() - started


def peak_memory():
    """Peak resident memory, in MB, of the largest process that was started so far."""
    return resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / 1024


def best(command, cache, folder, times=5):
    """The shortest of several runs, in seconds: the others had to wait for the machine."""
    return min(timed(command, cache, folder) for _ in range(times))


def main():
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("path", nargs="?", type=Path)
    parser.add_argument("--to", default="jax")
    options = parser.parse_args()
    path = options.path
    if path is None:
        found = importlib.util.find_spec("timm")
        if found is None:
            sys.exit("timm is not installed; give a PATH")
        path = Path(found.origin).parent / "models"
    with tempfile.TemporaryDirectory() as name:
        measure(path.resolve(), options.to, Path(name))


def measure(path, target, folder):
    """All figures, a line each."""
    ivy = [sys.executable, "-m", "ivy"]
    report = folder / "report.json"
    command = [*ivy, str(path), "--to", target, "-o", str(folder / "out"), "--report", str(report)]
    cold = timed(command, folder / "cache", folder)
    lines = json.loads(report.read_text())["lines"]
    memory = peak_memory()
    warm = best(command, folder / "cache", folder, 3)
    (folder / "one.py").write_text(ONE_FUNCTION)
    single = [*ivy, "one.py", "--to", target, "-o", "one_out.py", "--no-cache"]
    print(f"{path}: {lines:,} lines to {target}, {os.cpu_count()} cores")
    print(f"cold:         {cold:7.2f} s  {lines / cold:9,.0f} lines/s")
    print(f"unchanged:    {warm:7.2f} s  {lines / warm:9,.0f} lines/s")
    print(f"peak memory:  {memory:7.0f} MB in the largest process")
    print(f"--help:       {best([*ivy, '--help'], folder / 'cache', folder):7.2f} s")
    print(f"one function: {best(single, folder / 'cache', folder):7.2f} s")


if __name__ == "__main__":
    main()
