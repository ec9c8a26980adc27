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
from typing import TYPE_CHECKING, Any
from weakref import ref

from ..dtypes import dtype
from ..ir.graph import Formula, Op, Value
from .modes import modes

if TYPE_CHECKING:
    from .tensor import Tensor

_SEQUENCE = itertools.count()
Edge = tuple["Node", int]
RemovableHandles = itertools.count()


class Node:
    """One node of the grad graph. `edges[i]` is where the gradient of input i goes, or None."""

    __slots__ = (
        "edges",
        "out_metas",
        "sequence",
        "hooks",
        "prehooks",
        "tensor_hooks",
        "retained",
        "forward_trace",
        "_metadata",
        "__weakref__",
    )

    def __init__(self, edges: tuple[Edge | None, ...], out_metas: list) -> None:
        self.edges = edges
        self.out_metas = out_metas  # (shape, dtype) of every output
        self.sequence = next(_SEQUENCE)
        self.hooks: OrderedDict | None = None
        self.prehooks: OrderedDict | None = None
        self.tensor_hooks: dict[int, OrderedDict] | None = None  # by output number
        self.retained: dict[int, ref] | None = None  # retain_grad, by output number
        self._metadata: dict | None = None
        self.forward_trace = traceback.extract_stack()[:-2] if modes.anomaly else None

    def name(self) -> str:
        """PyTorch's name of the node, as printed by `grad_fn`."""
        return type(self).__name__

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

    __slots__ = ("variable",)

    def __init__(self, variable: Tensor) -> None:
        super().__init__((), [(variable._shape, variable.dtype)])
        self.sequence = (1 << 63) - 1  # runs as soon as it can
        self.variable = variable

    def name(self) -> str:
        return "torch::autograd::AccumulateGrad"

    def apply(self, grads: list, create_graph: bool) -> tuple:
        raise AssertionError("the engine accumulates into leaves itself")


def short_name(name: str) -> str:
    """A node's name as error messages have it: `Exp` for `ExpBackward0`, `Squeeze1` next."""
    if name in ("CopyBackwards", "CopySlices", "AccumulateGrad"):
        return f"torch::autograd::{name}"
    return name.replace("Backward0", "").replace("Backward", "")


def tensor_type_name(kind: dtype) -> str:
    """A tensor type as messages of PyTorch's core have it."""
    if kind.is_complex or kind.category == 0:
        return f"CPU{kind.legacy_name}Type"
    return f"torch.{kind.legacy_name}Tensor"


class Saved:
    """A tensor saved for backward, and how to notice that it was overwritten."""

    __slots__ = (
        "value",
        "tensor",
        "memory",
        "counter",
        "version",
        "packed",
        "hooks",
        "edge",
        "origin",
        "output_nr",
    )

    def __init__(self, value: Value, tensor: Tensor | None) -> None:
        self.value = value  # as it was saved
        self.tensor = tensor  # None for outputs (they would hold themselves) and constants
        self.memory = tensor  # what backward reads, without history for outputs; None for constants
        self.counter = None if tensor is None else tensor._counter
        self.version = 0 if self.counter is None else self.counter.version
        self.packed: Any = None
        self.hooks = None
        self.edge: Edge | None = None  # of an input that hooks keep: its history
        self.origin: str | None = None
        self.output_nr = 0

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

    def refuse_detached(self) -> None:
        """RuntimeError where the history that an input had was taken from it."""
        if self.tensor is not None and self.origin is not None and self.tensor._grad_fn is None:
            raise RuntimeError(
                "Trying to use a saved tensor that has been detached in-place, i.e. with "
                ".detach_().This is not supported, please use out-of-place `.detach()` instead"
            )

    def check(self) -> None:
        """RuntimeError where the tensor was overwritten since."""
        counter = self.counter
        if counter is not None and counter.version != self.version:
            raise RuntimeError(self._complaint())

    def _complaint(self) -> str:
        kind, shape, produced = "torch.FloatTensor", "", ""
        if self.value is not None:
            kind = tensor_type_name(self.value.dtype)
            sizes = self.value.shape if self.tensor is None else self.tensor._shape
            shape = f" [{', '.join(map(str, sizes))}]"
        fn, nr = self.origin, self.output_nr
        if self.tensor is not None:  # as its history is now
            found = self.tensor._current_grad_fn()
            fn, nr = None if found is None else found.name(), self.tensor._output_nr
        if fn:
            produced = f", which is output {nr} of {short_name(fn)},"
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

    __slots__ = (
        "op",
        "attrs",
        "saved",
        "saved_out",
        "in_metas",
        "needs",
        "wrap",
        "released",
    )

    def __new__(cls, op: Op, attrs: tuple, edges: tuple, in_metas: tuple, *_: Any) -> OpNode:
        name = op.grad_name
        if type(name) is not str:
            name = name(attrs, in_metas)
        return object.__new__(_CLASSES.get(name) or _class_of(name))

    def __init__(
        self, op: Op, attrs: tuple, edges: tuple, in_metas: tuple, needs: tuple, wrap: Any
    ) -> None:
        super().__init__(edges, [])
        self.wrap = wrap  # a value -> a tensor
        self.op = op
        self.attrs = attrs
        self.saved: dict[int, Saved] | None = None
        self.saved_out: list[Saved] | None = None
        self.in_metas = in_metas
        self.needs = needs
        self.released = False

    @property
    def next_functions(self) -> tuple:
        """The edges of the inputs that have a derivative at all."""
        return _shown(self.op, self.edges)

    def formulas(self) -> list[Formula]:
        """The derivative functions that this node will need."""
        f = self.op.formulas
        if type(f) is tuple:
            return [one for one, need in zip(f, self.needs) if need and one is not None]
        return [f]

    def release(self) -> None:
        if self.saved is not None or self.saved_out is not None:
            self.released = True
        self.saved = self.saved_out = None

    def apply(self, grads: list, create_graph: bool) -> tuple:
        if self.released:
            raise RuntimeError(RELEASED)
        if self.saved is not None and len(self.saved) > 1:
            self._check_saved()
        g = grads[0] if self.op.outputs == 1 and len(grads) == 1 else tuple(grads)
        formulas = self.op.formulas
        if type(formulas) is tuple:
            return tuple(
                self._call(f, g, create_graph) if need and f is not None else None
                for f, need in itertools.zip_longest(formulas, self.needs)
            )
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
                    self.saved[i].refuse_detached()
                    self.saved[i].check()

    def _meta(self, i: int, part: int):
        if self.op.variadic:
            return [m[part] for m in self.in_metas]
        meta = self.in_metas[i]
        return None if meta is None else meta[part]

    def _input(self, i: int, create_graph: bool):
        if self.op.variadic:
            return [unpack(self.saved[j], self, create_graph) for j in range(len(self.in_metas))]
        saved = self.saved[i]
        return None if saved is None else unpack(saved, self, create_graph)


_NAMES = {"a": "self", "x": "self", "b": "other"}  # of inputs here -> in PyTorch
_CLASSES: dict[str, type[OpNode]] = {}


def _class_of(name: str) -> type[OpNode]:
    """The class of that name: programs look at `type(t.grad_fn).__name__`."""
    made = _CLASSES[name] = type(name, (OpNode,), {"__slots__": (), "__module__": __name__})
    return made


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
    saved.refuse_detached()
    saved.check()
    if saved.memory is not None and saved.memory._storage.exported:
        modes.read_exported = True
    if saved.hooks is not None:
        return saved.unpacked(node) if as_tensor else saved.hooks(saved.packed)._read()
    if not as_tensor:
        return saved.current()
    if saved.tensor is not None:
        return saved.tensor
    tensor = node.wrap(saved.value) if saved.memory is None else saved.memory._bare()
    if saved.edge is not None:
        return saved.with_history(tensor, saved.edge)
    if saved.origin is not None and tensor.dtype.category >= 2:  # an output of the node itself
        tensor._requires_grad = True
        tensor._grad_fn, tensor._output_nr = node, saved.output_nr
    return tensor
