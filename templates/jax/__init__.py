"""Helper templates, with those that need no framework, and those that others have for the same source's code."""

from pathlib import Path

SHARED = Path(__file__).parents[1] / "shared"
__path__.extend(map(str, (SHARED, SHARED / "tensorflow")))
