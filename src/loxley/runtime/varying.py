"""Plans whose sizes are others at each sight: what stays the same in them is a plan of its own.

In: a plan that is met for the first time, and the family that it belongs to (plans that differ in
sizes alone).  Out: its values in parts that run one after the other, those whose sizes have never
changed apart from those whose sizes have, and of these the stretches that repeat.  A layer that
sends tokens to experts by their number changes a tenth of a step: the rest of it, attention, the
loss and the optimizer, is met again.  The layers of a sequence that grows are one plan for each
length.  What decides is counted.
"""

from __future__ import annotations

import itertools
from collections import OrderedDict
from collections.abc import Sequence
from math import prod
from operator import ne

from ..ir.graph import ITEM, Value

_NEW = 3  # plans of a family met one after the other for the first time, before one is parted
_LEAST = 8  # operators for which finding a plan of their own pays
# Elements per operator: of all stretches that are alike, from which their plan is made at once; of
# a part, from which it is always looked up; of a stretch, below which it counts like any other.
_WORTH, _LARGE, _SMALL = 1 << 15, 1 << 15, 1 << 12
_TIMES, _TRIED = 3, 32  # how often a stretch has to come; places at which the next may begin
_KEPT = 64  # families that are remembered


class Part(list[Value]):
    """Values that run together, and how often the like of them comes in their plan; 0 times are
    interpreted without looking for a plan."""

    __slots__ = ("times",)

    def __init__(self, nodes: Sequence[Value] = (), times: int = 1) -> None:
        super().__init__(nodes)
        self.times = times


class Family:
    """What is known of plans that differ in sizes alone.

    new      how many were met for the first time since one was met again; from `_NEW` on for good
    sizes    of each value of the last one: attributes, its shape and those of its inputs
    varying  places of the values whose sizes have changed
    levels   in which part each value runs, of so many that vary
    """

    __slots__ = ("new", "sizes", "varying", "levels")

    def __init__(self, nodes: Sequence[Value]) -> None:
        self.new, self.sizes = 1, _sizes(nodes)
        self.varying: set[int] = set()
        self.levels: tuple[int, list[int]] = (-1, [])

    def meet(self, nodes: Sequence[Value]) -> None:
        """One more, for the first time."""
        self.new += 1
        sizes = _sizes(nodes)
        changed = map(ne, sizes, self.sizes)
        self.varying.update(itertools.compress(itertools.count(), changed))
        self.sizes = sizes

    def parts(self, nodes: Sequence[Value]) -> list[int]:
        """In which part each value runs: all plans of a family are wired alike."""
        if self.levels[0] != len(self.varying):
            self.levels = len(self.varying), _worth_it(nodes, set(self.varying))
        return self.levels[1]


class Cut:
    """How a plan that was met again is parted: the places of each part's values and how often its
    like comes, for as long as its family has these levels."""

    __slots__ = ("levels", "parts")

    def __init__(self) -> None:
        self.levels: list[int] | None = None
        self.parts: list[tuple[list[int], int]] = []


FAMILIES: OrderedDict[int, Family] = OrderedDict()


def _sizes(nodes: Sequence[Value]) -> list[tuple]:
    return [(n.attrs, n.shape, *[i.shape for i in n.inputs if i is not None]) for n in nodes]


def meet(family: int, nodes: Sequence[Value]) -> None:
    """Notes a plan that is met for the first time."""
    known = FAMILIES.get(family)
    if known is not None and len(known.sizes) == len(nodes):
        known.meet(nodes)
        FAMILIES.move_to_end(family)
        return
    FAMILIES[family] = Family(nodes)
    if len(FAMILIES) > _KEPT:
        FAMILIES.popitem(last=False)


def meet_again(family: int) -> None:
    """Notes that a plan was met once more: its family's sizes recur, unless it runs in parts."""
    known = FAMILIES.get(family)
    if known is not None and known.new <= _NEW:
        known.new = 0


def parted(family: int, nodes: Sequence[Value], cut: Cut | None) -> list[Part]:
    """The parts of a plan, each in an order in which it can run; none if it stays whole.

    The values have their places.  Sizes that are met for the first time, those of a plan without a
    `cut`, are not expected again; a plan that has one remembers its parts there.
    """
    known = FAMILIES.get(family)
    if known is None or known.new <= _NEW or len(known.sizes) != len(nodes):
        return []
    levels = known.parts(nodes)
    if cut is None:
        return _parts(nodes, levels, first=True)
    if cut.levels is levels:
        return [Part([nodes[i] for i in places], times) for places, times in cut.parts]
    made = _parts(nodes, levels, first=False)
    cut.levels, cut.parts = levels, [([n.place for n in part], part.times) for part in made]
    return made


def _parts(nodes: Sequence[Value], levels: Sequence[int], first: bool) -> list[Part]:
    """The values of each level; what varies in stretches that repeat."""
    parts = [Part() for _ in range(max(levels) + 1)]
    for node, level in zip(nodes, levels):
        parts[level].append(node)
    made: list[Part] = []
    for level, part in enumerate(parts):
        if part:
            made += _of_varying(part, first) if level & 1 else [part]
    return made if len(made) > 1 else []


def _of_varying(part: Part, first: bool) -> list[Part]:
    """Sizes that vary: stretches that repeat are plans if they are worth it, others are looked up
    only once their sizes have come again."""
    found = repeated(part) or [part]
    for stretch in found:
        size = sum([prod(n.shape) for n in stretch]) // len(stretch)
        if first and size < _LARGE and size * stretch.times < _WORTH:
            stretch.times = 0
        elif size < _SMALL:
            stretch.times = 1
    return found


def _worth_it(nodes: Sequence[Value], varying: set[int]) -> list[int]:
    """The parts of which each that stays the same is worth a plan; adds to `varying` the others."""
    levels = _levels(nodes, varying)
    while small := _small(levels):
        varying.update(place for place, level in enumerate(levels) if level in small)
        levels = _levels(nodes, varying)
    return levels


def _levels(nodes: Sequence[Value], varying: set[int]) -> list[int]:
    """In which part each value runs: an even one if its sizes stay, an odd one if they vary."""
    levels: list[int] = []
    for place, node in enumerate(nodes):
        level = odd = place in varying
        for source in node.inputs:
            if source is not None and source.data is None:
                before = levels[source.place]
                if node.op is ITEM:
                    level = before
                    break
                level = max(level, before + ((before & 1) != odd))
        levels.append(int(level))
    return levels


def _small(levels: Sequence[int]) -> set[int]:
    """The parts of sizes that stay which aren't worth a plan."""
    counts: dict[int, int] = {}
    for level in levels:
        counts[level] = counts.get(level, 0) + 1
    return {level for level, count in counts.items() if not level & 1 and count < _LEAST}


# ---------------------------------------------------------------- what repeats


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
