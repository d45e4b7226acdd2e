"""Small questions that code of NumPy asks of arrays: what it answers, converted code answers too, or refuses to."""

import numpy as np
import pytest
from ivy.s2s.api import source_to_source

from .programs import loaded

ARRAYS = {
    "a": np.array([[3, -1, 4, 1], [-5, 9, 2, -6], [5, 3, -5, 8]]),
    "b": np.array([[True, False, True, True], [False, False, True, False], [True, True, False, False]]),
    "s": np.array([[4.0, 1.0, 0.5], [1.0, 3.0, 0.25], [0.5, 0.25, 2.0]]),
    "t": np.arange(24.0).reshape(2, 3, 4),
    "u": np.array([0, 1, 100, 200, 254, 255], dtype=np.uint8),
    "v": np.array([3.0, 1.0, 4.0, 1.5, 9.0]),
    "x": np.array([[0.5, -1.5, 2.25, 3.0], [1.0, 0.25, -0.75, 4.5], [2.5, -3.5, 0.0, 1.25]]),
    "z": np.array([1 + 2j, -0.5j, 3.0 + 0j]),
}
# Of arrays of unknown kind: what they are asked is all that is known of them.
ASKED = """
a[[0, 1]]
np.var(x)
np.digitize(v, [4.0, 2.0, 1.0])
np.digitize(v, [4.0, 2.0, 1.0], right=True)
np.gradient(x, 1, 1)
np.gradient(x, 0.5, 2.0)
np.gradient(x, 2.0, axis=1)
np.percentile(v, [35, 80], method='higher')
np.percentile(x, 40, method='midpoint', axis=1)
np.cov(x, bias=True)
np.sum(x, axis=0, where=b, initial=10)
np.mean(x, where=b)
x.max(initial=3.5)
np.einsum('ii', s)
np.copysign(np.arange(3), v[:3] - 2)
np.cumsum(np.array([100, 200, 250], dtype=np.uint8))
np.sort(np.random.default_rng(1).binomial(10, 1.0, size=3))
np.random.default_rng(1).dirichlet([1.0, 2.0], 4).sum(axis=1)
np.random.default_rng(1).gamma(2.0, size=(2, 3)).shape
"""
# What may be refused: arrays that cannot be changed, integers of unknown kind.
CHANGED = """
np.std(a, axis=1)
a[[0, 1]] = a[[1, 0]] | a
c = t[:, ::2, :]; c *= 10 | t
a.sort(axis=0) | a
v.sort() | v
z.imag = 0 | z
x = np.array(x); x.flat = 0 | x
x = np.array(x); x[1:] = x[:-1] | x
c = [3, 1, 2]; c.sort() | c
c = [3, 1, 2]; np.random.default_rng(0).shuffle(c) | sorted(c)
t[0, :, [0, 3]]
np.pad(v, 2, mode='linear_ramp')
"""


def questions():
    """Pairs of what is done first and what is asked then."""
    asked = [("", line) for line in ASKED.strip().splitlines()]
    changed = [line.rpartition(" | ")[::2] for line in CHANGED.strip().splitlines()]
    return asked, changed


def program():
    """A module with a function for each question."""
    asked, changed = questions()
    lines = ["import numpy as np"]
    for place, (done, wanted) in enumerate(asked + changed):
        names = ", ".join(name for name in ARRAYS if name in words(f"{done};{wanted}"))
        body = [*filter(None, done.split("; ")), f"return {wanted}"]
        lines += ["", "", f"def q{place}({names}):", *(f"    {line}" for line in body)]
    return "\n".join(lines) + "\n"


def words(text):
    """The names in a text."""
    return "".join(c if c.isalnum() or c == "_" else " " for c in text).split()


def answers(module, target):
    """What the functions of a module give; None for those that refuse."""
    found = []
    for place in range(sum(map(len, questions()))):
        function = getattr(module, f"q{place}")
        names = function.__code__.co_varnames[: function.__code__.co_argcount]
        try:
            found.append(function(*(native(ARRAYS[name].copy(), target) for name in names)))
        except (AttributeError, NotImplementedError, RuntimeError):
            found.append(None)
    return found


def native(array, target):
    """An array of the target."""
    if target == "torch":
        import torch

        return torch.tensor(array)
    if target == "jax":
        import jax.numpy as jnp

        return jnp.asarray(array)
    if target == "tensorflow":
        import tensorflow as tf

        return tf.constant(array)
    return array


def plain(answer):
    """An answer as arrays of NumPy."""
    if isinstance(answer, (list, tuple)):
        return [plain(part) for part in answer]
    return np.asarray(answer.resolve_conj() if hasattr(answer, "resolve_conj") else answer)


@pytest.mark.parametrize("target", ("torch", "jax", "tensorflow"))
def test_answers(target, tmp_path):
    (tmp_path / "source").mkdir()
    (tmp_path / "source" / "program.py").write_text(program(), encoding="utf-8")
    source_to_source(tmp_path / "source", to=target, out=tmp_path / "out")
    expected = answers(loaded(tmp_path / "source" / "program.py", "numpy_questions"), "numpy")
    found = answers(loaded(tmp_path / "out" / "program.py", f"numpy_questions_{target}"), target)
    asked, changed = questions()
    for place, (question, ours, theirs) in enumerate(zip(asked + changed, found, expected)):
        assert ours is not None or place >= len(asked), question
        for one, other in zip([] if ours is None else leaves(plain(ours)), leaves(plain(theirs))):
            np.testing.assert_allclose(one, other, rtol=1e-5, atol=1e-6, err_msg=str(question))


def leaves(tree):
    """The arrays of nested lists."""
    return [leaf for part in tree for leaf in leaves(part)] if isinstance(tree, list) else [tree]


def test_overlapping_parts_are_copied(tmp_path):
    text = "import numpy as np\n\n\ndef f():\n    x = np.arange(5.0)\n    x[1:] = x[:-1]\n    x[0] = x[4]\n    return x\n"
    (tmp_path / "program.py").write_text(text, encoding="utf-8")
    source_to_source(tmp_path / "program.py", to="torch", out=tmp_path / "out")
    written = (tmp_path / "out" / "program.py").read_text(encoding="utf-8")
    assert "x[1:] = torch.clone(x[:-1])" in written and "x[0] = x[4]\n" in written
    assert loaded(tmp_path / "out" / "program.py", "overlapping").f().tolist() == [3.0, 0.0, 1.0, 2.0, 3.0]
