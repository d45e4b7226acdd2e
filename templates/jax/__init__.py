"""Helper templates, with those that need no framework."""

from pathlib import Path

__path__.append(str(Path(__file__).parents[1] / "shared"))
