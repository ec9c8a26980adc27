"""What a `vmap` refuses, in PyTorch's words; values come in, nothing or an error goes out."""

from __future__ import annotations

from .. import batching
from ..ir.graph import BATCHED, Value

_ITEM = (
    "vmap: It looks like you're calling .item() on a Tensor. We don't support vmap over calling "
    ".item() on a Tensor, please try to rewrite what you're doing with other operations. If error "
    "is occurring somewhere inside PyTorch internals, please file a bug report."
)
_CONTROL_FLOW = (
    "vmap: It looks like you're attempting to use a Tensor in some data-dependent control flow. "
    "We don't support that yet, please file an issue at https://github.com/pytorch/pytorch/issues ."
)
_IN_PLACE = (
    "vmap: inplace arithmetic(self, *extra_args) is not possible because there exists a Tensor "
    "`other` in extra_args that has more elements than `self`. This happened due to `other` being "
    "vmapped over but `self` not being vmapped over in a vmap. Please try to use out-of-place "
    "operators instead of inplace arithmetic. If said operator is being called inside the PyTorch "
    "framework, please file a bug report instead."
)


def refuse_look(value: Value) -> None:
    """RuntimeError where a program looks at the elements of one slice, which stands for all."""
    if value.op is BATCHED:
        raise RuntimeError(_ITEM)


def refuse_control_flow(value: Value) -> None:
    """RuntimeError where a program asks one slice which way all should go."""
    if value.op is BATCHED:
        raise RuntimeError(_CONTROL_FLOW)


def refuse_storage(value: Value) -> None:
    """RuntimeError where a program asks for the memory of one slice."""
    if value.op is BATCHED:
        raise RuntimeError("Cannot access data pointer of Tensor that doesn't have storage")


def refuse_mask(value: Value) -> None:
    """RuntimeError where the shape of a result would differ from slice to slice."""
    if value.op is BATCHED:
        raise RuntimeError(
            "vmap: We do not support batching operators that can support dynamic shape. Attempting "
            "to batch over indexing with a boolean mask."
        )


def refuse_shape(value: Value, name: str) -> None:
    """RuntimeError where an operator's result would have another shape in every slice."""
    if value.op is BATCHED:
        raise RuntimeError(
            "vmap: We do not support batching operators that can output dynamic shape. Attempted "
            f"to vmap over aten::{name}. Please file an issue at "
            "https://github.com/pytorch/pytorch/issues if you need this feature."
        )


def refuse_statistics(x: Value, statistics: Value) -> None:
    """RuntimeError where running statistics of slices would be written to one for all."""
    levels = batching.levels_of(statistics)
    if any(level not in levels for level in batching.levels_of(x)):
        raise RuntimeError(
            "Batch norm got a batched tensor as input while the running_mean or running_var, which "
            "will be updated in place, were not batched.\nIf you are using a module and do not "
            "need eval mode, please set `track_running_stats` to be False.If you are using a "
            "prebuilt module and do not need eval mode, please see the functorch website for "
            "resources on how to patch your module to work with vmap"
        )


def refuse_write(have: Value, value: Value) -> None:
    """RuntimeError where what differs from slice to slice would overwrite what doesn't."""
    levels = batching.levels_of(have)
    if any(level not in levels for level in batching.levels_of(value)):
        raise RuntimeError(_IN_PLACE)
