"""Groups that do the same are lowered once.

In: the groups of a plan in turn.  Out: each one's `Lowered`.  Layers of a network and updates of
parameters repeat; what a repetition has of its own is which memory it reads and writes.
"""

from __future__ import annotations

from typing import Any

from ..ir.loops import Expr
from .fuse import Group, accesses, joined_of
from .lower import Lowered, lower, number_of
from .nodes import Node


class Lowering:
    """Lowers the groups of one plan; `stored` nodes' elements go to memory."""

    def __init__(self, stored: set[Node]) -> None:
        self._stored = stored
        self._known: dict[tuple, tuple[Lowered, list[Node]]] = {}
        self._numbers: dict[Expr, int] = {}  # of expressions, which nodes share
        self._seen: dict[int, int] = {}  # the same by their identity

    def lower(self, group: Group) -> Lowered:
        key, nodes = self._likeness(group)
        found = self._known.get(key)
        if found is None:
            made = lower(group, self._stored)
            self._known[key] = made, nodes
            return made
        made, others = found
        mine = dict(zip(others, nodes))
        buffers = tuple(mine[n] for n in made.buffers)
        scalars = tuple(mine[s] if type(s) is Node else s for s in made.scalars)
        return made._replace(buffers=buffers, scalars=scalars)

    def _expression(self, expr: Expr) -> int:
        """The number that equal expressions have in this plan."""
        found = self._seen.get(id(expr))
        if found is None:
            found = self._numbers.setdefault(expr, len(self._numbers))
            self._seen[id(expr)] = found
        return found

    def _likeness(self, group: Group) -> tuple[tuple, list[Node]]:
        """All that a group's loops depend on; and the nodes, by the numbers they have there."""
        stored = self._stored
        numbers = {node: i for i, node in enumerate(group.nodes)}
        parts: list[Any] = [group.frame, group.reduced]
        for node in group.nodes:
            data = self._expression(node.data) if node.what == "map" else node.data
            parts += (node.what, data, node.kind, node.shape, node in group.rows)
            if node.what == "stored":
                parts.append(numbers.setdefault(joined_of(node), len(numbers)))
            else:
                parts.append(node in stored)
            for source in node.inputs if node.what == "gather" else accesses(node):
                base = source.base
                if base.what == "number":
                    parts.append(number_of(base))
                elif base.what == "iota":
                    parts += ("iota", base.data)
                else:
                    number = numbers.setdefault(base, len(numbers))
                    parts += (number, base.what, base.kind, source.layout)
        return tuple(parts), list(numbers)
