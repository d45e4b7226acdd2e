"""The ``ivy-s2s`` command: options, progress and exit codes; the work is done in ``s2s``."""

from __future__ import annotations

import signal
import sys
from contextlib import contextmanager
from pathlib import Path

import click

TARGETS = ("jax", "tensorflow", "numpy", "torch", "ivy", "haiku")
_ALIASES = {
    "tf": "tensorflow", "keras": "tensorflow", "flax": "jax", "nnx": "jax", "pytorch": "torch", "np": "numpy",
    "hk": "haiku",
}  # fmt: skip
_SETTINGS = {
    "to": (str, "a framework's name"),
    "from": (str, "a framework's name"),
    "out": (str, "a path"),
    "exclude": (list, "a list of patterns"),
    "jobs": (int, "a whole number"),
    "layout": (str, "source or native"),
    "line-length": (int, "a whole number"),
}


_CONTEXT = {"help_option_names": ["-h", "--help"], "max_content_width": 100}


class _Convert(click.Command):
    """The command, which hands ``explain ...`` and the like to the command of that name unless that is a path here."""

    def main(self, args=None, prog_name=None, *rest, **extra):
        args = list(sys.argv[1:] if args is None else args)
        command = _commands().get(args[0]) if args and not Path(args[0]).exists() else None
        if command is not None:
            return command.main(args[1:], f"ivy-s2s {args[0]}", *rest, **extra)
        return super().main(args, prog_name, *rest, **extra)


def _commands():
    return {"explain": explain_command, "verify": verify_command, "weights": weights_command}


@click.command(context_settings=_CONTEXT)
@click.argument("name")
@click.option("--to", "target", metavar="T", required=True, help=f"Target framework: {', '.join(TARGETS)}.")
def explain_command(name, target):
    """Say how NAME (such as torch.std) is converted: what it means, how it is written, what differs."""
    from .s2s.discover import InputError
    from .s2s.explain import explain

    try:
        click.echo(explain(name, _framework(target, "--to")))
    except InputError as error:
        click.echo(f"ivy-s2s: {error}", err=True)
        sys.exit(2)


@click.command(context_settings=_CONTEXT)
@click.argument("checkpoint", type=click.Path(path_type=Path))
@click.option("-o", "--out", type=click.Path(path_type=Path), required=True, help="The file to write.")
@click.option(
    "--from", "source", metavar="S", required=True, help="Framework of the checkpoint; also nnx, linen, haiku."
)
@click.option("--to", "target", metavar="T", required=True, help="Framework of the model; also nnx, linen, haiku.")
@click.option(
    "--model", metavar="PKG.MODULE:CLASS", required=True, help="The converted class, or a function that makes it."
)
@click.option("--model-args", metavar="JSON", help='Its arguments: [3, 10] or {"dim": 3}.')
@click.option(
    "--inputs", metavar="SPEC", help="Inputs such as x=float32[1,8], for models that size weights when called."
)
@click.option("--names", metavar="JSON", help='The source\'s names of modules: {"conv1": "Conv_0"}.')
@click.option("--assume", metavar="JSON", help='What a state does not show: {"transpose_kernel": false}.')
@click.option("--map", "map_file", type=click.Path(path_type=Path), metavar="FILE.json", help="Write the map as JSON.")
def weights_command(checkpoint, out, source, target, map_file, **told):
    """Convert CHECKPOINT, a state of the source model, into one of the converted model.

    Reads .safetensors, .pt, .pth and .bin, .npz, .h5 and .keras, .msgpack, indices of shards, checkpoints of TensorFlow
    and folders of orbax; writes what the target reads.
    """
    from .s2s.discover import InputError
    from .s2s.weights_command import Request, as_json, as_table, convert_checkpoint

    try:
        source, target = (
            name if name in ("nnx", "linen", "haiku") else _framework(name, option)
            for name, option in ((source, "--from"), (target, "--to"))
        )
        report = convert_checkpoint(Request(checkpoint, out, source, target, **told))
    except (InputError, OSError) as error:
        click.echo(f"ivy-s2s: {error}", err=True)
        sys.exit(2)
    if map_file is not None:
        map_file.write_text(as_json(report), encoding="utf-8")
    click.echo(as_table(report))
    click.echo(f"{len(report.loaded)} arrays written to {out}")


@click.command(context_settings=_CONTEXT)
@click.argument("out", type=click.Path(path_type=Path))
@click.option(
    "--against", type=click.Path(path_type=Path), required=True, metavar="SRC", help="What OUT was converted from."
)
@click.option(
    "--entry",
    "entries",
    multiple=True,
    metavar="MODULE:NAME",
    help="A function or class, also NAME(3, width=8) or a pattern.",
)
@click.option(
    "--inputs", default="", metavar="SPEC", help="x=float32[2,3,32,32],ids=int64[2,8]<100,n=3; or a .json or .py file."
)
@click.option("--from", "source", metavar="S", help="Framework of SRC; found when not given.")
@click.option("--to", "target", metavar="T", help="Framework of OUT; found when not given.")
@click.option(
    "--tolerance",
    type=float,
    default=1e-4,
    show_default=True,
    help="Largest relative error of a result; ten times for gradients.",
)
@click.option("--json", "json_file", type=click.Path(path_type=Path), metavar="FILE", help="Write all checks as JSON.")
@click.option("--setup", type=click.Path(path_type=Path), metavar="FILE.py", help="Run first in the source's process.")
@click.option("--no-compile", is_flag=True, help="Leave out torch.compile, jit and tf.function.")
@click.option("--timeout", type=float, default=300, show_default=True, help="Seconds for one entry on one side.")
@click.option("--budget", type=float, default=1800, show_default=True, help="Seconds for all.")
@click.option("--jobs", type=click.IntRange(1), default=1, show_default=True, help="Pairs of processes at a time.")
@click.option("-v", "--verbose", is_flag=True, help="Also print every entry that was not compared.")
def verify_command(out, against, json_file, no_compile, verbose, source, target, **options):
    """Show that OUT computes what SRC does: results, gradients, a training step, compiled.

    Each side runs in a process of its own with the same weights and inputs; entries and inputs are found in the
    project's tests, docstrings and layers where they are not given.

    Exit codes: 0 equal, 1 a difference or nothing compared, 2 usage or input error, 3 no difference but the time was
    over for some, 130 interrupted before a difference was found.
    """
    from .s2s.discover import InputError
    from .s2s.verify.command import verify
    from .s2s.verify.showing import as_json, as_table

    options["compiled"] = not no_compile
    try:
        for name, given, option in (("source", source, "--from"), ("target", target, "--to")):
            options[name] = _framework(given, option) if given else ""
        with _progress("comparing") as progress, _interruptible():
            found = verify(out, against, progress=progress, **options)
    except (InputError, OSError) as error:
        click.echo(f"ivy-s2s: {error}", err=True)
        sys.exit(2)
    if json_file is not None:
        json_file.write_text(as_json(found), encoding="utf-8")
    click.echo(as_table(found, verbose))
    sys.exit(found.exit_code)


@contextmanager
def _interruptible():
    """SIGTERM, by which machines end what takes too long, stops as Ctrl-C does."""

    def interrupt(*_):
        raise KeyboardInterrupt

    before = signal.signal(signal.SIGTERM, interrupt)
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, before)


@click.command(cls=_Convert, context_settings=_CONTEXT)
@click.argument("src", type=click.Path(path_type=Path))
@click.option("--to", "target", metavar="T", help=f"Target framework: {', '.join(TARGETS)}.")
@click.option("--from", "source", metavar="S", help="Source framework; found per file when not given.")
@click.option("-o", "--out", type=click.Path(path_type=Path), help="Where to write; default: SRC's name with _T.")
@click.option("--exclude", multiple=True, metavar="GLOB", help="Leave out files that match, relative to SRC.")
@click.option("--diff", is_flag=True, help="Print a unified diff and write nothing.")
@click.option("--check", is_flag=True, help="Write nothing; exit 1 when OUT is not what would be written.")
@click.option("--report", type=click.Path(path_type=Path), metavar="FILE.json", help="Write the report as JSON.")
@click.option(
    "--rng",
    type=click.Choice(["exact"]),
    default="exact",
    expose_value=False,
    help="How keys of jax.random draw: exact, the very numbers of the source (the only way).",
)
@click.option(
    "--layout",
    type=click.Choice(["source", "native"]),
    help="source keeps images as they are; native rewrites models to (N, ..., C) where that is proven.",
)
@click.option("--jobs", type=click.IntRange(0), default=None, help="Processes; default: one per core.")
@click.option("--no-cache", is_flag=True, help="Convert anew even when nothing changed.")
@click.option("-v", "--verbose", is_flag=True, help="Print every diagnostic.")
@click.version_option(package_name="ivy-s2s")
def main(src, target, source, out, exclude, diff, check, report, layout, jobs, no_cache, verbose):
    """Convert SRC (a Python file, a package or a repository) to another ML framework.

    ``ivy-s2s explain NAME --to T`` says how one API is converted, ``ivy-s2s weights`` converts a checkpoint,
    ``ivy-s2s verify`` shows that the converted code computes the same.

    Exit codes: 0 all converted, 1 converted with refusals (or --check found differences), 2 usage or input error.
    """
    from .s2s.discover import InputError

    try:
        sys.exit(_run(src, target, source, out, exclude, diff, check, report, layout, jobs, no_cache, verbose))
    except InputError as error:
        click.echo(f"ivy-s2s: {error}", err=True)
        sys.exit(2)
    except OSError as error:
        place = f"{error.filename}: " if error.filename else ""
        click.echo(
            f"ivy-s2s: {place}{error.strerror}; nothing was written, make room or choose another place", err=True
        )
        sys.exit(2)


def _run(src, target, source, out, exclude, diff, check, report_file, layout, jobs, no_cache, verbose) -> int:
    from .s2s import write
    from .s2s.discover import InputError
    from .s2s.pipeline import run

    settings = _configuration(src)
    target = _framework(target or settings.get("to"), "--to")
    source = _framework(source or settings.get("from"), "--from") if source or settings.get("from") else ""
    place = out or (Path(settings["out"]) if "out" in settings else None)
    place = write.place_of(src, target, place)
    if not src.exists():
        raise InputError(f"{src}: no such file or directory; give a Python file, a package or a repository")
    if not (diff or check):
        write.check_place(src, place)
    patterns = (*settings.get("exclude", ()), *exclude)
    count = jobs if jobs is not None else settings.get("jobs", 0)
    layout = layout or settings.get("layout", "source")
    width = settings.get("line-length", 0)
    with _progress() as progress:
        result = run(src, target, source, patterns, count, not no_cache, progress, width, layout)
    report = result.report
    if not report.files and not report.errors:
        raise InputError(f"{src}: holds no Python files; give a Python file, a package or a repository")
    if report_file is not None:
        report_file.parent.mkdir(parents=True, exist_ok=True)
        report_file.write_text(write.report_json(report), encoding="utf-8")
    if diff:
        click.echo(write.unified_diff(result), nl=False)
        return report.exit_code
    if check:
        wrong = write.differences(result, src, place)
        for line in wrong:
            click.echo(line)
        return 1 if wrong else 0
    if src.is_file() and report.errors and not report.converted:
        _summary(report, None, verbose)
        return 2
    if src.is_file():
        write.write_file(result, src, place)
    else:
        write.write_tree(result, place)
    _summary(report, place, verbose)
    return report.exit_code


def _framework(name: str | None, option: str) -> str:
    from .s2s.discover import InputError

    known = ", ".join(TARGETS)
    if not name:
        raise InputError(f"{option} is missing; choose one of {known}")
    name = _ALIASES.get(name.lower(), name.lower())
    if name not in TARGETS:
        raise InputError(f"{option} {name}: unknown framework; choose one of {known}")
    return name


def _configuration(src: Path) -> dict:
    """``[tool.ivy-s2s]`` of the nearest pyproject.toml at or above the source."""
    start = src.resolve()
    for folder in (start, *start.parents)[:4]:
        path = folder / "pyproject.toml"
        if path.is_file():
            return _checked(_read_toml(path).get("tool", {}).get("ivy-s2s", {}), path)
    return {}


def _read_toml(path: Path) -> dict:
    from .s2s.discover import InputError
    from .s2s.toml_files import read_toml

    try:
        return read_toml(path)
    except (ValueError, OSError) as error:
        raise InputError(f"{path}: {error}; correct the file") from error


def _checked(settings: dict, path: Path) -> dict:
    from .s2s.discover import InputError

    unknown = sorted(set(settings) - set(_SETTINGS))
    if unknown:
        known = ", ".join(_SETTINGS)
        raise InputError(f"{path}: [tool.ivy-s2s] has unknown settings {', '.join(unknown)}; known: {known}")
    for name, value in settings.items():
        kind, words = _SETTINGS[name]
        patterns = kind is list and isinstance(value, list) and all(isinstance(item, str) for item in value)
        if not (patterns or (kind is not list and type(value) is kind)):
            raise InputError(f"{path}: [tool.ivy-s2s] {name} must be {words}")
    return settings


class _progress:
    """A progress bar on a terminal, nothing when piped."""

    def __init__(self, doing="converting"):
        self.doing = doing

    def __enter__(self):
        if not sys.stderr.isatty():
            return None
        from rich.console import Console
        from rich.progress import Progress

        self.bar = Progress(console=Console(stderr=True), transient=True)
        self.bar.start()
        self.task = self.bar.add_task(self.doing, total=None)
        return lambda done, total: self.bar.update(self.task, completed=done, total=total)

    def __exit__(self, *exc):
        if hasattr(self, "bar"):
            self.bar.stop()


def _summary(report, place, verbose: bool) -> None:
    for message in report.errors:
        click.echo(f"ivy-s2s: {message}", err=True)
    shown = report.diagnostics if verbose else [d for d in report.diagnostics if d.grade == "refused"][:20]
    for diagnostic in shown:
        click.echo(str(diagnostic))
    hidden = len(report.diagnostics) - len(shown)
    if hidden and not verbose:
        click.echo(f"... and {hidden} more diagnostics; see them with --verbose or --report FILE.json")
    for outcome in report.layouts:
        click.echo(str(outcome))
    counts = ", ".join(f"{number} {grade}" for grade, number in report.sites.items() if number)
    rate = report.lines / max(report.seconds, 1e-9)
    click.echo(
        f"{report.converted} of {max(report.files, report.converted)} files converted to {report.target} "
        f"({report.lines} lines in {report.seconds:.1f} s, {rate:,.0f} lines/s): {counts or 'no sites'}"
    )
    if place is not None:
        click.echo(f"written to {place}")
