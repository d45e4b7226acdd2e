"""The code examples of the specification as they are written there, each in a fresh process.

``python tests/specification_runner.py`` prints the table of all of them.
"""

import importlib.util

import pytest
import specification_runner as runner
