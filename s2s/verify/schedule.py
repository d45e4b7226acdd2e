"""Which entry runs when: entries of all modules in turn, several pairs of processes, a limit of time."""

from __future__ import annotations

import threading
import time
from collections import Counter, deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from .job import Entry
from .processes import Process


@dataclass(frozen=True, slots=True)
class Ends:
    """How both sides ended for an entry: '' when they answered, None when they were not asked."""

    source: str | None = None
    converted: str | None = None


class Schedule:
    """Asks both sides for every entry until all are done, ``budget`` seconds are over or the user stops it."""

    def __init__(
        self, entries: Sequence[Entry], pair: Callable[[], tuple[Process, Process]], budget: float, jobs: int
    ) -> None:
        self.ends = [Ends() for _ in entries]
        self.stopped = ""
        self._waiting = deque(_in_turn(entries))
        self._pairs = [pair() for _ in range(max(1, min(jobs, len(entries))))]
        self._end = time.monotonic() + budget
        self._stop = threading.Event()

    def run(self, wanted: Callable[[int], bool], progress: Callable[[int, int], None] | None = None) -> None:
        """Run all; ``wanted`` says by an entry's number whether the source's answer is worth comparing."""
        lanes = [threading.Thread(target=self._lane, args=(*pair, wanted), daemon=True) for pair in self._pairs]
        try:
            for lane in lanes:
                lane.start()
            while any(lane.is_alive() for lane in lanes):
                time.sleep(0.05)
                if progress is not None:
                    progress(sum(ends != Ends() for ends in self.ends), len(self.ends))
                if time.monotonic() > self._end:
                    self.stopped = "budget"
                    break
        except KeyboardInterrupt:
            self.stopped = "interrupted"
        finally:
            self._stop.set()
            for process in (side for pair in self._pairs for side in pair):
                process.end()
        for lane in lanes:
            lane.join(timeout=5)

    def _lane(self, source: Process, converted: Process, wanted: Callable[[int], bool]) -> None:
        """One pair of processes, until nothing is left."""
        while not self._stop.is_set():
            try:
                number = self._waiting.popleft()
            except IndexError:
                return
            first = source.ask(number)
            second = converted.ask(number) if not first and not self._stop.is_set() and wanted(number) else None
            if not self._stop.is_set():
                self.ends[number] = Ends(first, second)


def _in_turn(entries: Sequence[Entry]) -> list[int]:
    """The first of every module, then the second, ...: what is done before the time is over is of the whole project."""
    seen: Counter[str] = Counter()
    ranks = []
    for number, entry in enumerate(entries):
        module = entry.name.partition(":")[0]
        ranks.append((seen[module], number))
        seen[module] += 1
    return [number for _, number in sorted(ranks)]
