"""What a replay has to do with its results: storages, gradients, random states, what is returned.

In: a session whose call has just ended, and what it returned.  Out: lines of Python that put
arrays where the call put its values, and the values that they need.  A tensor that came about in
the call is made anew, with the same layout, aliases and history as it had.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from ..ir.graph import LEAF, Value
from ..optim.applying import _count_value
from ..tensor import Tensor
from ..tensor.conversion import _plain
from ..tensor.grad import AccumulateGrad, Node, OpNode
from ..tensor.storage import Storage
from ..tensor.tensor import Counter
from ..tensor.views import AsStridedBackward0, CopySlices
from .guards import is_constant
from .numbers import plain_of
from .reasons import Refused

if TYPE_CHECKING:
    from .session import Session

_KNOWN = frozenset(
    "_storage dtype _shape _strides _plain _contiguous _offset _base _attr_version _view_kind "
    "_requires_grad _grad_fn _output_nr _own_counter _inference _accumulator _grad".split()
)


class Alive(Exception):
    """What is returned can still be differentiated: values have to be recorded anew."""


class Effects:
    """Lines under way; `wanted` are the values whose arrays they use, as o0, o1, ..."""

    def __init__(self, session: Session) -> None:
        self.session, self.guards = session, session.guards
        self.before: list[str] = []  # what can be let go of before the run
        self.lines: list[str] = []
        self.wanted: list[Value] = []
        self.kept_leaves: set[int] = set()  # first values that somebody gets, which must stay
        self.looked = False  # whether a number is returned
        self.written: set[int] = set()  # first values whose arrays may be written over
        self._known: dict[int, str] = {}
        self._alive: list[Any] = []
        self._count = 0
        # Histories that tensors brought along: (node, output) -> the tensor.
        self._outside: dict[tuple[int, int], Any] = {}
        for spec in self.guards.tensors.values():
            if spec.tensor._grad_fn is not None:
                place = id(spec.tensor._grad_fn), spec.tensor._output_nr
                if place in self._outside:
                    raise Refused("two arguments with one history")
                self._outside[place] = spec
        self._outside_nodes = {node for node, _ in self._outside}

    # ------------------------------------------------------------------ parts

    def _name(self, text: str) -> str:
        self._count += 1
        self.lines.append(f"r{self._count} = {text}")
        return f"r{self._count}"

    def _wanted(self, value: Value) -> int:
        for i, one in enumerate(self.wanted):
            if one is value:
                return i
        self.wanted.append(value)
        return len(self.wanted) - 1

    def _value(self, value: Value) -> str:
        """The text of a `Value` with the contents that `value` would have."""
        session, constant = self.session, self.guards.constant
        spec = session.firsts.get(id(value))
        if spec is not None:
            self.kept_leaves.add(id(value))
            return f"{spec.name}_v"
        if any(first is value for _, _, first in session.generators.values()):
            raise Refused("the state of a stream of random numbers as a tensor")
        if id(value) in session.numbers:
            raise Refused("numbers that change as a tensor")
        if value.data is not None and id(value) not in session.kept:
            return constant(value)
        return self._new_value(value)

    def _new_value(self, value: Value) -> str:
        """The text of a value around an array that was computed."""
        self.guards.names.update(Value=Value, LEAF=LEAF)
        shape, kind = self.guards.constant(value.shape), self.guards.constant(value.dtype)
        return f"Value(LEAF, (), (), {shape}, {kind}, o{self._wanted(value)})"

    def _storage(self, storage: Storage) -> str:
        spec = self.session.storages.get(id(storage))
        if spec is not None:
            return spec.name
        name = self._known.get(id(storage))
        if name is None:
            if id(storage) not in self.session.born or storage.exported or storage.meta:
                raise Refused("memory that is not the call's own is returned")
            self.guards.names["Storage"] = Storage
            name = self._name(f"Storage({self._value(storage.value)}, {storage.size})")
            if storage.version:
                self.lines.append(f"{name}.version = {storage.version}")
            self._known[id(storage)] = name
            self._alive.append(storage)
        return name

    def tensor(self, t: Tensor) -> str:
        """The text of a tensor: one that came in, or a new one like that which the call made."""
        spec = self.session.guards.tensors.get(id(t))
        if spec is not None:
            return spec.name
        name = self._known.get(id(t))
        if name is None:
            name = self._known[id(t)] = self._made(t)
            self._alive.append(t)
        return name

    def _made(self, t: Tensor) -> str:
        if type(t) is not Tensor or set(t.__dict__) - _KNOWN or t._grad is not None:
            raise Refused("a tensor with something of its own is returned")
        constant, storage = self.guards.constant, self._storage(t._storage)
        self.guards.names.update(new=object.__new__, Tensor=Tensor)
        name = self._name("new(Tensor)")
        add = self.lines.append
        add(f"{name}._storage = {storage}; {name}.dtype = {constant(t.dtype)}")
        add(f"{name}._shape = {constant(t._shape)}; {name}._strides = {constant(t._strides)}")
        for part in ("_plain", "_contiguous", "_offset", "_view_kind", "_output_nr", "_inference"):
            if getattr(t, part) != getattr(Tensor, part):
                add(f"{name}.{part} = {getattr(t, part)!r}")
        if t._own_counter is not None:
            add(f"{name}._own_counter = {self._counter(t._own_counter)}")
        if t._base is not None:
            add(f"{name}._base = {self.tensor(t._base)}")
            counter = f"{name}._own_counter" if t._own_counter is not None else storage
            if t._attr_version != t._counter.version and t._tracks():
                raise Refused("a view whose base was written to is returned")
            add(f"{name}._attr_version = {counter}.version")
        if t._requires_grad:
            add(f"{name}._requires_grad = True")
        if t._grad_fn is not None:
            self._history(t, name)
        return name

    def _history(self, t: Tensor, name: str) -> None:
        """Gives a tensor a history like that of `t`, which has to be used up."""
        self._check_over(t._grad_fn)
        self.guards.names["same_node"] = same_node
        self.lines.append(f"{name}._grad_fn = same_node({self.guards.constant(t._grad_fn)})")

    def _counter(self, counter: Counter) -> str:
        name = self._known.get(id(counter))
        if name is None:
            self.guards.names["Counter"] = Counter
            name = self._known[id(counter)] = self._name("Counter()")
            self.lines.append(f"{name}.version = {counter.version}")
            self._alive.append(counter)
        return name

    def _check_over(self, root: Node) -> None:
        """Refused unless a history is used up: nothing in it depends on the call's numbers."""
        stack, seen = [root], {id(root)}
        while stack:
            node = stack.pop()
            if id(node) in self._outside_nodes:
                raise Alive
            if isinstance(node, AccumulateGrad):
                spec = self.guards.tensors.get(id(node.variable))
                if spec is None:
                    raise Refused("a history that leads to a tensor made inside is returned")
                self.guards.pin_tensor(spec)
            elif isinstance(node, OpNode):
                if node.saved is not None or node.saved_out is not None:
                    raise Alive
            elif not isinstance(node, AsStridedBackward0) and not (
                isinstance(node, CopySlices) and node.node is None
            ):
                raise Alive
            if node.hooks or node.prehooks or node.tensor_hooks or node.retained:
                raise Refused("hooks in the history of what is returned")
            for edge in node.edges:
                if edge is not None and id(edge[0]) not in seen:
                    seen.add(id(edge[0]))
                    stack.append(edge[0])

    # ------------------------------------------------------------------ all of them

    def all_of(self, result: Any) -> str:
        """Writes all lines; the text of what is returned."""
        self.storages()
        self.states()
        self.grads()
        returned = self.result(result)
        self.finish()
        return returned

    def storages(self) -> None:
        """What was written to."""
        session = self.session
        for spec in session.storages.values():
            storage, name = spec.storage, spec.name
            written = storage.version - spec.version
            if storage.value is not spec.first:
                text = self._value(storage.value)
                if text.startswith("Value(") and storage.value.shape == spec.first.shape:
                    self.written.add(id(spec.first))
                self.lines.append(f"{name}.value = {text}")
                self.lines.append(f"{name}.reads = None")
            if written:
                self.lines.append(f"{name}.version += {written}")
        self.guards.names["count_value"] = _count_value
        for storage, number, value, name in session.counts.values():
            if storage.value is not value:
                raise Refused("a count of steps is changed otherwise")
            kind = self.guards.constant(storage.dtype)
            self.lines.append(f"{name}.value = count_value({number.name}, {kind})")
            self.lines.append(f"{name}.reads = None; {name}.version += 1")

    def states(self) -> None:
        """Random numbers that were drawn."""
        for generator, name, first in self.session.generators.values():
            if generator._state is not first:
                self.lines.append(f"{name}._drawn = {self._value(generator._state)}")

    def grads(self) -> None:
        """Gradients that came, went or were replaced."""
        for spec in self.guards.tensors.values():
            grad = spec.tensor._grad
            if not spec.grad_known or grad is spec.grad:
                continue
            old = None if spec.grad is None else self.guards.tensors[id(spec.grad)]
            if old is not None and not old.used:  # its memory is free for the new one
                self.before.append(f"{spec.name}._grad = {old.name} = None")
            text = "None" if grad is None else self.tensor(grad)
            self.lines.append(f"{spec.name}._grad = {text}")

    def result(self, value: Any) -> str:
        """The text of what is returned."""
        if hasattr(value, "tensor") and hasattr(value, "convert"):
            return self._late(value)
        kind = type(value)
        if isinstance(value, Tensor):
            return self.tensor(value)
        external = self.guards.externals.get(id(value))
        if external is not None:
            return external.name
        value = plain_of(value)
        if is_constant(value):
            return repr(value) if value is None or kind is bool else self.guards.constant(value)
        if kind in (tuple, list):
            inner = "".join(f"{self.result(one)}, " for one in value)
            return f"({inner})" if kind is tuple else f"[{inner}]"
        if kind is dict:
            pairs = [f"{self._key(k)}: {self.result(v)}" for k, v in value.items()]
            return "{" + ", ".join(pairs) + "}"
        if isinstance(value, tuple) and hasattr(value, "_fields"):
            inner = "".join(f"{self.result(one)}, " for one in value)
            return f"{self.guards.constant(kind)}._make(({inner}))"
        raise Refused(f"a {kind.__name__} is returned")

    def _key(self, key: Any) -> str:
        if not is_constant(key):
            raise Refused("a dictionary with objects as keys is returned")
        return self.guards.constant(key)

    def _late(self, late: Any) -> str:
        self.looked, t = True, late.tensor
        if t._shape and any(n != 1 for n in t._shape):
            raise Refused("a number of a tensor with several elements")
        value = t._read()
        text = self._array(value)
        self.guards.names["plain"] = _plain
        text = f"plain({text}).item()"
        return text if late.convert is None else f"{self.guards.constant(late.convert)}({text})"

    def _array(self, value: Value) -> str:
        """The text of the array of a value."""
        if id(value) in self.session.firsts:
            return f"evaluate({self.session.firsts[id(value)].name}_v)"
        if not self._value(value).startswith("Value("):
            raise Refused("the number of a constant")
        return f"o{self._wanted(value)}"

    def finish(self) -> None:
        """What is left to do when all else is written."""


def same_node(node: Node) -> Node:
    """A used-up node once more, so that hooks on one result are no hooks on the next."""
    made = object.__new__(type(node))
    made.__dict__.update(node.__dict__)
    return made
