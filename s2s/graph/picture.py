"""Pictures of a graph: boxes in layers as SVG, a page around it, and Graphviz text."""

from __future__ import annotations

from dataclasses import dataclass
from html import escape

_WIDTH, _HEIGHT, _GAP_X, _GAP_Y = 150, 40, 24, 44
_COLOURS = {"input": "#dbeafe", "constant": "#f1f5f9", "output": "#dcfce7", "op": "#ffffff"}


@dataclass(frozen=True, slots=True)
class Box:
    """A box: what it shows, its kind (``input``, ``constant``, ``op`` or ``output``), and the boxes that lead to it."""

    title: str
    detail: str
    kind: str
    sources: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Picture:
    """The boxes of a graph in an order in which arrows go forward."""

    boxes: tuple[Box, ...]

    def rows(self) -> list[list[int]]:
        """The boxes by layers: each below everything that leads to it."""
        depth: list[int] = []
        for box in self.boxes:
            depth.append(1 + max((depth[s] for s in box.sources), default=-1))
        for at, box in enumerate(self.boxes):
            users = [depth[i] for i, other in enumerate(self.boxes) if at in other.sources]
            if not box.sources and users:
                depth[at] = min(users) - 1
        found: list[list[int]] = [[] for _ in range(max(depth, default=-1) + 1)]
        for at, layer in enumerate(depth):
            found[layer].append(at)
        return found

    def svg(self) -> str:
        """A picture that stands alone."""
        rows = self.rows()
        widest = max((len(row) for row in rows), default=1)
        width = widest * (_WIDTH + _GAP_X) + _GAP_X
        height = len(rows) * (_HEIGHT + _GAP_Y) + _GAP_Y
        places: dict[int, tuple[float, float]] = {}
        for depth, row in enumerate(rows):
            row = sorted(row, key=lambda at: self._middle(at, places))
            left = (width - len(row) * (_WIDTH + _GAP_X) + _GAP_X) / 2
            for column, at in enumerate(row):
                places[at] = (
                    left + column * (_WIDTH + _GAP_X),
                    _GAP_Y / 2 + depth * (_HEIGHT + _GAP_Y),
                )
        parts = [self._arrow(places[s], places[at]) for at, box in enumerate(self.boxes) for s in box.sources]
        parts += [self._box(box, *places[at]) for at, box in enumerate(self.boxes)]
        head = (
            f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width:.0f} {height:.0f}" width="{width:.0f}"'
            f' height="{height:.0f}" font-family="sans-serif" font-size="12">'
        )
        marker = (
            '<defs><marker id="tip" viewBox="0 0 8 8" refX="7" refY="4" markerWidth="7" markerHeight="7" orient="auto">'
            '<path d="M0 0 8 4 0 8z" fill="#64748b"/></marker></defs>'
        )
        return "\n".join([head, marker, *parts, "</svg>"])

    def _middle(self, at: int, places: dict[int, tuple[float, float]]) -> float:
        known = [places[s][0] for s in self.boxes[at].sources if s in places]
        return sum(known) / len(known) if known else 0.0

    @staticmethod
    def _arrow(start: tuple[float, float], end: tuple[float, float]) -> str:
        x1, y1 = start[0] + _WIDTH / 2, start[1] + _HEIGHT
        x2, y2 = end[0] + _WIDTH / 2, end[1]
        bend = (y2 - y1) / 2
        path = f"M{x1:.0f} {y1:.0f} C{x1:.0f} {y1 + bend:.0f} {x2:.0f} {y2 - bend:.0f} {x2:.0f} {y2:.0f}"
        return f'<path d="{path}" fill="none" stroke="#64748b" marker-end="url(#tip)"/>'

    @staticmethod
    def _box(box: Box, x: float, y: float) -> str:
        title, detail = escape(_short(box.title)), escape(_short(box.detail))
        middle = x + _WIDTH / 2
        return (
            f'<g><title>{escape(box.title)} {escape(box.detail)}</title><rect x="{x:.0f}" y="{y:.0f}" width="{_WIDTH}"'
            f' height="{_HEIGHT}" rx="6" fill="{_COLOURS[box.kind]}" stroke="#94a3b8"/>'
            f'<text x="{middle:.0f}" y="{y + 17:.0f}" text-anchor="middle" font-weight="bold">{title}</text>'
            f'<text x="{middle:.0f}" y="{y + 32:.0f}" text-anchor="middle" fill="#475569">{detail}</text></g>'
        )

    def html(self, name: str, source: str) -> str:
        """A page with the picture and the source."""
        return (
            f'<!doctype html>\n<html lang="en"><head><meta charset="utf-8"><title>{escape(name)}</title></head>\n'
            f'<body style="font-family:sans-serif;margin:2em">\n<h1>{escape(name)}</h1>\n'
            f'<div style="overflow:auto">{self.svg()}</div>\n<pre>{escape(source)}</pre>\n</body></html>\n'
        )

    def dot(self, name: str) -> str:
        """The same for Graphviz."""
        lines = [
            f'digraph "{name}" {{',
            '  node [shape=box, style="rounded,filled", fontname=sans];',
        ]
        for at, box in enumerate(self.boxes):
            label = f"{box.title}\\n{box.detail}".replace('"', '\\"')
            lines.append(f'  n{at} [label="{label}", fillcolor="{_COLOURS[box.kind]}"];')
        lines += [f"  n{source} -> n{at};" for at, box in enumerate(self.boxes) for source in box.sources]
        return "\n".join([*lines, "}"]) + "\n"


def _short(text: str) -> str:
    return text if len(text) <= 22 else text[:21] + "…"
