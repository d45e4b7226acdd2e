"""Broken, odd and hostile input: one clear message with the remedy, or a right conversion; the run goes on."""

import os
import subprocess
import sys

import pytest
from ivy.s2s.pipeline import convert_text

from .test_cli import OPS_JAX, SOURCE, ivy_s2s, tree, write

GOOD = {"ops.py": SOURCE["pkg/ops.py"]}


@pytest.fixture(autouse=True)
def place(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))


def run(tmp_path, files, *options, to="jax"):
    """Convert files beside a good one: the result and the written tree. The source is never touched."""
    repo = write(tmp_path / "repo", {**GOOD, **files})
    before = tree(repo)
    result = ivy_s2s("repo", "--to", to, "-o", "out", *options)
    assert tree(repo) == before
    found = tree(tmp_path / "out") if (tmp_path / "out").exists() else {}
    assert not [p for p in tmp_path.iterdir() if p.name.startswith(".")]
    return result, found


BROKEN = {
    "syntax error": (b"import torch\ndef f(:\n    pass\n", "bad.py:2: cannot be parsed (invalid syntax); correct it, or leave the file out with --exclude"),
    "unknown encoding": (b"# -*- coding: klingon -*-\nimport torch\n", "bad.py: cannot be decoded (unknown encoding for 'repo/bad.py': klingon); declare its encoding or save it as UTF-8"),
    "not UTF-8": (b"import torch\nx = '\xff\xfe'\n", "bad.py: cannot be decoded ('utf-8' codec can't decode byte 0xff in position 18: invalid start byte); declare its encoding or save it as UTF-8"),
    "print statement": (b"import torch\nprint 'x'\n", "bad.py:2: cannot be parsed (Missing parentheses in call to 'print'. Did you mean print(...)?); it looks like Python 2; convert it to Python 3 first, or leave it out with --exclude"),
    "null bytes": (b"import torch\n\x00\n", "bad.py:1: cannot be parsed (source code string cannot contain null bytes); correct it, or leave the file out with --exclude"),
}  # fmt: skip


@pytest.mark.parametrize("data, message", BROKEN.values(), ids=BROKEN)
def test_a_broken_file_is_named_and_the_rest_goes_on(tmp_path, data, message):
    result, found = run(tmp_path, {"bad.py": data})
    assert result.exit_code == 1
    (line,) = [line for line in result.output.splitlines() if "bad.py" in line]
    assert line.removeprefix("ivy-s2s: ").removeprefix("repo/") == message
    assert found["ops.py"].decode() == OPS_JAX
    assert found["bad.py"] == data  # copied as it is


def test_a_single_broken_file_writes_nothing(tmp_path):
    write(tmp_path, {"bad.py": "import torch\ndef f(:\n"})
    result = ivy_s2s("bad.py", "--to", "jax", "-o", "out.py")
    assert result.exit_code == 2
    assert "bad.py:2: cannot be parsed" in result.output
    assert not (tmp_path / "out.py").exists()


def test_python_2_except(tmp_path):
    result, found = run(tmp_path, {"bad.py": "import torch\ntry:\n    x = 1\nexcept Exception, e:\n    raise e\n"})
    assert result.exit_code == 1
    assert "it looks like Python 2" in result.output
    assert found["ops.py"].decode() == OPS_JAX


def test_empty_files_and_notebooks_are_copied(tmp_path):
    files = {"__init__.py": "", "empty.py": b"\n\n", "note.ipynb": '{"cells": [{"source": ["import torch"]}]}'}
    result, found = run(tmp_path, files)
    assert result.exit_code == 0, result.output
    assert {name: found[name] for name in files} == {
        n: v if isinstance(v, bytes) else v.encode() for n, v in files.items()
    }


def test_a_notebook_alone_is_refused(tmp_path):
    write(tmp_path, {"note.ipynb": "{}"})
    result = ivy_s2s("note.ipynb", "--to", "jax")
    assert result.exit_code == 2
    assert result.output == (
        "ivy-s2s: note.ipynb: a notebook, not a Python file; export it with `jupyter nbconvert --to script` first\n"
    )


def test_an_empty_file_alone(tmp_path):
    write(tmp_path, {"empty.py": ""})
    result = ivy_s2s("empty.py", "--to", "jax", "-o", "out.py")
    assert result.exit_code == 2
    assert result.output == "ivy-s2s: empty.py: no source framework was found; name it with --from\n"


def test_no_framework_found(tmp_path):
    write(tmp_path / "repo", {"a.py": "x = 1\n", "b.py": "import os\n"})
    result = ivy_s2s("repo", "--to", "jax", "-o", "out")
    assert (result.exit_code, result.output) == (
        2,
        "ivy-s2s: repo: no source framework was found; name it with --from\n",
    )
    assert not (tmp_path / "out").exists()
    assert ivy_s2s("repo", "--to", "jax", "--from", "torch", "-o", "out").exit_code == 0


def test_symlink_loop(tmp_path):
    repo = write(tmp_path / "repo", GOOD)
    (repo / "loop").symlink_to(repo)
    result = ivy_s2s("repo", "--to", "jax", "-o", "out")
    assert result.exit_code == 1
    assert result.output.count("a symbolic link back to") == 1
    assert "leave it out with --exclude" in result.output
    assert (tmp_path / "out/ops.py").read_text() == OPS_JAX
    assert ivy_s2s("repo", "--to", "jax", "-o", "out", "--exclude", "loop").exit_code == 0


def test_dangling_symlinks(tmp_path):
    repo = write(tmp_path / "repo", GOOD)
    (repo / "gone.txt").symlink_to("nowhere.txt")
    (repo / "gone.py").symlink_to("nowhere.py")
    result = ivy_s2s("repo", "--to", "jax", "-o", "out")
    assert result.exit_code == 1
    assert len([line for line in result.output.splitlines() if "gone." in line]) == 2
    assert (tmp_path / "out/ops.py").read_text() == OPS_JAX


@pytest.mark.skipif(os.geteuid() == 0, reason="the superuser can read everything")
def test_unreadable_files(tmp_path):
    repo = write(tmp_path / "repo", {**GOOD, "secret.py": "import torch\n", "secret.txt": "x", "sub/a.py": ""})
    for name in ("secret.py", "secret.txt", "sub"):
        (repo / name).chmod(0)
    try:
        result = ivy_s2s("repo", "--to", "jax", "-o", "out")
    finally:
        (repo / "sub").chmod(0o755)
    assert result.exit_code == 1
    for name in ("secret.py", "secret.txt", "sub"):
        assert len([line for line in result.output.splitlines() if f"repo/{name}: " in line]) == 1
    assert (tmp_path / "out/ops.py").read_text() == OPS_JAX


def test_unreadable_file_message(tmp_path, monkeypatch):
    import tokenize

    opened = tokenize.open

    def refuse(path):
        if str(path).endswith("secret.py"):
            raise PermissionError(13, "Permission denied", str(path))
        return opened(path)

    monkeypatch.setattr(tokenize, "open", refuse)
    write(tmp_path / "repo", {**GOOD, "secret.py": "import torch\n"})
    result = ivy_s2s("repo", "--to", "jax", "-o", "out")
    assert result.exit_code == 1
    assert "repo/secret.py: cannot be read (Permission denied); check its permissions" in result.output
    assert (tmp_path / "out/ops.py").read_text() == OPS_JAX


PLACES = {
    "inside": ("repo/out", "ivy-s2s: repo/out: lies inside the source repo; choose a place outside it with -o\n"),
    "itself": ("repo", "ivy-s2s: repo: is the source itself; choose another place with -o\n"),
    "around": (".", "ivy-s2s: .: contains the source repo; choose another place with -o\n"),
    "not ours": ("mine", "ivy-s2s: mine: exists and was not written by ivy-s2s; remove it or choose another place with -o\n"),
    "a file": ("mine/file.txt", "ivy-s2s: mine/file.txt: is a file; choose a directory with -o\n"),
}  # fmt: skip


@pytest.mark.parametrize("out, message", PLACES.values(), ids=PLACES)
def test_places_that_are_refused(tmp_path, out, message):
    write(tmp_path / "repo", GOOD)
    write(tmp_path / "mine", {"file.txt": "precious"})
    before = tree(tmp_path)
    result = ivy_s2s("repo", "--to", "jax", "-o", out)
    assert (result.exit_code, result.output) == (2, message)
    assert tree(tmp_path) == before


def test_a_file_that_is_not_ours_is_not_overwritten(tmp_path):
    write(tmp_path, {**GOOD, "mine.py": "precious = 1\n", "jax_helpers.py": "precious = 2\n"})
    result = ivy_s2s("ops.py", "--to", "jax", "-o", "mine.py")
    assert result.exit_code == 2
    assert "mine.py: exists and was not written by ivy-s2s; remove it or choose another place with -o" in result.output
    write(tmp_path, {"b.py": "from torch import nn\n\nlayer = nn.Linear(2, 3)\n"})
    result = ivy_s2s("b.py", "--to", "jax", "-o", "b_jax.py")
    assert result.exit_code == 2
    assert "jax_helpers.py: exists and was not written by ivy-s2s" in result.output
    assert (tmp_path / "mine.py").read_text() == "precious = 1\n"
    assert (tmp_path / "jax_helpers.py").read_text() == "precious = 2\n"
    assert not (tmp_path / "b_jax.py").exists()


def test_nothing_is_half_written_when_writing_fails(tmp_path, monkeypatch):
    import shutil

    write(tmp_path / "repo", {**GOOD, "z.txt": "x"})
    assert ivy_s2s("repo", "--to", "jax", "-o", "out").exit_code == 0
    before = tree(tmp_path / "out")

    def fail(*args, **kwargs):
        raise OSError(28, "No space left on device", "z.txt")

    monkeypatch.setattr(shutil, "copy2", fail)
    result = ivy_s2s("repo", "--to", "numpy", "-o", "out")
    assert result.exit_code == 2
    assert "No space left on device" in result.output
    assert tree(tmp_path / "out") == before
    assert sorted(p.name for p in tmp_path.iterdir() if p.name != "cache") == ["out", "repo"]


ODD = {
    "star import": (
        "from torch import *\n\n\ndef f(n):\n    return sum(ones(n), dim=0)\n",
        "import jax.numpy as jnp\n\n\ndef f(n):\n    return jnp.sum(jnp.ones(n), axis=0)\n",
    ),
    "alias": (
        "import torch as t\n\n\ndef f(n):\n    return t.ones(n)\n",
        "import jax.numpy as jnp\n\n\ndef f(n):\n    return jnp.ones(n)\n",
    ),
    "shadowed by a parameter": (
        "import torch\n\n\ndef f(torch):\n    return torch.ones(3)\n",
        "\n\ndef f(torch):\n    return torch.ones(3)\n",
    ),
    "a name in a string": (
        'import torch\n\nNAME = "torch.sum(x, dim=1)"\nx = torch.zeros(2)\n',
        'import jax.numpy as jnp\n\nNAME = "torch.sum(x, dim=1)"\nx = jnp.zeros((2,))\n',
    ),
    "tabs": (
        "import torch\n\n\ndef f(x: torch.Tensor):\n\tif x.ndim:\n\t\treturn x.sum(dim=0)\n\treturn x\n",
        "import jax\n\n\ndef f(x: jax.Array):\n\tif x.ndim:\n\t\treturn x.sum(axis=0)\n\treturn x\n",
    ),
}  # fmt: skip


@pytest.mark.parametrize("source, wanted", ODD.values(), ids=ODD)
def test_odd_sources(tmp_path, source, wanted):
    result, found = run(tmp_path, {"odd.py": source})
    assert found["odd.py"].decode() == wanted, result.output


def test_crlf_is_kept(tmp_path):
    source = SOURCE["pkg/ops.py"].replace("\n", "\r\n")
    result, found = run(tmp_path, {"odd.py": source})
    assert result.exit_code == 0
    assert found["odd.py"] == OPS_JAX.replace("\n", "\r\n").encode()


def test_latin_1_is_kept(tmp_path):
    source = "# -*- coding: latin-1 -*-\n" + SOURCE["pkg/ops.py"] + "\nNAME = 'é'\n"
    wanted = "# -*- coding: latin-1 -*-\n" + OPS_JAX + "\nNAME = 'é'\n"
    result, found = run(tmp_path, {"odd.py": source.encode("latin-1"), "plain.py": "# coding: latin-1\nX = 'é'\n".encode("latin-1")})
    assert result.exit_code == 0
    assert found["odd.py"].decode("latin-1") == wanted
    assert found["plain.py"] == "# coding: latin-1\nX = 'é'\n".encode("latin-1")


def test_byte_order_mark(tmp_path):
    result, found = run(tmp_path, {"odd.py": "\ufeff" + SOURCE["pkg/ops.py"]})
    assert result.exit_code == 0, result.output
    assert found["odd.py"].decode("utf-8-sig") == OPS_JAX


IMPORTABLE = {
    "except block": "try:\n    import torch\nexcept ImportError:\n    torch = None\n\n\ndef f(x):\n    if torch is None:\n        raise RuntimeError\n    return torch.abs(x)\n",
    "dynamic getattr": "import torch\n\n\ndef f(name, x):\n    return getattr(torch, name)(x)\n",
    "exec": "import torch\n\n\ndef f(x):\n    exec('y = torch.abs(x)')\n    return x\n",
    "import module": "import importlib\n\nimport torch\n\n\ndef f(name):\n    return importlib.import_module('torch.nn')\n",
    "reassigned": "import torch\n\nfunctions = {'abs': torch.abs, 'odd': torch.multiprocessing.spawn}\n",
}  # fmt: skip
REFUSALS = {"dynamic getattr": 1, "exec": 1, "import module": 1, "reassigned": 1}


@pytest.mark.parametrize("name", IMPORTABLE)
@pytest.mark.parametrize("target", ["jax", "numpy"])
def test_hostile_sources_are_right_or_refused(tmp_path, name, target):
    result, found = run(tmp_path, {"odd.py": IMPORTABLE[name]}, to=target)
    assert result.exit_code == (1 if name in REFUSALS else 0), result.output + found["odd.py"].decode()
    code = "import sys; sys.modules['torch'] = None; import odd; import numpy; print(odd.f(numpy.float32(-2)) if len(sys.argv) > 1 else '')"
    argument = ["run"] if name == "except block" else []
    done = subprocess.run(
        [sys.executable, "-c", code, *argument], cwd=tmp_path / "out", capture_output=True, text=True,
        env={**os.environ, "JAX_PLATFORMS": "cpu"},
    )  # fmt: skip
    assert done.returncode == 0, done.stderr + found["odd.py"].decode()
    if argument:
        assert done.stdout.strip() == "2.0"


def test_code_of_a_third_framework_is_told():
    text = "import jax.numpy as jnp\nimport tensorflow as tf\nimport tensorflow.math\n\n\ndef f(x):\n    return jnp.abs(x)\n"
    result = convert_text(text, "jax", "torch", "mixed")
    assert [(d.code, d.line, d.api) for d in result.diagnostics] == [("S2S208", 2, "tensorflow")]
    assert "import tensorflow as tf" in result.code


def test_what_is_left_of_a_condition_has_its_statements_place():
    text = "import torch\n\n\ndef f(x: torch.Tensor):\n    if x.is_leaf and not x.is_sparse:\n        x = x * 2\n    return x\n"
    result = convert_text(text, "torch", "jax", "leaves")
    assert [(d.code, d.line, d.api) for d in result.diagnostics] == [("S2S100", 5, "torch.Tensor.is_leaf")]
