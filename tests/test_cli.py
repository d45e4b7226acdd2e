"""The command line: options, exit codes, reports, determinism, and what is copied or left alone."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
from click.testing import CliRunner
from ivy.cli import main

SOURCE = {
    "pkg/__init__.py": "from .ops import scale\n",
    "pkg/ops.py": "import torch\n\n\ndef scale(x: torch.Tensor):\n    return torch.sum(x, dim=1) * 2\n",
    "pkg/plain.py": "ANSWER = 42\n",
    "README.md": "# pkg\n",
    "data/table.csv": "a,b\n1,2\n",
}
OPS_JAX = """import jax
import jax.numpy as jnp


def scale(x: jax.Array):
    return jnp.sum(x, axis=1) * 2
"""
REFUSED = "import torch\n\n\ndef save(x):\n    torch.hub.list(x)\n"


def write(folder: Path, files: dict) -> Path:
    """Write text (or bytes) files below a folder."""
    for name, text in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(text if isinstance(text, bytes) else text.encode())
    return folder


def tree(folder: Path) -> dict:
    """Relative path -> bytes of every file below a folder."""
    return {p.relative_to(folder).as_posix(): p.read_bytes() for p in sorted(folder.rglob("*")) if p.is_file()}


def ivy_s2s(*args):
    """Run the command in this process."""
    return CliRunner().invoke(main, [str(a) for a in args])


@pytest.fixture
def repo(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    return write(tmp_path / "repo", SOURCE)


def test_converts_a_repository_and_copies_the_rest(repo, tmp_path):
    before = tree(repo)
    result = ivy_s2s(repo, "--to", "jax", "-o", tmp_path / "out")
    assert result.exit_code == 0, result.output
    found = tree(tmp_path / "out")
    assert found.pop(".ivy-s2s.json")
    assert found == {**before, "pkg/ops.py": OPS_JAX.encode()}
    assert tree(repo) == before


def test_default_place_is_beside(repo, tmp_path):
    assert ivy_s2s(repo, "--to", "numpy").exit_code == 0
    assert (tmp_path / "repo_numpy/pkg/ops.py").exists()
    assert ivy_s2s(repo / "pkg/ops.py", "--to", "jax").exit_code == 0
    assert (tmp_path / "ops_jax.py").read_text() == OPS_JAX


def test_exit_code_1_with_refusals(repo, tmp_path):
    write(repo, {"pkg/io.py": REFUSED})
    result = ivy_s2s(repo, "--to", "jax", "-o", tmp_path / "out")
    assert result.exit_code == 1
    assert "pkg/io.py:5:4: S2S100 torch.hub.list: " in result.output


@pytest.mark.parametrize(
    "arguments, message",
    [
        (["missing", "--to", "jax"], "missing: no such file or directory; give a Python file, a package or a repository"),
        (["repo"], "--to is missing; choose one of jax, tensorflow, numpy, torch, ivy, haiku"),
        (["repo", "--to", "cobol"], "--to cobol: unknown framework; choose one of jax, tensorflow, numpy, torch, ivy, haiku"),
        (["repo", "--to", "jax", "--from", "x"], "--from x: unknown framework; choose one of jax, tensorflow, numpy, torch, ivy, haiku"),
        (["repo/README.md", "--to", "jax"], "repo/README.md: not a Python file; give a .py file, a package or a repository"),
        (["repo/data", "--to", "jax"], "repo/data: holds no Python files; give a Python file, a package or a repository"),
    ],
)  # fmt: skip
def test_usage_errors(repo, arguments, message):
    result = ivy_s2s(*arguments)
    assert (result.exit_code, result.output) == (2, f"ivy-s2s: {message}\n")


def test_unknown_option_is_a_usage_error(repo):
    assert ivy_s2s(repo, "--colour").exit_code == 2


def test_diff_writes_nothing(repo, tmp_path):
    result = ivy_s2s(repo / "pkg/ops.py", "--to", "jax", "-o", tmp_path / "x.py", "--diff")
    assert result.exit_code == 0
    assert result.output == (
        "--- a/ops.py\n+++ b/ops.py\n@@ -1,5 +1,6 @@\n-import torch\n+import jax\n+import jax.numpy as jnp\n \n \n"
        "-def scale(x: torch.Tensor):\n-    return torch.sum(x, dim=1) * 2\n"
        "+def scale(x: jax.Array):\n+    return jnp.sum(x, axis=1) * 2\n"
    )
    assert not (tmp_path / "x.py").exists()


def test_check(repo, tmp_path):
    out = tmp_path / "out"
    assert ivy_s2s(repo, "--to", "jax", "-o", out, "--check").exit_code == 1
    assert not out.exists()
    ivy_s2s(repo, "--to", "jax", "-o", out)
    result = ivy_s2s(repo, "--to", "jax", "-o", out, "--check")
    assert (result.exit_code, result.output) == (0, "")
    (out / "pkg/ops.py").write_text("changed\n")
    result = ivy_s2s(repo, "--to", "jax", "-o", out, "--check")
    assert (result.exit_code, result.output) == (1, f"would be written: {out / 'pkg/ops.py'}\n")
    assert (out / "pkg/ops.py").read_text() == "changed\n"


def test_check_sees_copied_and_left_over_files(repo, tmp_path):
    out = tmp_path / "out"
    ivy_s2s(repo, "--to", "jax", "-o", out)
    (out / "data/table.csv").write_text("other\n")
    (out / "pkg/old.py").write_text("x = 1\n")
    result = ivy_s2s(repo, "--to", "jax", "-o", out, "--check")
    assert result.exit_code == 1
    assert result.output == f"would be written: {out / 'data/table.csv'}\nwould be removed: {out / 'pkg/old.py'}\n"


def test_report(repo, tmp_path):
    write(repo, {"pkg/io.py": REFUSED})
    path = tmp_path / "reports/r.json"
    ivy_s2s(repo, "--to", "jax", "-o", tmp_path / "out", "--report", path)
    report = json.loads(path.read_text())
    assert {"files", "lines", "seconds", "sites", "diagnostics", "helpers"} <= report.keys()
    assert (report["files"], report["lines"]) == (4, 12)
    assert sorted(report["sites"]) == ["approximate", "close", "exact", "kept", "refused"]
    assert report["sites"]["refused"] == 1
    (diagnostic,) = report["diagnostics"]
    assert {"code", "path", "line", "col", "api", "message", "hint"} <= diagnostic.keys()
    assert [diagnostic[key] for key in ("code", "path", "line", "col", "api")] == [
        "S2S100", "pkg/io.py", 5, 4, "torch.hub.list",
    ]  # fmt: skip
    assert report["helpers"] == ["not_converted"]


def test_report_is_written_with_diff_and_check(repo, tmp_path):
    for option in ("--diff", "--check"):
        path = tmp_path / f"r{option}.json"
        ivy_s2s(repo, "--to", "jax", "-o", tmp_path / "out", option, "--report", path)
        assert json.loads(path.read_text())["files"] == 3


def test_exclude(repo, tmp_path):
    result = ivy_s2s(repo, "--to", "jax", "-o", tmp_path / "out", "--exclude", "data/*", "--exclude", "pkg/plain.py")
    assert result.exit_code == 0
    assert sorted(tree(tmp_path / "out")) == [".ivy-s2s.json", "README.md", "pkg/__init__.py", "pkg/ops.py"]


def test_configuration(repo, tmp_path):
    settings = '[tool.ivy-s2s]\nto = "numpy"\nout = "configured"\nexclude = ["data/*"]\njobs = 1\n'
    write(repo, {"pyproject.toml": settings})
    result = ivy_s2s(repo)
    assert result.exit_code == 0, result.output
    assert (tmp_path / "configured/pkg/ops.py").exists()
    assert not (tmp_path / "configured/data").exists()


def test_flags_override_the_configuration(repo, tmp_path):
    write(repo, {"pyproject.toml": '[tool.ivy-s2s]\nto = "numpy"\n'})
    assert ivy_s2s(repo, "--to", "jax", "-o", tmp_path / "out").exit_code == 0
    assert (tmp_path / "out/pkg/ops.py").read_text() == OPS_JAX


@pytest.mark.parametrize(
    "text, message",
    [
        ("[tool.ivy-s2s]\ncolour = 1\n", "[tool.ivy-s2s] has unknown settings colour; known: to, from, out, exclude, jobs, layout, line-length"),
        ("[tool.ivy-s2s]\njobs = 'many'\n", "[tool.ivy-s2s] jobs must be a whole number"),
        ("[tool.ivy-s2s]\nexclude = 'data'\n", "[tool.ivy-s2s] exclude must be a list of patterns"),
    ],
)  # fmt: skip
def test_wrong_configuration(repo, text, message):
    write(repo, {"pyproject.toml": text})
    result = ivy_s2s(repo, "--to", "jax")
    assert (result.exit_code, result.output) == (2, f"ivy-s2s: {repo / 'pyproject.toml'}: {message}\n")


def test_deterministic_across_jobs_and_runs(tmp_path, monkeypatch):
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    fixture = Path(__file__).parent.parent / "fixtures/tinyvit"
    files = {f"m{i}/{p.name}": p.read_bytes() for i in range(8) for p in fixture.glob("*.py")}
    repo = write(tmp_path / "big", files)
    trees = []
    for index, jobs in enumerate((1, 2, 2)):
        out = tmp_path / f"out{index}"
        result = ivy_s2s(repo, "--to", "tensorflow", "-o", out, "--jobs", jobs, "--no-cache")
        assert result.exit_code == 0, result.output
        trees.append(tree(out))
    assert trees[0] == trees[1] == trees[2]


def test_second_run_changes_nothing(repo, tmp_path):
    out = tmp_path / "out"
    ivy_s2s(repo, "--to", "jax", "-o", out)
    first = tree(out)
    ivy_s2s(repo, "--to", "jax", "-o", out)
    assert tree(out) == first
    again = ivy_s2s(out, "--to", "jax", "-o", tmp_path / "again")
    assert again.exit_code == 0, again.output
    assert tree(tmp_path / "again") == first


def test_a_file_that_left_the_source_leaves_the_output(repo, tmp_path):
    ivy_s2s(repo, "--to", "jax", "-o", tmp_path / "out")
    (repo / "pkg/plain.py").unlink()
    ivy_s2s(repo, "--to", "jax", "-o", tmp_path / "out")
    assert not (tmp_path / "out/pkg/plain.py").exists()


def test_same_framework_comes_back_byte_for_byte(repo, tmp_path):
    write(repo, {"pkg/odd.py": b"import torch as t\r\nx = t.ones( 3 )   # comment\r\n\r\n"})
    before = tree(repo)
    result = ivy_s2s(repo, "--to", "torch", "-o", tmp_path / "out")
    assert result.exit_code == 0, result.output
    found = tree(tmp_path / "out")
    del found[".ivy-s2s.json"]
    assert found == before


def test_single_files_share_one_helper_module(repo, tmp_path):
    write(repo, {"a.py": "import torch\n\n\ndef f(x: torch.Tensor):\n    return x.view(-1, 2).logsumexp(0)\n"})
    write(repo, {"b.py": "from torch import nn\n\nlayer = nn.Linear(2, 3)\n"})
    for name in ("a.py", "b.py", "a.py"):
        assert ivy_s2s(repo / name, "--to", "numpy", "-o", tmp_path / "out" / name).exit_code == 0
    helpers = (tmp_path / "out/numpy_helpers.py").read_text()
    assert "class Linear(" in helpers
    code = "import sys; sys.path.insert(0, 'out'); import a, b; print(b.layer.weight.shape)"
    done = subprocess.run([sys.executable, "-c", code], cwd=tmp_path, capture_output=True, text=True)
    assert done.stdout == "(3, 2)\n", done.stderr


@pytest.mark.parametrize("out", ["made", "made/", "there"])
def test_a_file_goes_into_a_folder(repo, tmp_path, out):
    write(repo, {"a.py": "from torch import nn\n\nlayer = nn.Linear(2, 3)\n"})
    (tmp_path / "there").mkdir()
    (tmp_path / "there" / "notes.txt").write_text("mine")
    for _ in range(2):  # also over what the first run wrote
        done = ivy_s2s(repo / "a.py", "--to", "jax", "-o", f"{tmp_path}/{out}")
        assert done.exit_code == 0, done.output
    assert {"a.py", "jax_helpers.py"} <= {p.name for p in (tmp_path / out).iterdir()}
    assert (tmp_path / "there" / "notes.txt").read_text() == "mine"


def test_help_imports_no_framework_and_no_parser(tmp_path):
    code = (
        "import sys\nsys.argv = ['ivy-s2s', '--help']\nfrom ivy.cli import main\n"
        "try:\n    main()\nexcept SystemExit as error:\n    assert not error.code\n"
        "heavy = {'torch', 'tensorflow', 'keras', 'jax', 'flax', 'numpy', 'libcst', 'black', 'rich', 'jinja2', 'tomllib'}\n"
        "print(sorted(heavy & set(sys.modules)))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, cwd=tmp_path)
    assert done.stdout.splitlines()[-1] == "[]", done.stderr
    assert done.stdout.startswith("Usage: ")


def test_conversion_imports_no_framework(repo, tmp_path):
    code = (
        f"import sys\nsys.argv = ['ivy-s2s', {str(repo)!r}, '--to', 'jax', '-o', {str(tmp_path / 'out')!r}]\n"
        "from ivy.cli import main\n"
        "try:\n    main()\nexcept SystemExit as error:\n    assert not error.code\n"
        "print(sorted({'torch', 'tensorflow', 'keras', 'jax', 'flax'} & set(sys.modules)))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, cwd=tmp_path)
    assert done.stdout.splitlines()[-1] == "[]", done.stderr


def test_runs_as_a_module_and_is_quiet_when_piped(repo, tmp_path):
    command = [sys.executable, "-m", "ivy", str(repo), "--to", "jax", "-o", str(tmp_path / "out")]
    done = subprocess.run(command, capture_output=True, text=True, cwd=tmp_path, env={**os.environ})
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.count("\n") == 2
