"""Storages: the memory that tensors alias, as a sequence of immutable values.

A storage holds one `Value` (any shape, read as flat row-major memory) and a version.  Reading
through a layout records a view of that value; writing replaces the value.  Whoever recorded the
old value keeps it.  Once its memory has been handed out (`.numpy()`, `from_numpy`, DLPack,
`data_ptr`) a storage is *exported*: it lives in one fixed array, writes go into that array at
once, and operators that read it run at once.  docs/laziness.md tells the user's side of this.
"""

from __future__ import annotations

from sys import getrefcount
from weakref import finalize, ref

import numpy as np

from ..dtypes import dtype
from ..ir.graph import BATCHED, META, Op, Value, leaf, record
from ..narrow_types import as_strided
from ..ops.movement import AS_STRIDED, STRIDED_SCATTER, VIEW
from ..runtime import evaluate, flush
from ..runtime.counters import counters
from ..runtime.interpreter import WATCHERS
from ..runtime.lent import lend
from ..shapes import Shape, contiguous_strides, extent, numel

_WINDOWS = 16  # reads since the last write, from which on a storage counts as read only
# Writes of a few elements after which as few elements as these are computed, if they are pending.
_COUNTING, _COUNTED = 8, 1 << 16


def _bitcast_eval(base, kind):
    flat = np.ascontiguousarray(base).reshape(-1)
    return flat.view(kind.numpy)


# A storage's bytes as elements of another dtype.
BITCAST = Op(
    "bitcast",
    rule=lambda base, kind: (
        (numel(base.shape) * base.dtype.itemsize // kind.itemsize,),
        kind,
    ),
    eval=_bitcast_eval,
    names=("base",),
    attrs=("kind",),
)


class Storage:
    """Memory shared by tensors: a value, its dtype and size in elements, and a version."""

    __slots__ = ("value", "dtype", "size", "version", "exported", "reads", "meta", "__weakref__")

    def __init__(self, value: Value, size: int, meta: bool = False) -> None:
        self.value = value
        self.dtype: dtype = value.dtype
        self.size = size
        self.version = 0
        self.exported = 0  # how many outside holders of the memory there are
        self.reads: dict | None = None  # layout -> value, valid until the next write
        self.meta = meta

    def read(
        self,
        kind: dtype,
        shape: Shape,
        strides: Shape,
        offset: int,
        plain: bool,
        tracked: bool = False,
    ) -> Value:
        """The value of a view of this storage; `tracked`: its elements are trained."""
        value = self.value
        if plain and value.shape == shape:
            return value
        if self.exported:  # made anew each time: a run may replace the array of a leaf by a copy
            return leaf(self.window(kind, shape, strides, offset), kind)
        key = shape if plain else (kind, shape, strides, offset)
        reads = self.reads
        if reads is None:
            reads = self.reads = {}
        found = reads.get(key)
        if type(found) is ref:
            found = found()
        if found is None:
            found = None if tracked or plain else self._part(kind, shape, strides, offset)
            if found is None:
                found = self._record_read(kind, shape, strides, offset, plain)
            # What reads a window is computed for nobody but its plan, as if it weren't listed.
            window = found.op is AS_STRIDED and found.attrs[2] != offset
            reads[key] = ref(found) if window else found
        return found

    def _part(self, kind: dtype, shape: Shape, strides: Shape, offset: int) -> Value | None:
        """A stretch of memory that is there, without recording which one it is.

        So the batches `x[i : i + 32]` of a data set make one plan, not one for each `i`; and so do
        the windows `x[:, i : i + 32]`, which are read from the stretch that they lie in.  Not of
        what is trained: an update writes to its memory only while nobody else holds a part of it;
        nor windows of what is written to between a few of them, for the same reason.
        """
        array = self.value.data
        if type(array) is not np.ndarray or kind is not self.dtype or WATCHERS:
            return None
        if not array.flags.c_contiguous:
            return None
        flat = array.reshape(-1)
        if strides == contiguous_strides(shape):
            return leaf(flat[offset : offset + numel(shape)].reshape(shape), kind)
        if not offset or (self.version and len(self.reads) < _WINDOWS) or not numel(shape):
            return None
        stretch = leaf(flat[offset : offset + extent(shape, strides)], kind)
        return record(AS_STRIDED, (stretch,), (shape, strides, 0))

    def _record_read(self, kind, shape, strides, offset, plain) -> Value:
        if self.meta:
            return Value(self.value.op, (), (), shape, kind)
        base = self.value
        if plain and numel(base.shape) == numel(shape):
            found = record(VIEW, (base,), (shape,))
        else:
            if kind is not self.dtype:
                base = record(BITCAST, (base,), (kind,))
            found = record(AS_STRIDED, (base,), (shape, strides, offset))
        return found

    def write(
        self, value: Value, kind: dtype, shape: Shape, strides: Shape, offset: int, plain: bool
    ) -> None:
        """Replaces the elements of a view by `value` (of that view's shape and dtype)."""
        if self.meta:
            return
        if self.exported:
            source = evaluate(value)
            flush()  # gradients that are still pending read what is written over here
            np.copyto(self.window(kind, shape, strides, offset), source)
            if kind is not self.dtype:
                self.reads = None
            return
        if plain and numel(shape) == self.size:
            self.value = value
        elif kind is self.dtype:
            base, self.value = self.value, None
            self.value = record(STRIDED_SCATTER, (base, value), (shape, strides, offset))
        else:
            flat = record(BITCAST, (self.value,), (kind,))
            flat = record(STRIDED_SCATTER, (flat, value), (shape, strides, offset))
            self.value = record(BITCAST, (flat,), (self.dtype,))
        self.reads = None

    def materialize(self) -> np.ndarray:
        """The storage's memory as a flat array that this storage alone owns, computed now."""
        if self.exported:
            return self.value.data.reshape(-1)
        evaluate(self.value)
        self.reads = None
        array = self.value.data
        # References to the value: the slot, the call; to the array: the value, the name, the call.
        exclusive = (
            getrefcount(self.value) == 2
            and getrefcount(array) == 3
            and isinstance(array, np.ndarray)
            and array.flags.c_contiguous
            and array.flags.owndata
            and array.flags.writeable
        )
        if not exclusive:
            array = np.array(array, order="C", copy=True)
        self.value = leaf(array, self.dtype)
        return array.reshape(-1)

    def owned(self) -> np.ndarray | None:
        """The memory as a flat array to write to now, if nobody else has it and all is computed.

        What is written to again and again is computed first: a loop that counts would otherwise
        record every number.
        """
        if self.exported or WATCHERS:
            return None
        if self.value.data is None and self.version >= _COUNTING and self.size <= _COUNTED:
            if self.value.op not in (META, BATCHED):
                evaluate(self.value)
        array = self.value.data
        if type(array) is not np.ndarray:
            return None
        self.reads = None
        # References to the value: the slot, the call; to the array: the value, the name, the call.
        if getrefcount(self.value) != 2 or getrefcount(array) != 3:
            return None
        flags = array.flags
        if not (flags.owndata and flags.c_contiguous and flags.writeable):
            return None
        self.value = leaf(array, self.dtype)  # another value: what was prepared of the old is void
        counters.donated += 1
        return array.reshape(-1)

    def export(self) -> np.ndarray:
        """The memory for an outside holder; the storage stays exported while the result lives."""
        flat = self._lent()
        holder = _Holder(flat)
        finalize(holder, _release, self)
        return np.asarray(holder) if flat.size else flat

    def pin(self) -> np.ndarray:
        """The memory for a holder that can't be watched, such as an address: exported for good."""
        return self._lent()

    def _lent(self) -> np.ndarray:
        flat = self.materialize()
        self.exported += 1
        lend(self.value.data)
        return flat

    def window(self, kind: dtype, shape: Shape, strides: Shape, offset: int) -> np.ndarray:
        """A writable array over a view of an exported storage."""
        return window_of(self.value.data.reshape(-1), kind, shape, strides, offset)


def window_of(flat: np.ndarray, kind: dtype, shape: Shape, strides: Shape, offset: int):
    """A writable array over a view of flat memory; bounds have been checked by the tensor."""
    if flat.dtype != kind.numpy:
        flat = flat.view(kind.numpy)
    if numel(shape) == 0:
        return np.empty(shape, kind.numpy)
    return as_strided(flat[offset:], shape, tuple(s * flat.itemsize for s in strides))


def _release(storage: Storage) -> None:
    storage.exported -= 1
    storage.reads = None


class _Holder:
    """Owns an exported array on behalf of NumPy arrays made from it; its death ends the export."""

    def __init__(self, flat: np.ndarray) -> None:
        self._flat = flat
        self._bytes = flat.view(np.uint8)

    @property
    def __array_interface__(self) -> dict:
        return self._bytes.__array_interface__
