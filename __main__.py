"""``python -m ivy`` is ``ivy-s2s``."""

from .cli import main

main()
