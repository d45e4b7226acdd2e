"""Functions inside a graph: the bodies of loops and the branches of conditions."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, ClassVar

from .program import Program, program
from .record import Node
from .trees import leaves


@dataclass(eq=False, slots=True)
class Inner:
    """A function of arrays that a node is given: its inputs, in the containers of its parameters, and what it returns.

    ``parameters`` are names and, for each, a node or a tuple of nodes.
    """

    is_leaf_of_trees: ClassVar[bool] = True

    name: str
    parameters: list[tuple[str, Any]]
    nodes: list[Node]
    output: Any
    arranged: Program | None = None
    free: list[Node] = field(default_factory=list)

    def arrange(self, dialect: str) -> Inner:
        """Find the program, and the nodes of the code around it that it reads."""
        self.arranged = program(self.nodes, self.output, dialect)
        own = set(self.nodes)
        used = [source for node in self.arranged.nodes for source in node.inputs()]
        used += [leaf for leaf in leaves(self.output) if isinstance(leaf, Node)]
        self.free = list(dict.fromkeys(node for node in used if node not in own))
        return self
