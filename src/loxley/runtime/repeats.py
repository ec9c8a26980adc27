"""Stretches of a plan that follow each other and do the same, as the layers of a network do.

In: pending values in an order in which they can run.  Out: the same values in parts, to be run one
after the other.  Of a plan whose sizes never come again the stretches that are alike come as often
as there are layers: one plan, made once, serves them all.
"""

from __future__ import annotations

from collections.abc import Sequence

from ..ir.graph import ITEM, Value

_LEAST = 8  # operators of a stretch for which finding a plan of its own pays
_TIMES = 3  # so often has it to come
_TRIED = 32  # places at which the next stretch may begin


class Part(list[Value]):
    """Values that run together, and how often the like of them comes in their plan."""

    __slots__ = ("times",)

    def __init__(self, nodes: Sequence[Value] = (), times: int = 1) -> None:
        super().__init__(nodes)
        self.times = times


def repeated(nodes: Sequence[Value]) -> list[Part]:
    """The parts of a plan in which stretches repeat, none of it lost; none if nothing repeats."""
    kinds = _kinds(nodes)
    following = _following(kinds)
    parts: list[Part] = []
    start = done = 0
    while start < len(nodes):
        period, times = _run_from(nodes, kinds, following, start)
        if not times:
            start += 1
            continue
        if start > done:
            parts.append(Part(nodes[done:start]))
        for _ in range(times):
            parts.append(Part(nodes[start : start + period], times))
            start += period
        done = start
    if parts and done < len(nodes):
        parts.append(Part(nodes[done:]))
    return parts


def _kinds(nodes: Sequence[Value]) -> list[int]:
    """A number for each value: equal ones do the same on the same sizes."""
    numbers: dict[tuple, int] = {}
    made = []
    for node in nodes:
        sizes = [i.shape if i is not None else None for i in node.inputs]
        made.append(numbers.setdefault((node.op, node.attrs, node.shape, *sizes), len(numbers)))
    return made


def _following(kinds: Sequence[int]) -> list[int]:
    """For each place the next one of the same kind; 0 if there is none."""
    last: dict[int, int] = {}
    made = [0] * len(kinds)
    for place in range(len(kinds) - 1, -1, -1):
        made[place] = last.get(kinds[place], 0)
        last[kinds[place]] = place
    return made


def _run_from(
    nodes: Sequence[Value], kinds: Sequence[int], following: Sequence[int], start: int
) -> tuple[int, int]:
    """The length of the shortest stretch that begins here and repeats, and how often it comes."""
    place, tried = following[start], 0
    while place and tried < _TRIED:
        tried += 1
        period = place - start
        if period >= _LEAST and kinds[start:place] == kinds[place : place + period]:
            times = _times(nodes, kinds, start, period)
            if times >= _TIMES:
                return period, times
        place = following[place]
    return 0, 0


def _times(nodes: Sequence[Value], kinds: Sequence[int], start: int, period: int) -> int:
    """How often the stretch comes; results of several stay with their operator."""
    first, times = kinds[start : start + period], 1
    end = start + period
    while kinds[end : end + period] == first:
        end += period
        times += 1
    if nodes[start].op is ITEM:
        return 0
    return times - (end < len(nodes) and nodes[end].op is ITEM)
