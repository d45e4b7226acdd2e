"""Which statement runs after which inside a function, to see whether a value that a name has now is read later."""

from __future__ import annotations

from dataclasses import dataclass, field

import libcst as cst

from .reading import names_read


@dataclass(slots=True)
class Step:
    """A small statement or the header of a block: what it reads and binds, and the steps that may follow."""

    reads: frozenset[str]
    binds: frozenset[str] = frozenset()
    next: set[int] = field(default_factory=set)


@dataclass(slots=True)
class Flow:
    """The steps of a function body, and which step each statement is."""

    steps: list[Step] = field(default_factory=list)
    index: dict[int, int] = field(default_factory=dict)

    def read_later(self, name: str, statement: cst.CSTNode) -> bool:
        """Whether the value that a name has after a statement may be read by another one."""
        current = self.index.get(id(statement))
        if current is None:
            return any(name in step.reads for step in self.steps)
        todo, seen = list(self.steps[current].next), {current}
        while todo:
            at = todo.pop()
            if at in seen:
                continue
            seen.add(at)
            if name in self.steps[at].reads:
                return True
            if name not in self.steps[at].binds:
                todo.extend(self.steps[at].next)
        return False


def flow_of(suite: cst.CSTNode | None) -> Flow:
    """The flow of a function body."""
    walk = _Walk()
    if suite is not None:
        walk.block(suite, set())
    return walk.flow


class _Walk:
    """Numbers the steps. Each method takes the steps before a piece of code and gives those that end it."""

    def __init__(self) -> None:
        self.flow = Flow()
        self.loops: list[tuple[int, set[int]]] = []  # the header of each loop around, and what breaks out of it

    def block(self, suite: cst.CSTNode, before: set[int]) -> set[int]:
        for node in getattr(suite, "body", ()):
            for small in node.body if isinstance(node, cst.SimpleStatementLine) else (node,):
                before = self.statement(small, before)
        return before

    def statement(self, node: cst.CSTNode, before: set[int]) -> set[int]:
        if isinstance(node, (cst.For, cst.While)):
            return self.loop(node, before)
        if isinstance(node, cst.If):
            return self.branches(node, before)
        if isinstance(node, (cst.Try, cst.TryStar)):
            return self.attempt(node, before)
        if isinstance(node, cst.With):
            for item in node.items:
                before = {self.step(item, before)}
            return self.block(node.body, before)
        if isinstance(node, cst.Match):
            return {self.step(node, before)}
        ended = {self.step(node, before, _bound(node))}
        if self.loops and isinstance(node, (cst.Break, cst.Continue)):
            header, broken = self.loops[-1]
            if isinstance(node, cst.Break):
                broken |= ended
            else:
                self.join(ended, header)
        return set() if isinstance(node, (cst.Return, cst.Raise, cst.Break, cst.Continue)) else ended

    def loop(self, node: cst.For | cst.While, before: set[int]) -> set[int]:
        if isinstance(node, cst.For):
            before = {self.step(node.iter, before)}
            header = self.add(Step(frozenset()), before)
            start = {self.add(Step(frozenset(), frozenset(_names(node.target))), {header})}
        else:
            header = self.step(node.test, before)
            start = {header}
        self.loops.append((header, set()))
        self.join(self.block(node.body, start), header)
        _, broken = self.loops.pop()
        after = self.block(node.orelse.body, {header}) if node.orelse is not None else {header}
        return after | broken

    def branches(self, node: cst.If, before: set[int]) -> set[int]:
        test = {self.step(node.test, before)}
        after = self.block(node.body, test)
        if isinstance(node.orelse, cst.If):
            return after | self.branches(node.orelse, test)
        return after | (self.block(node.orelse.body, test) if node.orelse is not None else test)

    def attempt(self, node: cst.Try | cst.TryStar, before: set[int]) -> set[int]:
        first = len(self.flow.steps)
        after = self.block(node.body, before)
        inside = before | set(range(first, len(self.flow.steps)))
        if node.orelse is not None:
            after = self.block(node.orelse.body, after)
        for handler in node.handlers:
            after = after | self.block(handler.body, inside)
        if node.finalbody is not None:
            left = inside | set(range(first, len(self.flow.steps)))
            after = self.block(node.finalbody.body, after | left)
        return after

    def step(self, node: cst.CSTNode, before: set[int], binds: frozenset[str] = frozenset()) -> int:
        self.flow.index[id(node)] = len(self.flow.steps)
        return self.add(Step(frozenset() if isinstance(node, cst.Del) else names_read(node), binds), before)

    def add(self, step: Step, before: set[int]) -> int:
        self.flow.steps.append(step)
        self.join(before, len(self.flow.steps) - 1)
        return len(self.flow.steps) - 1

    def join(self, before: set[int], after: int) -> None:
        for at in before:
            self.flow.steps[at].next.add(after)


def _bound(node: cst.CSTNode) -> frozenset[str]:
    """The names that a small statement gives other values in any case."""
    if isinstance(node, cst.Assign):
        return frozenset(name for target in node.targets for name in _names(target.target))
    if isinstance(node, cst.AnnAssign) and node.value is not None:
        return frozenset(_names(node.target))
    return frozenset(_names(node.target)) if isinstance(node, cst.Del) else frozenset()


def _names(target: cst.CSTNode) -> list[str]:
    if isinstance(target, cst.Name):
        return [target.value]
    if isinstance(target, (cst.Tuple, cst.List)):
        return [name for element in target.elements for name in _names(element.value)]
    return []
