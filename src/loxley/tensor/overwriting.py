"""What happens to a tensor that is written to: which writes are refused, and its new history.

A part of `Tensor`, whose reading and writing of memory it stands on.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from ..dtypes import float32
from ..ir.graph import leaf
from ..ops.family import cast
from ..runtime import evaluate
from .modes import modes
from .views import CopySlices, refuse_rebase, strided_grad_fn

if TYPE_CHECKING:
    from .tensor import Tensor


class Overwriting:
    """The methods of tensors through which every in-place operator goes."""

    __slots__ = ()

    def _assign(self: Any, result: Tensor, overlapping: bool = False) -> Tensor:
        """Makes `result` this tensor's new contents and history: every in-place form ends here.

        Raises PyTorch's errors for what may not be overwritten, does not fit or cannot be cast.
        `overlapping` allows elements that share memory, which one number may fill.
        """
        self._check_assignable(result, overlapping)
        value = result._read()
        if modes.forward is not None:
            _assign_tangents(self, result)
        tracked = modes.grad and (result._requires_grad or self._tracks())
        node = result._grad_fn if tracked else None
        if value.dtype is not self.dtype:
            value = cast(value, self.dtype)
            if node is not None:
                node.out_metas[result._output_nr] = self._shape, self.dtype
        counter = self._counter
        if node is not None and self._storage.exported:
            self._copy_overwritten(node)
        self._write(value)
        if node is not None:
            first = (getattr(node, "saved", None) or {}).get(0)
            if first is not None and first.tensor is self:
                first.keep_as_it_was(node.edges[0])
            self._rebase(node, result._output_nr)
            saved = getattr(node, "saved_out", None)
            for one in saved or ():  # what was saved as the result is this tensor from now on
                if one.output_nr == result._output_nr and one.hooks is None:
                    one.counter, one.version = counter, counter.version
                    one.memory = self._bare() if result.dtype is self.dtype else None
        return self

    def _copy_overwritten(self: Any, node: Any) -> None:
        """Handed-out memory is overwritten in its place: what a node saved of it needs a copy."""
        first = (getattr(node, "saved", None) or {}).get(0)
        if first is not None and first.tensor is self and first.value is not None:
            kept = np.array(evaluate(first.value), order="C", copy=True)
            first.value = leaf(kept, first.value.dtype)

    def _check_before_write(self: Any, *operands: Any) -> None:
        """What forbids a write is said before anything else that is wrong with it."""
        if modes.grad and (
            self._tracks()
            or self.dtype.category >= float32.category
            and any(isinstance(t, Overwriting) and t._tracks() for t in operands)
        ):
            self._check_history()

    def _check_assignable(self: Any, result: Tensor, overlapping: bool) -> None:
        if modes.grad and (result._requires_grad or self._tracks()):
            self._check_history()
        if not overlapping:
            self._check_overlap()
        if result._shape != self._shape:
            raise RuntimeError(
                f"output with shape {list(self._shape)} doesn't match the broadcast shape "
                f"{list(result._shape)}"
            )
        from_, to = result.dtype, self.dtype
        if from_ is not to and (
            from_.category > to.category or (to.category == 0 and from_.category)
        ):
            raise RuntimeError(
                f"result type {from_.legacy_name} can't be cast to the desired output type "
                f"{to.legacy_name}"
            )
        if self._inference and not modes.inference:
            raise RuntimeError(
                "Inplace update to inference tensor outside InferenceMode is not allowed.You can "
                "make "
                "a clone to get a normal tensor before doing inplace update.See "
                "https://github.com/pytorch/rfcs/pull/17 for more details."
            )

    def _check_overlap(self: Any) -> None:
        if self._contiguous or 0 in self._shape:
            return
        if any(s == 0 and n > 1 for n, s in zip(self._shape, self._strides)):
            raise RuntimeError(
                "unsupported operation: more than one element of the written-to tensor refers to a "
                "single memory location. Please clone() the tensor before performing the operation."
            )

    def _check_history(self: Any) -> None:
        """RuntimeError where a write would cut a leaf from its gradient."""
        base, wanted = self._base, self._tracks()
        if base is not None:
            refuse_rebase(self, indirect=False)
            if wanted and base._grad_fn is None:
                raise RuntimeError(
                    "a view of a leaf Variable that requires grad is being used in an in-place "
                    "operation."
                )
        if wanted and self._grad_fn is None:  # or a view not looked at since the base was written
            raise RuntimeError(
                "a leaf Variable that requires grad is being used in an in-place operation."
            )

    def _rebase(self: Any, node, output_nr: int) -> None:
        """After a write recorded as `node`, history starts anew from it, for a view at its base."""
        base = self._base
        self._requires_grad = True
        if base is None:
            self._set_grad_fn(node, output_nr)
            return
        base._set_grad_fn(CopySlices(base, self, node, output_nr), 0)
        base._requires_grad = True
        self._set_grad_fn(strided_grad_fn(self, base), 0)
        self._attr_version = self._counter.version


def _assign_tangents(t: Tensor, result: Tensor) -> None:
    """An in-place write in forward mode: the tangents are overwritten as the elements are."""
    for level in modes.forward_levels:
        mine = None if t._tangents is None else t._tangents.get(level)
        new = None if result._tangents is None else result._tangents.get(level)
        if new is None and mine is None:
            continue
        if mine is None:
            mine = _tangent_memory(t, level)
        before, modes.forward = modes.forward, None
        try:
            mine.copy_(result.new_zeros(result._shape) if new is None else new)
        finally:
            modes.forward = before


def _tangent_memory(t: Tensor, level: int) -> Tensor:
    """Zeros for a tangent; that of a view lies in its base's, which gets one too."""
    base = t if t._base is None else t._base
    whole = None if base._tangents is None else base._tangents.get(level)
    if whole is None:
        flat = t._wrap(base._storage.value).new_zeros((t._storage.size,), dtype=base.dtype)
        storage = flat._storage
        whole = t._alias(storage, base.dtype, base._shape, base._strides, base._offset)
        base._tangents = {**(base._tangents or {}), level: whole}
    if t is base:
        return whole
    view_ = t._alias(whole._storage, t.dtype, t._shape, t._strides, t._offset)
    t._tangents = {**(t._tangents or {}), level: view_}
    return view_
