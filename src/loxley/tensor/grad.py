"""The grad graph: nodes that say how a result's gradient becomes its inputs' gradients.

PyTorch's structure: each differentiable result names a node (`grad_fn`), each node names the nodes
of its inputs (`next_functions`), leaves end in `AccumulateGrad`.  Nodes name what they save; the
engine in `autograd` walks them.  A version taken at saving tells whether the program has since
overwritten a saved tensor, which PyTorch treats as an error; writes that count no version (through
`.data` or handed-out memory) are seen by the backward pass, as in PyTorch.
"""

from __future__ import annotations

import itertools
import traceback
from collections import OrderedDict
from collections.abc import Callable
from functools import cache, lru_cache
from typing import TYPE_CHECKING, Any
from weakref import ref

from ..dtypes import dtype
from ..ir.graph import Formula, Op, Value
from .linear_history import linear_edges
from .modes import modes

if TYPE_CHECKING:
    from .tensor import Tensor

_SEQUENCE = itertools.count()
_new_object = object.__new__
Edge = tuple["Node", int]
RemovableHandles = itertools.count()


class Node:
    """One node of the grad graph. `edges[i]` is where the gradient of input i goes, or None."""

    # What most nodes have in common stands on the class; instances set what differs.
    hooks: OrderedDict | None = None
    prehooks: OrderedDict | None = None
    tensor_hooks: dict[int, OrderedDict] | None = None  # by output number
    retained: dict[int, ref] | None = None  # retain_grad, by output number
    forward_trace: Any = None
    levels: tuple[int, ...] = ()  # of the `vmap`s that it was made in
    _metadata: dict | None = None

    def __init__(self, edges: tuple[Edge | None, ...], out_metas: list) -> None:
        self.edges = edges
        self.out_metas = out_metas  # (shape, dtype) of every output
        if modes.levels:
            self.levels = modes.levels
        self.sequence = next(_SEQUENCE)
        if modes.anomaly:
            self.forward_trace = traceback.extract_stack()[:-2]

    @classmethod
    def name(cls) -> str:
        """PyTorch's name of the node, as printed by `grad_fn`."""
        return cls.__name__

    def __repr__(self) -> str:
        return f"<{self.name().rpartition('::')[2]} object at {hex(id(self))}>"

    def apply(self, grads: list, create_graph: bool) -> tuple:
        """One gradient (or None) per edge from one gradient (or None) per output."""
        raise NotImplementedError(f"{self.name()}.apply")

    def release(self) -> None:
        """Drops what was saved, once `backward` has passed without `retain_graph`."""

    @property
    def next_functions(self) -> tuple:
        return tuple((None, 0) if e is None else e for e in self.edges)

    @property
    def metadata(self) -> dict:
        if self._metadata is None:
            self._metadata = {}
        return self._metadata

    @property
    def _input_metadata(self) -> list:
        return self.out_metas

    def _sequence_nr(self) -> int:
        return self.sequence

    def register_hook(self, hook) -> Handle:
        """`hook(grad_inputs, grad_outputs)` after the node ran; may replace grad_inputs."""
        if self.hooks is None:
            self.hooks = OrderedDict()
        return Handle(self.hooks, hook)

    def register_prehook(self, hook) -> Handle:
        """`hook(grad_outputs)` before the node runs; may replace grad_outputs."""
        if self.prehooks is None:
            self.prehooks = OrderedDict()
        return Handle(self.prehooks, hook)


class Handle:
    """Removes a hook: `remove()`, or leaving a `with` block."""

    __slots__ = ("hooks", "id", "__weakref__")

    def __init__(self, hooks: OrderedDict, hook: Any) -> None:
        self.hooks, self.id = hooks, next(RemovableHandles)
        hooks[self.id] = hook

    def remove(self) -> None:
        self.hooks.pop(self.id, None)

    def __enter__(self) -> Handle:
        return self

    def __exit__(self, *exc: object) -> None:
        self.remove()


class AccumulateGrad(Node):
    """The end of the graph: adds the gradient to a leaf's `.grad`."""

    edges = ()
    sequence = (1 << 63) - 1  # runs as soon as it can

    def __init__(self, variable: Tensor) -> None:
        self.variable = variable
        self.out_metas = [(variable._shape, variable.dtype)]
        if variable._levels:
            self.levels = variable._levels

    @classmethod
    def name(cls) -> str:
        return "torch::autograd::AccumulateGrad"

    def apply(self, grads: list, create_graph: bool) -> tuple:
        raise AssertionError("the engine accumulates into leaves itself")


def short_name(name: str) -> str:
    """A node's name as error messages have it: `Exp` for `ExpBackward0`, `Squeeze1` next."""
    if name.startswith("torch::"):
        return name
    return name.replace("Backward0", "").replace("Backward", "")


def tensor_type_name(kind: dtype) -> str:
    """A tensor type as messages of PyTorch's core have it."""
    if kind.is_complex or kind.category == 0:
        return f"CPU{kind.legacy_name}Type"
    return f"torch.{kind.legacy_name}Tensor"


class Saved:
    """A tensor saved for backward, and how to notice that it was overwritten."""

    packed: Any = None
    hooks: Any = None
    edge: Edge | None = None  # of an input that hooks keep: its history
    origin: type[Node] | None = None  # the node that the tensor is a result of
    output_nr = 0

    def __init__(self, value: Value, tensor: Tensor | None) -> None:
        self.value = value  # as it was saved
        self.tensor = tensor  # None for outputs (they would hold themselves) and constants
        self.memory = tensor  # what backward reads, without history for outputs; None for constants
        if tensor is None:
            self.counter, self.version = None, 0
        else:
            self.counter = counter = tensor._own_counter or tensor._storage
            self.version = counter.version

    def pack(self, tensor: Tensor) -> None:
        """Lets the saved-tensor hooks in force keep something else in place of the tensor."""
        if modes.saved_hooks:
            pack, self.hooks = modes.saved_hooks[-1]
            grad, modes.grad = modes.grad, False
            try:
                self.packed = pack(tensor)
            finally:
                modes.grad = grad
            self.edge = None if self.tensor is None else tensor._edge()
            # Nothing may hold the tensor's memory now; versions can't be followed through hooks.
            self.value = self.tensor = self.memory = self.counter = None

    def keep_as_it_was(self, edge: Edge | None) -> None:
        """The operator's own result overwrites the tensor: its value and history are kept."""
        self.tensor, self.memory, self.counter, self.edge = None, None, None, edge

    def current(self) -> Value:
        """The elements as they are now."""
        return self.value if self.memory is None else self.memory._read()

    def unpacked(self, node: Node):
        """What the hooks give back, with the history that the tensor had when it was saved."""
        kept = self.hooks(self.packed)
        if self.edge is None and self.origin is None:
            return kept
        return self.with_history(kept._wrap(kept._read()), self.edge or (node, self.output_nr))

    @staticmethod
    def with_history(tensor: Tensor, edge: Edge) -> Tensor:
        """A fresh tensor as a result of what the edge leads to."""
        fn, nr = edge
        if isinstance(fn, AccumulateGrad):
            tensor._accumulator = ref(fn)
        else:
            tensor._grad_fn, tensor._output_nr = fn, nr
        tensor._requires_grad = tensor.dtype.is_floating_point or tensor.dtype.is_complex
        return tensor

    def is_stale(self) -> bool:
        """Whether the tensor was overwritten since."""
        return self.counter is not None and self.counter.version != self.version

    def check(self) -> None:
        """RuntimeError where the tensor was overwritten since."""
        if self.is_stale():
            raise RuntimeError(self._complaint())

    def _complaint(self) -> str:
        kind, shape, produced = "torch.FloatTensor", "", ""
        if self.value is not None:
            kind = tensor_type_name(self.value.dtype)
            sizes = self.value.shape if self.tensor is None else self.tensor._shape
            shape = f" [{', '.join(map(str, sizes))}]"
        fn, nr = self.origin, self.output_nr
        if self.tensor is not None:  # as its history is now
            fn, nr = self.tensor._current_grad_fn(), self.tensor._output_nr
        if fn is not None:
            produced = f", which is output {nr} of {short_name(fn.name())},"
        hint = (
            "Hint: enable anomaly detection to find the operation that failed to compute its "
            "gradient, with torch.autograd.set_detect_anomaly(True, "
            "check_nan=False)."
        )
        if modes.anomaly:
            hint = (
                "Hint: the backtrace further above shows the operation that failed to compute its "
                "gradient. The variable in question was changed in there or anywhere later. Good "
                "luck!"
            )
        return (
            "one of the variables needed for gradient computation has been modified by an inplace "
            f"operation: [{kind}{shape}]{produced} is at version {self.counter.version}; expected "
            f"version {self.version} instead. {hint}"
        )


class OpNode(Node):
    """The node of an operator of the table; its derivative runs on values or on tensors."""

    saved: dict[int, Saved | None] | None = None
    saved_out: list[Saved] | None = None
    released = False
    shown: tuple | None = None  # what `next_functions` gives, where `edges` are others
    wrap: Callable[[Value], Tensor]

    @staticmethod
    def made(
        op: Op,
        attrs: tuple,
        edges: tuple,
        saving: Saving,
        in_metas: tuple | None,
        out_metas: list,
        now: dict[str, Any] | None = None,
    ) -> OpNode:
        """The node of one application, of the class that PyTorch names.

        `in_metas` are the (shape, dtype) of the inputs, None where `saving` has no use for them;
        `now` are the thread's modes.
        """
        name = op.grad_name
        if type(name) is not str:
            name = name(attrs, in_metas)
        node = _new_object(_CLASSES.get(name) or _class_of(name))
        node.edges = edges
        node.out_metas = out_metas
        node.sequence = next(_SEQUENCE)
        node.op = op
        node.attrs = attrs
        node.saving = saving
        node.needs = saving.needs
        node.in_metas = in_metas
        if now is None:
            now = modes.__dict__
        if now["levels"]:
            node.levels = now["levels"]
        if now["anomaly"]:
            node.forward_trace = traceback.extract_stack()[:-2]
        return node

    @classmethod
    def name(cls) -> str:
        name = cls.__name__
        return f"torch::autograd::{name}" if name == "CopyBackwards" else name

    @property
    def next_functions(self) -> tuple:
        """The edges of the inputs that have a derivative at all."""
        if self.op.name == "linear":
            if self.shown is None:
                self.shown = linear_edges(self, _node_to_show) or _shown(self.op, self.edges)
            return self.shown
        return _shown(self.op, self.edges)

    def release(self) -> None:
        if self.saved is not None or self.saved_out is not None:
            self.released = True
        self.saved = self.saved_out = None

    def apply(self, grads: list, create_graph: bool) -> tuple:
        if self.released:
            raise RuntimeError(RELEASED)
        if self.saved is not None and len(self.saved) > 1:
            for one in self.saved.values():
                if one is not None and one.is_stale():
                    self._check_saved()
        g = grads[0] if self.op.outputs == 1 and len(grads) == 1 else tuple(grads)
        formulas = self.saving.formulas
        if type(formulas) is tuple:
            return tuple([None if f is None else self._call(f, g, create_graph) for f in formulas])
        result = self._call(formulas, g, create_graph)
        return tuple(result) if type(result) in (tuple, list) else (result,)

    def _call(self, formula: Formula, g, create_graph: bool):
        arguments = []
        for kind, i in formula.arguments:
            if kind == "g":
                arguments.append(g)
            elif kind == "input":
                arguments.append(self._input(i, create_graph))
            elif kind == "out":
                outs = tuple(unpack(s, self, create_graph) for s in self.saved_out)
                arguments.append(outs if self.op.outputs != 1 else outs[0])
            elif kind == "out_item":
                one = next(s for s in self.saved_out if s.output_nr == i)
                arguments.append(unpack(one, self, create_graph))
            elif kind == "attr":
                arguments.append(self.attrs[i])
            elif kind == "shape":
                arguments.append(self._meta(i, 0))
            elif kind == "dtype":
                arguments.append(self._meta(i, 1))
            elif kind == "attrs":
                arguments.append(self.attrs)
            else:
                arguments.append(self.needs)
        return formula.function(*arguments)

    def _check_saved(self) -> None:
        """Complains of overwritten inputs in PyTorch's order, which is alphabetical."""
        if not self.op.variadic:
            names = self.op.input_names
            for i in sorted(self.saved, key=lambda i: _NAMES.get(names[i], names[i])):
                if self.saved[i] is not None:
                    self._refuse_detached(i)
                    self.saved[i].check()

    def _refuse_detached(self, i: int) -> None:
        """RuntimeError where the history that an input had was taken from it."""
        tensor, edge = self.saved[i].tensor, self.edges[i]
        if tensor is None or edge is None or tensor._grad_fn is not None:
            return
        if not isinstance(edge[0], AccumulateGrad):
            raise RuntimeError(
                "Trying to use a saved tensor that has been detached in-place, i.e. with "
                ".detach_().This is not supported, please use out-of-place `.detach()` instead"
            )

    def _meta(self, i: int, part: int):
        if self.op.variadic:
            return [m[part] for m in self.in_metas]
        meta = self.in_metas[i]
        return None if meta is None else meta[part]

    def _input(self, i: int, create_graph: bool):
        if self.op.variadic:
            return [unpack(self.saved[j], self, create_graph) for j in range(len(self.edges))]
        saved = self.saved[i]
        if saved is None:
            return None
        self._refuse_detached(i)
        return unpack(saved, self, create_graph)


class Saving:
    """What the node of an operator keeps, given which inputs need gradients."""

    __slots__ = ("needs", "formulas", "inputs", "outs", "metas")

    def __init__(self, op: Op, needs: tuple[bool, ...]) -> None:
        self.needs = needs
        self.formulas = formulas = op.formulas  # one for all inputs, or one or None for each
        if type(formulas) is tuple:
            known = itertools.zip_longest(formulas, needs)
            self.formulas = tuple([f if need else None for f, need in known])
            formulas = [f for f in self.formulas if f is not None]
        else:
            formulas = [formulas]
        inputs: set[int] = set().union(*(f.saved_inputs for f in formulas))
        outs: set[int] = set().union(*(f.saved_outs for f in formulas))
        if op.outputs != 1:
            self.outs = tuple(sorted(outs))
        else:
            self.outs = (0,) if outs else ()
        self.inputs = tuple(range(len(needs)) if -1 in inputs else sorted(inputs))
        kinds = {kind for f in formulas for kind, _ in f.arguments}
        # Whether shapes and dtypes of the inputs are looked at later.
        self.metas = type(op.grad_name) is not str or not kinds.isdisjoint(("shape", "dtype"))


saving_of = lru_cache(maxsize=1 << 12)(Saving)
_NAMES = {"a": "self", "x": "self", "b": "other"}  # of inputs here -> in PyTorch
_CLASSES: dict[str, type[OpNode]] = {}


def _class_of(name: str) -> type[OpNode]:
    """The class of that name: programs look at `type(t.grad_fn).__name__`."""
    made = _CLASSES[name] = type(name, (OpNode,), {"__module__": __name__})
    return made


class _ShownNode(Node):
    """A node of PyTorch's that stands within one of ours; only to be looked at."""


@cache
def _shown_class(name: str) -> type[_ShownNode]:
    return type(name, (_ShownNode,), {"__module__": __name__})


def _node_to_show(name: str, edges: tuple) -> Node:
    return _shown_class(name)(edges, [])


def _shown(op: Op, edges: tuple) -> tuple:
    formulas = op.formulas
    if type(formulas) is tuple:
        known = itertools.zip_longest(edges, formulas)
        edges = tuple(e for e, f in known if f is not None)
    return tuple((None, 0) if e is None else e for e in edges)


RELEASED = (
    "Trying to backward through the graph a second time (or directly access saved tensors after "
    "they "
    "have already been freed). Saved intermediate values of the graph are freed when you call "
    ".backward() or autograd.grad(). Specify retain_graph=True if you need to backward through the "
    "graph a second time or if you need to access saved tensors after calling backward."
)


def unpack(saved: Saved, node: Node, as_tensor: bool):
    """What was saved: its value, or a tensor with its history where derivatives are recorded."""
    saved.check()
    memory = saved.memory
    if memory is not None and memory._storage.exported:
        modes.read_exported = True
    if saved.hooks is not None:
        return saved.unpacked(node) if as_tensor else saved.hooks(saved.packed)._read()
    if not as_tensor:
        return saved.current()
    if saved.tensor is not None:
        return saved.tensor
    tensor = node.wrap(saved.current()) if saved.memory is None else saved.memory._bare()
    if saved.edge is not None:
        return saved.with_history(tensor, saved.edge)
    if saved.origin is not None and tensor.dtype.category >= 2:  # an output of the node itself
        tensor._requires_grad = True
        tensor._grad_fn, tensor._output_nr = node, saved.output_nr
    return tensor
