"""Where every value of a plan lies: in an argument's array, in its own, in another's, in the arena.

In: the steps of a plan in running order, what is wanted, which leaves may be written over.  Out: a
`Place` for every node that has memory.  Three things keep a plan small:

  a value that is written where an argument is read for the last time, element by element, is
  written over that argument, be it a leaf or an intermediate result;
  the array of a wanted result is memory for others until its own first step (a gradient's array
  holds activations of the forward pass);
  the rest shares the arena by lifetimes.
"""

from __future__ import annotations

from collections.abc import Mapping
from math import prod

from .arena import Host, Lifetime, layout
from .fuse import Fused, Group, Single, Step, accesses, frame_strides
from .kinds import NUMPY, SIZE
from .lower import levels
from .nodes import FREE, Node, contiguous, is_whole, strides_agree
from .program import Program
from .running import Compiled, Place

_LEAST_HOST = 1 << 20  # bytes of a wanted array that others may lie in
_OWN = ("item", "joined")


class Room:
    """One piece of memory and the nodes that lie in it, one after the other."""

    def __init__(self, node: Node, size: int, first: int, last: int) -> None:
        self.nodes = [node]
        self.size, self.first, self.last = size, first, last
        self.array = -1  # the wanted array that it is, if it is one


class Placing:
    """Gives each node its `Place`, and tells the plan which arrays it has to make."""

    def __init__(
        self, program: Program, fused: Fused, donated: frozenset[int], made: Compiled
    ) -> None:
        self.program, self.fused, self.donated, self.made = program, fused, donated, made
        self.places: dict[Node, Place] = {}
        position = {step: i for i, step in enumerate(fused.steps)}
        # When a node is computed; moves, leaves and numbers are not.
        self.when = {node: position[step] for node, step in fused.step_of.items()}
        self.last_extern = max((i for s, i in position.items() if _is_extern(s)), default=-1)
        self.reads = self._last_reads()
        self.rooms: dict[Node, Room] = {}
        self.taken: set[Node] = set()  # arguments that something is written over
        self.read: dict[Group, list[Node]] = {}  # what a group reads from memory, in order
        self.levels: dict[Group, dict[Node, int]] = {}

    def place(self, scratch: Mapping[Node, int]) -> dict[Node, Place]:
        """The places; `scratch` has the bytes that each template needs while it runs."""
        for node in self.program.nodes:
            if node.what in ("leaf", "scalar"):
                self.places[node] = Place(node.data, 0)
        self._number_outputs()
        for node in sorted(self._memory_nodes(), key=self._writer):
            self._give_room(node)
        for node, size in scratch.items():
            at = self.when[node]
            self.rooms[node] = Room(node, size, at, at)
        self._settle()
        return self.places

    # ------------------------------------------------------------------ when

    def _writers(self, node: Node) -> tuple[int, int]:
        """The first and the last step that writes a node's memory."""
        if node.what not in _OWN:
            at = self.when[node]
            return at, at
        steps = [self.when[part] for part in node.inputs]
        return min(steps), max(steps)

    def _writer(self, node: Node) -> int:
        return self._writers(node)[0]

    def _last(self, node: Node) -> int:
        """The last step in which a node's memory is read or written."""
        return max(self.reads.get(node, -1), self._writers(node)[1])

    def _last_reads(self) -> dict[Node, int]:
        last: dict[Node, int] = {}
        find = self.when.get
        for node in self.program.nodes:
            at = find(node)
            if at is not None:
                for i in node.inputs:
                    if last.get(i.base, -1) < at:
                        last[i.base] = at
        return last

    # ------------------------------------------------------------------ who has memory

    def _memory_nodes(self) -> list[Node]:
        """Nodes that have memory of their own, with results of templates that nobody reads."""
        fused = self.fused
        nodes = [
            n
            for n in self.program.nodes
            if n.what in _OWN or (n in fused.stored and n.what != "stored")
        ]
        for step in fused.steps:
            if isinstance(step, Single) and step.node.what == "template":
                nodes.extend(_unread(step.node))
        return nodes

    def _number_outputs(self) -> None:
        made, self.wanted = self.made, dict(reversed(self.program.outputs))
        for node in self.wanted:
            if node.what not in FREE and node not in self.places:
                self.places[node] = Place(made.size, 0)
                made.size += 1

    def _give_room(self, node: Node) -> None:
        """An array, an argument's memory, or a room of the arena."""
        wanted = node in self.wanted
        if node.kind is None or (node.what == "item" and node.inputs[0].what == "extern"):
            if not wanted:
                self.places[node] = Place(self.made.size, 0)
                self.made.size += 1
            return
        leaf = self._argument(node, True) if wanted else None
        if leaf is not None:
            self.taken.add(leaf)
            self.made.given.append((self.places[node].array, leaf.data))
            return
        under = self._argument(node, False)
        if under is None:
            size = node.size * SIZE[node.kind]
            room = Room(node, size, self._writer(node), self._last(node))
        else:
            self.taken.add(under)
            room = self.rooms[under]
            room.nodes.append(node)
            room.last = self._last(node)
        self.rooms[node] = room
        if wanted:
            room.array = self.places[node].array
            self.made.made.append((room.array, self.wanted[node], NUMPY[node.kind]))

    # ------------------------------------------------------------------ written over

    def _argument(self, node: Node, leaf: bool) -> Node | None:
        """What a node may be written over: a leaf that may be, or an intermediate result."""
        step = self.fused.step_of.get(node.inputs[0] if node.what == "item" else node)
        at = self._writer(node)
        if leaf and at < self.last_extern:  # it may raise, and what is pending is computed again
            return None
        if isinstance(step, Group):
            if node.what != "map":
                return None
            for base in dict.fromkeys([*[i.base for i in node.inputs], *self._read(step)]):
                if base.size == node.size and self._fits(node, base, at, leaf):
                    if _element_by_element(step, node, base, self._levels(step)):
                        return base
            return None
        return self._accumulator(node, at, leaf)

    def _read(self, group: Group) -> list[Node]:
        """The bases that a group reads and does not compute."""
        found = self.read.get(group)
        if found is None:
            bases = dict.fromkeys([i.base for n in group.nodes for i in n.inputs])
            found = self.read[group] = [b for b in bases if b in group.sources]
        return found

    def _levels(self, group: Group) -> dict[Node, int]:
        """In which pass each node of a group is computed."""
        found = self.levels.get(group)
        if found is None:
            alike = not group.reduced
            found = dict.fromkeys(group.nodes, 0) if alike else levels(group)
            self.levels[group] = found
        return found

    def _accumulator(self, node: Node, at: int, leaf: bool) -> Node | None:
        """The argument that a template may write its result over."""
        if node.what != "item" or node.data != 0 or node.inputs[0].what != "template":
            return None
        template = node.inputs[0]
        if template.data.over is None:
            return None
        under = template.inputs[template.data.over]
        alone = sum(i.base is under.base for i in template.inputs) == 1
        fits = alone and is_whole(under) and under.size == node.size
        fits = fits and self._fits(node, under.base, at, leaf)
        return under.base if fits else None

    def _fits(self, node: Node, base: Node, at: int, leaf: bool) -> bool:
        """Whether an argument of a node's size is of its kind and read here for the last time."""
        if (base.what == "leaf") is not leaf or base in self.taken or base.kind != node.kind:
            return False
        if self.reads.get(base, -1) > at:
            return False
        if leaf:
            return base.data in self.donated and base.shape == node.shape
        if base not in self.rooms or base in self.wanted:
            return False
        return self._writers(base)[1] < at == self._last(base)

    # ------------------------------------------------------------------ the arena

    def _settle(self) -> None:
        """Offsets for every room: in arrays of wanted results, or in the arena."""
        rooms = list(dict.fromkeys(self.rooms.values()))
        hosts = [
            Host(r.array, r.size, r.first) for r in rooms if r.array >= 0 and r.size >= _LEAST_HOST
        ]
        rest = [r for r in rooms if r.array < 0]
        lifetimes = [Lifetime(r.size, r.first, r.last, r.nodes[0].what != "template") for r in rest]
        found, self.made.arena_bytes = layout(lifetimes, hosts)
        for room in rooms:
            if room.array >= 0:
                self.places |= dict.fromkeys(room.nodes, Place(room.array, 0))
        for room, (array, offset), lifetime in zip(rest, found, lifetimes):
            self.places |= dict.fromkeys(room.nodes, Place(array, offset))
            self.made.lifetimes.append((room.nodes[0], Place(array, offset), lifetime))


def _is_extern(step: Step) -> bool:
    return isinstance(step, Single) and step.node.what == "extern"


def _unread(node: Node) -> list[Node]:
    """Results of a template that nobody reads: they have memory all the same."""
    read = {n.data for n in node.users if n.what == "item"}
    made = []
    for i, (shape, kind) in enumerate(node.data.outputs):
        if i not in read:
            made.append(Node("item", shape, kind, (node,), i))
    node.users = [*node.users, *made]
    return made


def _element_by_element(group: Group, node: Node, base: Node, known: dict[Node, int]) -> bool:
    """Whether a group reads `base` only where it stores `node`, and not after that.

    A frame is walked row by row (or column by column), each in as many passes as there are levels
    of reductions.  What the last pass stores may lie where earlier passes and itself read; a row's
    own value where rows' values of its level and earlier passes read, each of which reads it once.
    """
    if node in group.rows:
        frame, last = group.row_frame(), known[node]
        before = last - 1
    else:
        frame, last = group.frame, max(known[n] for n in group.nodes if _passed(n, group))
        before = last
        if known[node] != last:
            return False
    if prod(frame) != node.size:
        return False
    for n in group.nodes:
        if n.what == "gather" and n.inputs[0].base is base:
            return False
        if any(i.base is base for i in accesses(n)):
            if known[n] > (before if _passed(n, group) else last):
                return False
            if not _reads_in_place(n, group, base, frame):
                return False
    return True


def _passed(node: Node, group: Group) -> bool:
    """Whether a node belongs to a pass over the frame, rather than to its rows."""
    return node.what == "reduce" or node not in group.rows


def _reads_in_place(node: Node, group: Group, base: Node, frame: tuple[int, ...]) -> bool:
    """Whether a node reads `base` at its own element of the frame or of its rows."""
    shape = node.inputs[0].shape if node.what == "reduce" else node.shape
    walked = group.frame if _passed(node, group) else group.row_frame()
    own = tuple(0 if n == 1 else s for n, s in zip(frame, contiguous(frame)[1]))
    for i in accesses(node):
        if i.base is not base:
            continue
        seen = frame_strides(i.layout, shape, walked)
        if seen is None or i.layout[2] or not strides_agree(walked, seen, own):
            return False
    return True
