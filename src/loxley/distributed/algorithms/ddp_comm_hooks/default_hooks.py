"""Hooks that reduce buckets of gradients, as they are or rounded to 16 bits.

In: a process group, a bucket.  Out: a future of the bucket's new buffer.
Source: https://docs.pytorch.org/docs/2.13/ddp_comm_hooks.html
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from ....dtypes import bfloat16, dtype, float16
from ....futures import Future
from ....tensor import Tensor
from ...buckets import GradBucket
from ...collectives import all_reduce
from ...groups import default_group

__all__ = [
    "allreduce_hook",
    "bf16_compress_hook",
    "bf16_compress_wrapper",
    "fp16_compress_hook",
    "fp16_compress_wrapper",
]


def _reduced(group: Any, tensor: Tensor) -> Future:
    found = default_group() if group is None else group
    future = Future()
    mean = tensor.div(found.size())
    all_reduce(mean, group=found)
    future.set_result(mean)
    return future


def allreduce_hook(process_group: Any, bucket: GradBucket) -> Future:
    """The mean over the processes."""
    return _reduced(process_group, bucket.buffer())


def _compressed(kind: dtype, group: Any, bucket: GradBucket) -> Future:
    whole = bucket.buffer()
    rounded = _reduced(group, whole.to(kind))
    return rounded.then(lambda future: whole.copy_(future.value()))


def fp16_compress_hook(process_group: Any, bucket: GradBucket) -> Future:
    """The mean over the processes of gradients rounded to float16."""
    return _compressed(float16, process_group, bucket)


def bf16_compress_hook(process_group: Any, bucket: GradBucket) -> Future:
    """The mean over the processes of gradients rounded to bfloat16."""
    return _compressed(bfloat16, process_group, bucket)


def _wrapped(kind: dtype, hook: Callable, state: Any, bucket: GradBucket) -> Future:
    whole = bucket.buffer()
    bucket.set_buffer(whole.to(kind))
    rounded = hook(state, bucket)
    return rounded.then(lambda future: whole.copy_(_first(future.value())))


def _first(value: Any) -> Tensor:
    return value[0] if isinstance(value, (list, tuple)) else value


def fp16_compress_wrapper(hook: Callable) -> Callable:
    """A hook on gradients rounded to float16."""

    def fp16_compress_wrapper_hook(hook_state: Any, bucket: GradBucket) -> Future:
        return _wrapped(float16, hook, hook_state, bucket)

    return fp16_compress_wrapper_hook


def bf16_compress_wrapper(hook: Callable) -> Callable:
    """A hook on gradients rounded to bfloat16."""

    def bf16_compress_wrapper_hook(hook_state: Any, bucket: GradBucket) -> Future:
        return _wrapped(bfloat16, hook, hook_state, bucket)

    return bf16_compress_wrapper_hook
