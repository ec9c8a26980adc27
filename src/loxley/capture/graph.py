"""The operators of a call, taken out of what it recorded.

In: values that a replay has to compute, and the session that saw them come about.  Out: a
`Recorded`: copies of the nodes without arrays, their leaves and where those come from.  The
originals stay as they are and are computed by the call itself.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from ..ir.graph import CONSTANT, LEAF, META, Pending, Value
from .reasons import Refused

if TYPE_CHECKING:
    from .session import Session


class Recorded:
    """Nodes in running order, leaves and their sources.

    sources  for each leaf ("storage", StorageSpec), ("state", name of a generator),
             ("numbers", tuple) or ("array", Value)
    place    by the id of an original value: its position among the nodes, or -1 - that of its leaf
    """

    def __init__(self) -> None:
        self.nodes: list[Value] = []
        self.leaves: list[Value] = []
        self.sources: list[tuple[str, Any]] = []
        self.place: dict[int, int] = {}
        self.copies: dict[int, Value] = {}
        self.outputs: dict[int, int] = {}  # by the id of a copy: how many results it has
        self.alive: list[Value] = []  # originals, so that their ids stay theirs


def extract(session: Session, wanted: list[Value]) -> Recorded:
    """All that the wanted values need."""
    made = Recorded()
    states = {id(first): name for _, name, first in session.generators.values()}
    for root in wanted:
        stack = [root]
        while stack:
            value = stack[-1]
            if id(value) in made.place:
                stack.pop()
                continue
            source = _source(session, states, value)
            if source is not None:
                _add_leaf(made, value, source)
                stack.pop()
                continue
            waiting = [
                i for i in _inputs(session, value) if i is not None and id(i) not in made.place
            ]
            if waiting:
                stack.extend(reversed(waiting))
                continue
            stack.pop()
            _add_node(made, session, value)
    _in_recorded_order(made)
    return made


def _in_recorded_order(made: Recorded) -> None:
    """Nodes as the call recorded them, results of one operator side by side, where that is known.

    Plain runs have this order, and plans of the same order compute the same bits.
    """
    known = {id(v): i for i, r in enumerate(Pending.refs) if (v := r()) is not None}
    originals = [v for v in made.alive if made.place[id(v)] >= 0]
    at: dict[int, float] = {}
    for value in originals:
        if value.dtype is None:
            items = [known[id(i)] for r in value.extra or () if (i := r()) and id(i) in known]
            at[id(value)] = min(items) - 0.5 if items else -1.0
        else:
            at[id(value)] = known.get(id(value), -1)
    if min(at.values(), default=0) < 0:
        return
    originals.sort(key=lambda v: at[id(v)])
    made.nodes = [made.copies[id(v)] for v in originals]
    made.place.update({id(v): i for i, v in enumerate(originals)})


def _inputs(session: Session, value: Value) -> tuple:
    kept = session.kept.get(id(value))
    return value.inputs if kept is None else kept[1]


def _source(session: Session, states: dict[int, str], value: Value) -> tuple[str, Any] | None:
    """Where a leaf comes from; None for a node."""
    spec = session.firsts.get(id(value))
    if spec is not None:
        return "storage", spec
    if id(value) in states:
        return "state", states[id(value)]
    found = session.numbers.get(id(value))
    if found is not None:
        return "numbers", found[1]
    if value.op is META:
        raise Refused("a tensor without memory")
    if id(value) in session.kept or value.data is None:
        return None
    if value.op is LEAF or value.op is CONSTANT:
        return "array", value
    if value.dtype is None:
        raise Refused("several results, one of which was looked at")
    return "array", value  # computed before the call, or of constants within it


def _add_leaf(made: Recorded, value: Value, source: tuple[str, Any]) -> None:
    op = CONSTANT if value.op is CONSTANT else LEAF
    copy = Value(op, (), (), value.shape, value.dtype)
    made.place[id(value)] = -1 - len(made.leaves)
    made.copies[id(value)] = copy
    made.leaves.append(copy)
    made.sources.append(source)
    made.alive.append(value)


def _add_node(made: Recorded, session: Session, value: Value) -> None:
    inputs = tuple(None if i is None else made.copies[id(i)] for i in _inputs(session, value))
    copy = Value(value.op, inputs, value.attrs, value.shape, value.dtype)
    if isinstance(value.extra, str):
        copy.extra = value.extra
    elif value.dtype is None:
        made.outputs[id(copy)] = len(value.extra)
    made.place[id(value)] = len(made.nodes)
    made.copies[id(value)] = copy
    made.nodes.append(copy)
    made.alive.append(value)


def depends(session: Session, value: Value) -> bool:
    """Whether a value depends on anything that may differ in the next call."""
    return any(source[0] != "array" for source in extract(session, [value]).sources)


def same_elements(array: Any, known: np.ndarray) -> bool:
    """Whether an array has the very bits that it had."""
    return (
        array.shape == known.shape
        and array.dtype == known.dtype
        and np.ascontiguousarray(array).tobytes() == known.tobytes()
    )
