"""Replays whose results can still be differentiated: values and histories recorded anew.

In: a session whose call returned tensors with a living history.  Out: lines that make the same
`Value`s, pending as they were, and the same grad nodes over them, without running the functions
that made them.  What is computed later is then one plan with what follows: a backward pass
outside, hooks and second derivatives find what they would have found.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any
from weakref import ref

from ..ir.graph import ITEM, Pending, Value
from ..runtime import evaluate, flush
from ..runtime.interpreter import flush_if_full
from ..tensor import Tensor
from ..tensor.grad import _SEQUENCE, AccumulateGrad, Node, OpNode, Saved
from ..tensor.views import AsStridedBackward0
from .effects import Effects
from .graph import Recorded
from .reasons import Refused

if TYPE_CHECKING:
    from .session import Session

_OF_NODES = frozenset("edges out_metas sequence saved saved_out".split())


class Living(Effects):
    """Effects in which results are pending values: w0, w1, ..., in the order of `wanted`."""

    def __init__(self, session: Session) -> None:
        super().__init__(session)
        self._waiting: list[tuple[str, Tensor]] = []
        self._nodes: dict[int, Node] = {}
        self._edges: dict[int, str] = {}
        names = {"ref": ref, "Pending": Pending, "SEQUENCE": _SEQUENCE, "Saved": Saved}
        self.guards.names.update(names, flush=flush, flush_if_full=flush_if_full, Value=Value)
        self.guards.names["new"] = object.__new__

    def _new_value(self, value: Value) -> str:
        return f"w{self._wanted(value)}"

    def _array(self, value: Value) -> str:
        self.guards.names["evaluate"] = evaluate
        return f"evaluate({self._value(value)})"

    def _history(self, t: Tensor, name: str) -> None:
        self._waiting.append((name, t))

    def finish(self) -> None:
        """Writes the nodes, those recorded first before the others."""
        ends = []
        for name, t in self._waiting:  # which grows: nodes save tensors, which have histories
            edge = self._edge((t._grad_fn, t._output_nr))
            ends.append(f"{name}._grad_fn, {name}._output_nr = {edge}")
            self._collect((t._grad_fn, t._output_nr))
        for node in sorted(self._nodes.values(), key=lambda n: n.sequence):
            self._write(node)
        self.lines += ends
        if self.session.flushes:
            self.lines.append("flush()")

    def _collect(self, root: tuple[Any, int]) -> None:
        """All nodes of a history; tensors that they save are made."""
        stack = [root]
        while stack:
            node, number = stack.pop()
            if id(node) in self._nodes or isinstance(node, AccumulateGrad):
                continue
            if id(node) in self._outside_nodes:
                if (id(node), number) not in self._outside:
                    raise Refused("a history that an argument has only a part of")
                continue
            if node.hooks or node.prehooks or node.tensor_hooks or node.retained:
                raise Refused("hooks in the history of what is returned")
            if not isinstance(node, (OpNode, AsStridedBackward0)):
                raise Refused(f"a history with {node.name()} is returned")
            self._nodes[id(node)] = node
            for saved in self._saved_of(node):
                for t in (saved.tensor, saved.memory):
                    if t is not None:
                        self.tensor(t)
                if saved.value is not None:
                    self._value(saved.value)
            stack.extend(edge for edge in node.edges if edge is not None)

    def _saved_of(self, node: Any) -> list[Saved]:
        found = [s for s in (getattr(node, "saved", None) or {}).values() if s is not None]
        found += getattr(node, "saved_out", None) or []
        for saved in found:
            if type(saved) is not Saved or saved.hooks is not None:
                raise Refused("a history that keeps more than tensors is returned")
        return found

    # ------------------------------------------------------------------ nodes

    def _edge(self, edge: Any) -> str:
        if edge is None:
            return "None"
        node, number = edge
        if isinstance(node, AccumulateGrad):
            return self._leaf_edge(node)
        spec = self._outside.get((id(node), number))
        if spec is not None:
            return f"({spec.name}._grad_fn, {spec.name}._output_nr)"
        return f"(g{id(node)}, {number})"

    def _leaf_edge(self, node: AccumulateGrad) -> str:
        name = self._edges.get(id(node))
        if name is None:
            spec = self.guards.tensors.get(id(node.variable))
            if spec is None:
                raise Refused("a history that leads to a tensor made inside is returned")
            name = self._edges[id(node)] = self._name(f"{spec.name}._edge()")
        return name

    def _write(self, node: Any) -> None:
        name, constant = f"g{id(node)}", self.guards.constant
        edges = "".join(f"{self._edge(e)}, " for e in node.edges)
        add = self.lines.append
        add(f"{name} = new({constant(type(node))})")
        add(f"{name}.edges = ({edges})")
        add(f"{name}.out_metas = [*{constant(tuple(node.out_metas))}]")
        add(f"{name}.sequence = next(SEQUENCE)")
        for part, value in node.__dict__.items():
            if part not in _OF_NODES:
                add(f"{name}.{part} = {constant(value)}")
        saved = node.__dict__.get("saved")
        if saved is not None:
            parts = [f"{i}: {'None' if s is None else self._saved(s)}" for i, s in saved.items()]
            add(f"{name}.saved = {{{', '.join(parts)}}}")
        outs = node.__dict__.get("saved_out")
        if outs is not None:
            add(f"{name}.saved_out = [{', '.join(map(self._saved, outs))}]")

    def _saved(self, saved: Saved) -> str:
        """The name of a new record of a saved tensor."""
        name = self._name("new(Saved)")
        add = self.lines.append
        add(f"{name}.value = {'None' if saved.value is None else self._value(saved.value)}")
        for part in ("tensor", "memory"):
            t = getattr(saved, part)
            add(f"{name}.{part} = {'None' if t is None else self.tensor(t)}")
        if saved.counter is None:
            add(f"{name}.counter = None; {name}.version = {saved.version}")
        else:
            add(f"{name}.counter = {self._version_of(saved, name)}")
        for part in ("output_nr", "origin"):
            if part in saved.__dict__:
                add(f"{name}.{part} = {self.guards.constant(getattr(saved, part))}")
        if saved.edge is not None:
            add(f"{name}.edge = {self._edge(saved.edge)}")
        return name

    def _version_of(self, saved: Saved, name: str) -> str:
        """The text of what counts versions; and the version, from that of the moment."""
        counter: Any = saved.counter
        spec = self.session.storages.get(id(counter))
        if spec is None:
            self.lines.append(f"{name}.version = {saved.version}")
            if hasattr(counter, "value"):
                return self._storage(counter)
            return self._counter(counter)
        late = counter.version - saved.version  # writes after it was saved: the call is over
        self.lines.append(f"{name}.version = {spec.name}.version - {late}")
        return spec.name


def recording(made: Recorded, wanted: list[Value], guards: Any) -> list[str]:
    """The lines that record nodes over leaves l0, l1, ...; w0, w1, ... are the wanted values."""
    lines: list[str] = []
    names = {id(leaf): f"l{i}" for i, leaf in enumerate(made.leaves)}
    refs, size = [], 0
    constant = guards.constant
    for i, node in enumerate(made.nodes):
        name = names[id(node)] = f"v{i}"
        inputs = "".join(f"{'None' if x is None else names[id(x)]}, " for x in node.inputs)
        parts = f"{constant(node.op)}, ({inputs}), {constant(node.attrs)}"
        lines.append(f"{name} = Value({parts}, {constant(node.shape)}, {constant(node.dtype)})")
        if isinstance(node.extra, str):
            lines.append(f"{name}.extra = {constant(node.extra)}")
        if node.dtype is not None:
            refs.append(f"ref({name}), ")
            size += node.numel() * node.dtype.itemsize
    guards.names["gone"] = _gone
    for whole, items in _items(made).items():
        listed = "".join("gone, " if i is None else f"ref({names[i]}), " for i in items)
        lines.append(f"{names[whole]}.extra = ({listed})")
    lines.append(f"Pending.refs += ({''.join(refs)})")
    lines.append(f"Pending.nodes += {len(made.nodes)}; Pending.bytes += {size}")
    for i, value in enumerate(wanted):
        lines.append(f"w{i} = {names[id(made.copies[id(value)])]}")
    return lines


def _gone() -> None:
    """A weak reference to a result that nobody took."""


def _items(made: Recorded) -> dict[int, list[int | None]]:
    """For each value of several results, the ids of those that are taken of it."""
    found: dict[int, list[int | None]] = {}
    for node in made.nodes:
        if node.dtype is None:
            found[id(node)] = [None] * made.outputs[id(node)]
        elif node.op is ITEM:
            found[id(node.inputs[0])][node.attrs[0]] = id(node)
    return found
