"""Helper templates, with those that need no framework, and what other frameworks have too for the same code."""

from pathlib import Path

__path__.extend(str(Path(__file__).parents[1] / "shared" / part) for part in ("", "tensorflow"))
