"""`Tensor`: a storage seen through a layout, with its place in the grad graph.

In: operators applied to tensors (`Tensor.dispatch`).  Out: tensors whose storages hold recorded
values.  Methods by family are attached by the modules beside this one (see `api.method`); here is
what they all stand on: reading, writing, wrapping, recording, rebasing after in-place writes.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import lru_cache
from typing import TYPE_CHECKING, Any
from weakref import ref as _ref

import numpy as np

from .. import devices as dev
from ..batching import bottom
from ..config import config
from ..dtypes import dtype, float32
from ..ir.graph import BATCHED, META, Op, Pending, Value, leaf, record, shared_constant
from ..ops.family import CAST, result_type, to_kind
from ..ops.movement import permute, view
from ..runtime import evaluate, flush
from ..runtime.interpreter import WATCHERS
from ..shapes import Shape, common_order, contiguous_strides, is_contiguous, memory_order, numel
from .grad import AccumulateGrad, Node, OpNode, Saved, saving_of
from .modes import modes
from .overwriting import Overwriting
from .size import Size
from .slices import refuse_look, refuse_write
from .storage import Storage
from .views import (
    INFERENCE_VIEW,
    MULTI_VIEW,
    NO_GRAD_VIEW,
    refuse_rebase,
    strided_grad_fn,
)

_new_object, _new_tuple = object.__new__, tuple.__new__
_NO_MEMORY = (BATCHED, META)  # what is no array of a tensor's own elements


@lru_cache(maxsize=1 << 14)
def _row_major(shape: Shape) -> tuple[Shape, int]:
    """A shape's row-major strides and number of elements."""
    return contiguous_strides(shape), numel(shape)


class Counter:
    """A version of its own, for `.data`: writes through it don't count for the original."""

    __slots__ = ("version",)

    def __init__(self) -> None:
        self.version = 0


class Tensor(Overwriting):
    """A multi-dimensional array of one dtype that records what is done with it.

    Source: https://docs.pytorch.org/docs/stable/tensors.html
    """

    # A slot, so that `Tensor.dtype` is an attribute of the class, as in PyTorch, and read fast.
    __slots__ = ("dtype", "__dict__", "__weakref__")

    # What most tensors have in common stands on the class; instances set what differs.
    _storage: Storage
    _shape: Shape
    _strides: Shape
    _offset = 0
    dtype: dtype
    _plain = True  # row-major over the whole storage at the storage's dtype
    _contiguous = True
    _requires_grad = False
    _grad_fn: Any = None
    _output_nr = 0
    _grad: Tensor | None = None
    _base: Tensor | None = None  # the tensor whose history a view shares
    _view_kind = 0
    _attr_version = 0  # the version at which a view's grad_fn was made
    _own_counter: Counter | None = None
    _accumulator: Any = None
    _tensor_hooks: Any = None
    _post_accumulate_hooks: Any = None
    _retains = False
    _inference = False
    _tangents: dict[int, Tensor] | None = None  # by level of forward mode
    _levels: tuple[int, ...] = ()  # of the `vmap`s that a leaf was made in
    _ended = False  # the input of a transform that is over: see `func.reverse`
    __array_priority__ = 1000

    if TYPE_CHECKING:  # methods and operators are attached by the modules of their families

        def __getattr__(self, name: str) -> Any: ...
        def __setattr__(self, name: str, value: Any) -> None: ...
        def __getitem__(self, index: Any) -> Tensor: ...
        def __setitem__(self, index: Any, value: Any) -> None: ...
        def __len__(self) -> int: ...
        def __iter__(self) -> Iterator[Tensor]: ...
        def __bool__(self) -> bool: ...
        def __add__(self, other: Any) -> Tensor: ...
        def __radd__(self, other: Any) -> Tensor: ...
        def __sub__(self, other: Any) -> Tensor: ...
        def __rsub__(self, other: Any) -> Tensor: ...
        def __mul__(self, other: Any) -> Tensor: ...
        def __rmul__(self, other: Any) -> Tensor: ...
        def __truediv__(self, other: Any) -> Tensor: ...
        def __rtruediv__(self, other: Any) -> Tensor: ...
        def __floordiv__(self, other: Any) -> Tensor: ...
        def __mod__(self, other: Any) -> Tensor: ...
        def __pow__(self, other: Any) -> Tensor: ...
        def __rpow__(self, other: Any) -> Tensor: ...
        def __matmul__(self, other: Any) -> Tensor: ...
        def __neg__(self) -> Tensor: ...
        def __invert__(self) -> Tensor: ...
        def __and__(self, other: Any) -> Tensor: ...
        def __or__(self, other: Any) -> Tensor: ...
        def __xor__(self, other: Any) -> Tensor: ...
        def __eq__(self, other: Any) -> Tensor: ...  # type: ignore[override]
        def __ne__(self, other: Any) -> Tensor: ...  # type: ignore[override]
        def __lt__(self, other: Any) -> Tensor: ...
        def __le__(self, other: Any) -> Tensor: ...
        def __gt__(self, other: Any) -> Tensor: ...
        def __ge__(self, other: Any) -> Tensor: ...
        def __hash__(self) -> int: ...
        def __int__(self) -> int: ...
        def __float__(self) -> float: ...
        def __index__(self) -> int: ...

    # ------------------------------------------------------------------ making

    @staticmethod
    def _wrap(value: Value, meta: bool = False) -> Tensor:
        """A new tensor with a storage of its own."""
        t = _new_object(Tensor)
        t._shape = shape = value.shape
        t._strides, count = _row_major(shape)
        t.dtype = value.dtype
        if WATCHERS:  # which watch `Storage.__init__`
            t._storage = Storage(value, count, meta)
            return t
        t._storage = storage = _new_object(Storage)  # a call would take as long as all the rest
        storage.value, storage.dtype = value, value.dtype
        storage.size, storage.meta = count, meta
        storage.version = storage.exported = 0
        storage.reads = None
        return t

    @staticmethod
    def _alias(storage: Storage, kind: dtype, shape: Shape, strides: Shape, offset: int) -> Tensor:
        """A tensor that sees a storage through a layout."""
        t = _new_object(Tensor)
        t._storage, t.dtype = storage, kind
        t._shape, t._strides = shape, strides
        row_major, count = _row_major(shape)
        if strides != row_major:
            t._plain, t._contiguous = False, is_contiguous(shape, strides)
        elif offset or count != storage.size or kind is not storage.dtype:
            t._plain = False
        if offset:
            t._offset = offset
        return t

    @staticmethod
    def _from_array(array: np.ndarray, kind: dtype) -> Tensor:
        """A tensor over an array that nobody else will write to."""
        return Tensor._wrap(leaf(array, kind))

    def _bare(self) -> Tensor:
        """The same memory without history."""
        t = _new_object(Tensor)
        t._storage, t.dtype = self._storage, self.dtype
        t._shape, t._strides = self._shape, self._strides
        if not self._plain:
            t._plain, t._contiguous, t._offset = False, self._contiguous, self._offset
        if self._own_counter is not None:
            t._own_counter = self._own_counter
        if self._tangents is not None:
            t._tangents = self._tangents
        return t

    # ------------------------------------------------------------------ reading and writing

    def _read(self) -> Value:
        storage = self._storage
        value = storage.value
        if self._plain and value.shape == self._shape:
            return value
        layout = self._shape, self._strides, self._offset
        return storage.read(self.dtype, *layout, self._plain, self._tracks())

    def _array(self) -> np.ndarray:
        """The elements as an array that must not be written to, computed now."""
        found = self._there()
        if found is not None:
            return found
        value = self._storage.value
        if value.data is None and value.op not in _NO_MEMORY and not WATCHERS:
            evaluate(value)  # all of what this is a view of, which the storage keeps anyway
            found = self._there()
            if found is not None:
                return found
        value = self._read()
        if value.op is BATCHED:
            refuse_look(value)
        return evaluate(value)

    def _there(self) -> np.ndarray | None:
        """The elements without recording that they are read, if they have been computed."""
        storage = self._storage
        array = storage.value.data
        if type(array) is not np.ndarray or WATCHERS:
            return None
        if self._plain and array.shape == self._shape:
            return array
        kind = array.dtype
        if self.dtype is not storage.dtype or kind.kind not in "biufc" or 0 in self._shape:
            return None
        if not array.flags.c_contiguous:
            return None
        size = kind.itemsize
        strides = tuple([s * size for s in self._strides])
        return np.ndarray(self._shape, kind, array, self._offset * size, strides)

    def _number(self) -> Any:
        """The only element as a Python number; None where it takes more than reading memory."""
        storage, kind = self._storage, self.dtype
        value = storage.value
        if WATCHERS or kind is not storage.dtype or kind.restricted or value.op in _NO_MEMORY:
            return None
        data = value.data
        if data is None:
            data = evaluate(value)
        return data.item(self._offset) if data.dtype.kind in "biufc" else None

    def _all_slices(self) -> np.ndarray:
        """The elements, inside of a `vmap` those of all slices: to check them."""
        return evaluate(bottom(self._read()))

    def _write(self, value: Value) -> None:
        """Replaces the elements; the value has this tensor's shape and dtype."""
        storage = self._storage
        if value.op is BATCHED:
            refuse_write(storage.value, value)
        if (
            self._plain
            and storage.value.shape == self._shape
            and not (storage.exported or storage.meta)
        ):
            storage.value, storage.reads = value, None  # all of it, as nearly always
        else:
            storage.write(value, self.dtype, self._shape, self._strides, self._offset, self._plain)
        counter = self._own_counter or storage
        counter.version += 1

    @property
    def _counter(self):
        return self._own_counter or self._storage

    @property
    def _version(self) -> int:
        if self._inference:
            raise RuntimeError("Inference tensors do not track version counter.")
        return self._counter.version

    # ------------------------------------------------------------------ the grad graph

    def _edge(self):
        """Where this tensor's gradient goes: (node, output number), or None."""
        fn = self._grad_fn if self._base is None else self._current_grad_fn()
        if fn is not None:
            return fn, self._output_nr
        if not self._requires_grad:
            return None
        node = self._accumulator
        node = node() if node is not None else None
        if node is None:
            node = AccumulateGrad(self)
            self._accumulator = _ref(node)
        return node, 0

    def _current_grad_fn(self):
        """`grad_fn`, made anew where the base of a view was overwritten since."""
        base = self._base
        if base is not None and (self._grad_fn is not None or base._requires_grad):
            version = self._counter.version
            if self._attr_version != version:
                refuse_rebase(self, indirect=True)
                self._set_grad_fn(strided_grad_fn(self, base), 0)
                self._requires_grad = True
                self._attr_version = version
        return self._grad_fn

    def _set_grad_fn(self, node, output_nr: int) -> None:
        """New history; what `retain_grad` asked for goes along."""
        old, nr = self._grad_fn, self._output_nr
        self._grad_fn, self._output_nr = node, output_nr
        if self._retains and old is not None and old.retained:
            kept = old.retained.pop(nr, None)
            if kept is not None:
                node.retained = {**(node.retained or {}), output_nr: kept}

    def _tracks(self) -> bool:
        """`requires_grad`: a view of a tensor that requires gradients does, whatever its past."""
        return self._requires_grad or (self._base is not None and self._base._requires_grad)

    # ------------------------------------------------------------------ recording

    @staticmethod
    def dispatch(op: Op, inputs: tuple, attrs: tuple, shown: int | None = None):
        """Records `op` on tensors (values, numbers and None among them), with its grad node.

        `shown` is how many of several results become tensors, by default all of them.
        """
        now = modes.__dict__
        if now["forward"] is not None:
            return now["forward"](op, inputs, attrs, shown)
        if now["autocast"] is not None:
            inputs = now["autocast"](op, inputs)
        if op.view is not None:
            return _dispatch_view(op, inputs[0], attrs)
        # Before recording, while nothing here holds what only pending operators need.
        if len(Pending.refs) > config.pending_nodes or Pending.bytes > config.pending_bytes:
            flush()
        values, special, tracked, plain = [], config.eager, False, True
        for t in inputs:
            if not isinstance(t, Tensor):
                values.append(t)
                continue
            storage = t._storage
            value = storage.value
            if value.shape != t._shape or not t._plain:
                value = t._read()
                plain = plain and t._contiguous and t._strides == _row_major(t._shape)[0]
            values.append(value)
            if storage.exported or storage.meta:
                special = True
            if t._requires_grad or (t._base is not None and t._base._requires_grad):
                tracked = True
        order = None if plain or not op.elementwise else _common_order(inputs)
        prepared = tuple(values if order is None else [_permuted(v, order) for v in values])
        if op.prepare is not None:
            prepared = op.prepare(prepared, attrs)
        if special:
            result, meta = _record_specially(op, prepared, attrs, inputs)
        else:
            result, meta = record(op, prepared, attrs), False
        if type(result) is tuple:
            outs = tuple([Tensor._wrap(r, meta) for r in result[:shown]])
            if tracked and now["grad"] and op.formulas is not None:
                _attach_several(op, inputs, values, attrs, result, outs)
            if now["inference"]:
                for out in outs:
                    out._inference = True
            return outs
        out = Tensor._wrap(result, meta) if order is None else _wrap_ordered(result, order, meta)
        if not plain and (op is CAST or op.name == "clone"):
            _keep_strides(out, inputs[0])
        if tracked and now["grad"] and op.formulas is not None and out.dtype.category >= 2:
            node = _grad_node(op, inputs, values, attrs, [(out._shape, out.dtype)], now)
            out._grad_fn, out._requires_grad = node, True
            if node.saving.outs:
                node.saved_out = [saved_output(out, type(node), 0)]
        if now["inference"]:
            out._inference = True
        return out

    # ------------------------------------------------------------------ the plainest properties

    @property
    def shape(self) -> Size:
        return _new_tuple(Size, self._shape)

    @property
    def ndim(self) -> int:
        return len(self._shape)

    @property
    def device(self) -> dev.device:
        return dev.META if self._storage.meta else dev.CPU

    @property
    def is_meta(self) -> bool:
        return self._storage.meta


OpNode.wrap = staticmethod(Tensor._wrap)


def _keep_strides(copy: Tensor, t: Tensor) -> None:
    """A copy of a dense tensor has its very strides, odd ones of dimensions of size one too."""
    if t._strides != copy._strides and (
        t._contiguous or memory_order(t._shape, t._strides) is not None
    ):
        copy._strides, copy._plain, copy._contiguous = t._strides, False, t._contiguous


def _record_specially(op: Op, values: tuple, attrs: tuple, inputs: tuple) -> tuple[Any, bool]:
    """What is recorded on meta tensors, and what runs at once: (result, whether it is meta)."""
    if not any(isinstance(t, Tensor) and t._storage.meta for t in inputs):
        result = record(op, values, attrs)
        _run_now(result, inputs)
        return result, False
    metas = op.rule(values, *attrs) if op.variadic else op.rule(*values, *attrs)
    if type(metas) is list:
        return tuple(Value(META, (), (), shape, kind) for shape, kind in metas), True
    return Value(META, (), (), *metas), True


def _run_now(result, inputs) -> None:
    """Evaluates at once, and lets no result share memory that the outside may write to."""
    for value in result if type(result) is tuple else (result,):
        array = evaluate(bottom(value))
        for t in inputs:
            if (
                isinstance(t, Tensor)
                and t._storage.exported
                and isinstance(array, np.ndarray)
                and np.may_share_memory(array, t._storage.value.data)
            ):
                value.data = array = np.array(array, order="C", copy=True)


def _common_order(inputs: tuple) -> Shape | None:
    """The memory order an elementwise result takes from its inputs; None for row-major."""
    layouts, numbers = [], False
    for t in inputs:
        if isinstance(t, Tensor):
            layouts.append((t._shape, t._strides))
        elif t is not None:
            if isinstance(t, Value) and t.shape:
                return None
            numbers = True
    return common_order(tuple(layouts), numbers)


def _permuted(v, order: Shape):
    if not isinstance(v, Value) or not v.shape:
        return v
    lead = len(order) - len(v.shape)
    if lead:
        v = view(v, (1,) * lead + v.shape)
    return permute(v, order)


def _wrap_ordered(value: Value, order: Shape, meta: bool) -> Tensor:
    """A tensor over a result that was computed in another order of dimensions."""
    n = len(order)
    physical = contiguous_strides(value.shape)
    shape, strides = [0] * n, [0] * n
    for place, d in enumerate(order):
        shape[d], strides[d] = value.shape[place], physical[place]
    storage = Storage(value, numel(value.shape), meta=meta)
    return Tensor._alias(storage, value.dtype, tuple(shape), tuple(strides), 0)


def _attach_several(
    op: Op, inputs: tuple, values: list, attrs: tuple, results: tuple, outs: tuple
) -> None:
    """Gives the differentiable ones of several results their grad node; `outs` may be fewer."""
    if not any([o.dtype.category >= 2 for o in outs]):
        return
    out_metas = [(r.shape, r.dtype) for r in results]
    node = _grad_node(op, inputs, values, attrs, out_metas, modes.__dict__)
    for i, out in enumerate(outs):
        if out.dtype.category >= 2:
            out._grad_fn, out._output_nr, out._requires_grad = node, i, True
    if node.saving.outs:
        kept = [_saved_result(outs, results, type(node), i) for i in node.saving.outs]
        node.saved_out = kept


def _grad_node(
    op: Op, inputs: tuple, values: list, attrs: tuple, out_metas: list, now: dict[str, Any]
) -> OpNode:
    """The node of an application, with what its formulas name of the inputs.

    `values` are what was read of the inputs; the results are for the caller to save; `now` are the
    thread's modes.
    """
    edges, needs = [], []
    for t in inputs:
        if not isinstance(t, Tensor):
            edges.append(None)
            needs.append(False)
        elif t._grad_fn is not None and t._base is None:
            edges.append((t._grad_fn, t._output_nr))
            needs.append(True)
        else:
            edge = t._edge()
            edges.append(edge)
            needs.append(edge is not None or t._tracks())
    saving = saving_of(op, tuple(needs))
    in_metas = None
    if saving.metas:
        in_metas = tuple(
            [(t._shape, t.dtype) if isinstance(t, Tensor) else _meta(t) for t in inputs]
        )
    node = OpNode.made(op, attrs, tuple(edges), saving, in_metas, out_metas, now)
    if saving.inputs:
        node.saved = _saved_inputs(inputs, values, saving.inputs, now["saved_hooks"])
    return node


def _meta(x: Any) -> tuple | None:
    """(shape, dtype) of an operator's input that is no tensor."""
    if isinstance(x, Value):
        return x.shape, x.dtype
    return None if x is None else ((), None)


def _saved_result(outs: tuple, results: tuple, origin: type[Node], i: int) -> Saved:
    """One of several results, saved for backward; no tensor can overwrite one that isn't shown."""
    if i < len(outs):
        return saved_output(outs[i], origin, i)
    saved = Saved(results[i], None)
    saved.output_nr = i
    return saved


def saved_output(out: Tensor, origin: type[Node], output_nr: int) -> Saved:
    """A node's own output, saved for its backward."""
    saved = Saved(out._read(), None)
    saved.memory = out._bare()
    saved.counter, saved.version = out._counter, out._counter.version
    saved.origin, saved.output_nr = origin, output_nr
    if modes.saved_hooks:
        saved.pack(out)
    return saved


def _saved_inputs(
    inputs: tuple, values: list, wanted: tuple[int, ...], packing: tuple
) -> dict[int, Saved | None]:
    kept: dict[int, Saved | None] = {}
    for i in wanted:
        t = inputs[i]
        if isinstance(t, Tensor):
            if t._inference:
                raise RuntimeError(
                    "Inference tensors cannot be saved for backward. Please do not use Tensors "
                    "created "
                    "in inference mode in computation tracked by autograd. To work around this, "
                    "you can "
                    "make a clone to get a normal tensor and use it in autograd, or use "
                    "`torch.no_grad()` "
                    "instead of `torch.inference_mode()`."
                )
            kept[i] = saved = Saved(values[i], t)
            if packing:
                fn = t._grad_fn
                if fn is not None:
                    saved.origin, saved.output_nr = type(fn), t._output_nr
                saved.pack(t)
        elif isinstance(t, Value):
            kept[i] = Saved(t, None)
        elif t is None:
            kept[i] = None
        else:
            kept[i] = Saved(_number(t, inputs), None)
    return kept


def _number(number, inputs) -> Value:
    """The value of a number among an operator's inputs, as the operator read it."""
    if len(inputs) == 2 and (type(number) is float or type(number) is int):
        kind = inputs[inputs[0] is number].dtype
        if kind is float32:  # as nearly always
            return shared_constant(number, kind)
    kind = result_type(tuple(x for x in inputs if x is not None))
    if kind.itemsize == 2 and kind.is_floating_point:
        kind = float32  # as the operator read it
    return to_kind(number, kind)


def _dispatch_view(op: Op, t: Tensor, attrs: tuple):
    """The alias(es) that a view operator makes, and their grad node."""
    made = op.view(t._shape, t._strides, t._offset, *attrs)
    many = type(made) is list
    kind = t.dtype if op.view_dtype is None else op.view_dtype(t.dtype, *attrs)
    outs = [Tensor._alias(t._storage, kind, *layout) for layout in (made if many else (made,))]
    base = t if t._base is None else t._base
    now = modes.__dict__
    view_kind = view_kind_of(t, many, now)
    version = (t._own_counter or t._storage).version
    for out in outs:
        out._base = base
        if version:
            out._attr_version = version
        if view_kind:
            out._view_kind = view_kind
        if t._inference:
            out._inference = True
        if t._own_counter is not None:
            out._own_counter = t._own_counter
    if now["grad"] and op.formulas is not None and t._tracks():
        edge = t._edge()
        in_metas, out_metas = ((t._shape, t.dtype),), [(o._shape, o.dtype) for o in outs]
        saving = saving_of(op, (edge is not None,))
        node = OpNode.made(op, attrs, (edge,), saving, in_metas, out_metas, now)
        for i, out in enumerate(outs):
            out._grad_fn, out._output_nr, out._requires_grad = node, i, True
    return tuple(outs) if many else outs[0]


def view_kind_of(t: Tensor, many: bool, now: dict[str, Any]) -> int:
    """How a view that is being made of `t` is made, as far as writes through it care."""
    if now["grad"] or t._inference:
        return MULTI_VIEW if many else t._view_kind
    return INFERENCE_VIEW if now["inference"] else NO_GRAD_VIEW
