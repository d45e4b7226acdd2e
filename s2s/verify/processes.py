"""The processes of a comparison: each answers for one entry at a time and is started anew when it hangs or dies."""

from __future__ import annotations

import os
import queue
import subprocess
import sys
import threading
from pathlib import Path
from typing import IO

_START = 180.0
"""Seconds that importing a framework may take."""
_STARTS = 3
"""As many starts may fail before a side is given up."""


class Process:
    """One side of a comparison: asked by the number of an entry, it writes that entry's answer into the job's folder.

    ``timeout`` is in seconds for one entry. An entry that takes longer, or ends the process, costs that entry alone.
    """

    def __init__(self, job: Path, timeout: float) -> None:
        self.job = job
        self.timeout = timeout
        self.failed_starts = 0
        self._log = job.with_suffix(f".{id(self)}.log")
        self._running: subprocess.Popen[bytes] | None = None
        self._answers: queue.Queue[bytes | None] = queue.Queue()

    def ask(self, number: int) -> str:
        """Have the process compute one entry; '' when it answered, else how it ended."""
        before = self._log.stat().st_size if self._log.exists() else 0
        if self._running is None:
            reason = self._start()
            if reason:
                return reason
        running = self._running
        if running is None or running.stdin is None:
            return "the process was ended"
        try:
            running.stdin.write(f"{number}\n".encode())
            running.stdin.flush()
        except OSError:
            return self._ended(before)
        return self._wait(self.timeout, before)

    def _start(self) -> str:
        if self.failed_starts >= _STARTS:
            return f"the process could not be started: {self._last_line(0)}"
        command = [sys.executable, "-W", "ignore", "-m", "ivy.s2s.verify.worker", str(self.job)]
        with self._log.open("ab") as log:
            self._running = subprocess.Popen(
                command,
                env=_environment(),
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=log,
                start_new_session=True,
            )
        self._answers = queue.Queue()
        threading.Thread(target=_read, args=(self._running.stdout, self._answers), daemon=True).start()
        reason = self._wait(_START, 0)
        self.failed_starts = self.failed_starts + 1 if reason else 0
        return reason

    def _wait(self, seconds: float, before: int) -> str:
        try:
            line = self._answers.get(timeout=seconds)
        except queue.Empty:
            self.end()
            return f"took more than {seconds:.0f} s"
        return "" if line is not None else self._ended(before)

    def _ended(self, before: int) -> str:
        running = self._running
        code = running.wait() if running is not None else "a signal"
        self.end()
        return f"the process ended with {code}: {self._last_line(before)}"

    def _last_line(self, before: int) -> str:
        with self._log.open("rb") as log:
            log.seek(before)
            lines = log.read().decode(errors="replace").strip().splitlines()
        return lines[-1][:300] if lines else "no message"

    def end(self) -> None:
        """End the process; it is started anew when it is asked again."""
        running, self._running = self._running, None
        if running is None:
            return
        running.kill()
        running.wait()
        if running.stdin is not None:
            try:
                running.stdin.close()
            except OSError:
                pass  # what was not written to a process that is gone


def _environment() -> dict[str, str]:
    environment = dict(os.environ)
    package = str(Path(__file__).resolve().parents[3])
    environment["PYTHONPATH"] = os.pathsep.join(filter(None, [package, environment.get("PYTHONPATH", "")]))
    environment.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
    environment["KERAS_BACKEND"] = "tensorflow"
    environment["PYTHONDONTWRITEBYTECODE"] = "1"
    return environment


def _read(stream: IO[bytes] | None, answers: queue.Queue[bytes | None]) -> None:
    """Hand on the lines of a process; None at its end."""
    for line in stream or ():
        answers.put(line)
    answers.put(None)
