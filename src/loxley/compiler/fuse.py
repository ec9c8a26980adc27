"""Which primitives share a kernel.

Maps, reductions and gathers are taken in order; each joins the group of one of its inputs, or of
another reader of its inputs, if they run over the same frame of elements and nothing outside the
group lies between them; otherwise it starts a group.  Every refusal has a reason.  Templates,
externs and joined memory are steps of their own.
"""

from __future__ import annotations

from math import prod

from ..shapes import view_strides
from .nodes import FREE, MOVES, Layout, Node, contiguous, expanded_strides, strides_agree

_FUSED = frozenset(("map", "reduce", "gather", "stored"))
_MOST_NODES = 96
_MOST_BUFFERS = 40


def kept(frame: tuple[int, ...], reduced: tuple[int, ...]) -> tuple[int, ...]:
    """A frame whose reduced dimensions have size one."""
    if not reduced:
        return frame
    return tuple(1 if d in reduced else n for d, n in enumerate(frame))


class Group:
    """Nodes that one kernel computes over one frame.

    frame    the shape that all of them run over
    reduced  dimensions of the frame that are reduced; nodes after a reduction lack them ("rows")
    """

    def __init__(self, frame: tuple[int, ...]) -> None:
        self.frame = frame
        self.reduced: tuple[int, ...] = ()
        self.nodes: list[Node] = []
        self.needs: set[Step] = set()  # steps whose results it reads
        self.bit = self.reach = 0  # see `Fused.number`
        self.rows: set[Node] = set()
        self.sources: set[Node] = set()  # what its nodes read from memory

    def row_frame(self) -> tuple[int, ...]:
        return kept(self.frame, self.reduced)


class Single:
    """A template, an extern or joined memory: a step by itself."""

    def __init__(self, node: Node) -> None:
        self.node = node
        self.needs: set[Step] = set()
        self.bit = self.reach = 0


Step = Group | Single


class Fused:
    """The steps of a program (`order` says when each runs), and where each node is computed.

    stored    nodes whose elements go to memory
    refusals  (node, reason) for each node that could not join a group that it might have
    """

    def __init__(self) -> None:
        self.steps: list[Step] = []
        self.step_of: dict[Node, Step] = {}
        self.stored: set[Node] = set()
        self.readers: dict[Node, list[Group]] = {}
        self.refusals: list[tuple[Node, str]] = []
        self._numbered: list[Step] = []
        self._needed = 0  # bits of the steps that another needs

    def number(self, step: Step) -> None:
        """Gives a step its bit; in `reach` are the bits of all that it needs, directly or not."""
        step.bit = 1 << len(self._numbered)
        self._numbered.append(step)

    def need(self, step: Step, other: Step) -> None:
        """Lets `step` read what `other` computes."""
        if other in step.needs:
            return
        step.needs.add(other)
        self._needed |= other.bit
        gained = other.reach | other.bit
        if not gained & ~step.reach:
            return
        step.reach |= gained
        if step.bit & self._needed:
            for one in self._numbered:
                if one.reach & step.bit:
                    one.reach |= gained


def fuse(nodes: list[Node], outputs: set[Node]) -> Fused:
    made = Fused()
    for node in nodes:
        if node.what in _FUSED:
            _place(node, made)
        elif node.what in ("template", "extern", "joined", "leaf"):
            step = Single(node)
            made.number(step)
            for i in node.inputs:
                if (other := _step(i, made)) is not None:
                    made.need(step, other)
            made.step_of[node] = step
    _choose_stored(nodes, outputs, made)
    made.steps = list(dict.fromkeys(made.step_of.values()))
    return made


def _step(node: Node, made: Fused) -> Step | None:
    base = node.base
    return made.step_of.get(base.inputs[0] if base.what == "item" else base)


def _place(node: Node, made: Fused) -> None:
    tried: list[Group] = []
    for candidate in _candidates(node, made):
        if candidate in tried:
            continue
        tried.append(candidate)
        reason = _refusal(node, candidate, made)
        if reason is None:
            _join(node, candidate, made)
            return
        made.refusals.append((node, reason))
    frame = node.inputs[0].shape if node.what == "reduce" else node.shape
    group = Group(frame)
    reason = _refusal(node, group, made)
    if reason is not None:
        raise AssertionError(f"{node} does not fit its own frame: {reason}")
    made.number(group)
    _join(node, group, made)


def _candidates(node: Node, made: Fused):
    """Groups of the inputs, the latest first; then groups that read the same memory."""
    producers = []
    for i in node.inputs:
        step = made.step_of.get(i.base)
        if isinstance(step, Group):
            producers.append((i.base.index, step))
    for _, group in sorted(producers, key=lambda p: -p[0]):
        yield group
    for i in node.inputs:
        if i.base.what in FREE or 4 * i.base.size < node.size:  # little would be read once
            continue
        yield from made.readers.get(i.base, ())


def accesses(node: Node) -> list[Node]:
    """The inputs that a node reads at the elements of its frame (a gather's table is not)."""
    if node.what == "gather":
        return [node.inputs[1]]
    return [node.inputs[0]] if node.what == "stored" else list(node.inputs)


def joined_of(node: Node) -> Node:
    """The memory that a node is stored to a region of."""
    return next(user for user in node.users if user.what == "joined")


def _refusal(node: Node, group: Group, made: Fused) -> str | None:
    """Why a node can't join a group; None if it can."""
    if len(group.nodes) >= _MOST_NODES or len(group.sources) >= _MOST_BUFFERS:
        return "the group is full"
    for i in node.inputs[1:] if node.what == "stored" else ():
        if made.step_of.get(i) is group:
            return "it overwrites what the group writes"
    if node.what == "gather" and made.step_of.get(node.inputs[0].base) is group:
        return "it picks among the group's results"
    frame, reduced = group.frame, group.reduced
    row = False
    if node.what == "reduce":
        wanted = node.inputs[0].shape
        dims = node.data[1]
        if prod(wanted) != prod(frame):
            return f"runs over {list(wanted)}, the group over {list(frame)}"
        if reduced and (dims != reduced or wanted != frame):
            return "reduces other dimensions than the group"
        if not reduced and _by_columns(wanted, dims) and any(_is_result(n) for n in group.nodes):
            return "columns are summed where nothing is stored row by row"
        if not reduced and (group.frame != wanted) and not _reframed(group, wanted, made):
            return "the group's memory can't be seen in the reduction's shape"
        frame, reduced = wanted, dims
    elif prod(node.shape) != prod(frame):
        row = bool(reduced) and prod(node.shape) == prod(group.row_frame())
        if not row:
            return f"runs over {list(node.shape)}, the group over {list(frame)}"
    rows = kept(frame, reduced)
    walked = rows if row else frame
    if node.what == "stored" and _stored_strides(node, walked) is None:
        return "its region can't be seen in the group's shape"
    if node.what == "gather" and node.shape != walked:
        return "a gather over another shape"
    shape = node.inputs[0].shape if node.what == "reduce" else node.shape
    for i in accesses(node):
        if i.base.what in FREE:
            if i.base.what == "iota" and (i is not i.base or i.base.shape != frame):
                return "an index over another shape"
            continue
        own = made.step_of.get(i.base) is group
        if not own and (not i.shape or shape == walked):
            continue
        have = frame_strides(i.layout, shape, walked)
        if have is None:
            return "an argument can't be seen in the group's shape"
        reason = _own_refusal(i, have, group, (frame, rows), reduced, row) if own else None
        if reason is not None:
            return reason
    return _cycle(node, group, made)


def _by_columns(shape: tuple[int, ...], dims: tuple[int, ...]) -> bool:
    """Whether the last dimension of more than one element is kept by a reduction."""
    last = max(d for d, n in enumerate(shape) if n != 1)
    return last not in dims


def _is_result(node: Node) -> bool:
    """Whether a node is read by what can't be part of its group, so that it will be stored."""
    seen, stack = False, list(node.users)
    while stack and not seen:
        user = stack.pop()
        if user.what in MOVES:
            stack.extend(user.users)
        else:
            seen = user.what not in _FUSED
    return seen or node.what == "stored"


def frame_strides(
    end: Layout, shape: tuple[int, ...], frame: tuple[int, ...]
) -> tuple[int, ...] | None:
    """The strides over `frame` of a layout that is broadcast to `shape`, of as many elements."""
    strides = expanded_strides(end[0], end[1], shape)
    if shape == frame:
        return strides
    made = view_strides(shape, strides, frame)
    return None if made is None else tuple(made)


def _own_refusal(source, have, group, frames, reduced, row) -> str | None:
    """Why a node can't read what the group itself computes, with strides `have` over its frame."""
    frame, rows = frames
    if source.layout[2]:
        return "reads the group's results elsewhere"
    if source.base not in group.rows:
        if row:
            return "an element of what the group reduces"
        same = strides_agree(frame, have, contiguous(frame)[1])
    else:
        same = strides_agree(rows, have, contiguous(rows)[1])
        # broadcast along the reduced dimensions only
        same = same and (row or not any(have[d] for d in reduced if frame[d] > 1))
    return None if same else "reads the group's results in another order"


def _reframed(group: Group, wanted: tuple[int, ...], made: Fused) -> bool:
    """Whether everything that a group without reductions reads can be seen in another shape."""
    for node in group.nodes:
        for source in accesses(node):
            if source.base.what == "iota":
                return False
            if source.base.what in FREE:
                continue
            if frame_strides(source.layout, node.shape, wanted) is None:
                return False
        if node.what == "gather" and node.shape != wanted:
            return False
        if node.what == "stored" and _stored_strides(node, wanted) is None:
            return False
    return True


def _stored_strides(node: Node, frame: tuple[int, ...]):
    return view_strides(node.shape, node.data[0], frame)


def _cycle(node: Node, group: Group, made: Fused) -> str | None:
    """Whether an input from outside the group itself needs the group."""
    for i in node.inputs:
        step = _step(i, made)
        if step is not None and step is not group and step.reach & group.bit:
            return "needs a step that needs the group"
    return None


def _join(node: Node, group: Group, made: Fused) -> None:
    if node.what == "reduce":
        group.frame, group.reduced = node.inputs[0].shape, node.data[1]
        group.rows.add(node)
    elif group.reduced and prod(node.shape) == prod(group.row_frame()) != prod(group.frame):
        group.rows.add(node)
    group.nodes.append(node)
    made.step_of[node] = group
    for i in node.inputs:
        step = _step(i, made)
        if step is not None and step is not group:
            made.need(group, step)
        if i.base.what not in FREE and step is not group:
            group.sources.add(i.base)
            made.readers.setdefault(i.base, []).append(group)


def _choose_stored(nodes: list[Node], outputs: set[Node], made: Fused) -> None:
    """Results, what other steps read, and what is laid out for a joined memory."""
    made.stored |= {n for n in outputs if n.what in _FUSED}
    for node in nodes:
        here = made.step_of.get(node)
        if node.what == "stored":
            made.stored.add(node)
        if here is None:
            continue
        for i in node.inputs:
            base = i.base
            if base.what in _FUSED and (
                made.step_of[base] is not here or (node.what == "gather" and i is node.inputs[0])
            ):
                made.stored.add(base)
