"""Collective operations on tensors, in a group of one process.

In: tensors and a group.  Out: what all processes' tensors make together, which with one process
are this process's own; `async_op=True` gives a finished `Work`.  Arguments are checked as PyTorch's
gloo backend checks them.
Source: https://docs.pytorch.org/docs/2.13/distributed.html#collective-functions
"""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from .. import dtypes
from ..autograd import no_grad
from ..tensor import Tensor
from .groups import ProcessGroup, RedOpType, ReduceOp, Work, member, warn_not_member

Group = ProcessGroup | None
_SUM = ReduceOp.SUM
_CARRIED = {
    *(dtypes.float32, dtypes.float64, dtypes.float16, dtypes.bfloat16, dtypes.bool_),
    *(dtypes.int8, dtypes.uint8, dtypes.int32, dtypes.int64),
    *(dtypes.complex64, dtypes.complex128),
}
_BITWISE = {RedOpType.BAND, RedOpType.BOR, RedOpType.BXOR}
_REAL_ONLY = {RedOpType.MAX, RedOpType.MIN, RedOpType.PRODUCT} | _BITWISE


def one_tensor(value: Any, name: str) -> None:
    """TypeError unless an argument is a tensor."""
    if not isinstance(value, Tensor):
        raise TypeError(
            f"Invalid function argument. Expected parameter `{name}` of type torch.Tensor\n"
            f"             but got {type(value)} instead."
        )


def tensor_list(value: Any, name: str) -> None:
    """TypeError unless an argument is a list of tensors."""
    if not isinstance(value, list) or not all(isinstance(t, Tensor) for t in value):
        raise TypeError(
            f"Invalid function argument. Expected parameter `{name}` of type List[torch.Tensor]\n"
            f"             but got {type(value)} instead."
        )


def one_dtype(*tensors: Tensor) -> None:
    """ValueError unless all dtypes are the same."""
    for tensor in tensors:
        if tensor.dtype is not tensors[0].dtype:
            raise ValueError(
                "Invalid usage of tensors with different dtypes"
                f"Found {tensor.dtype} and  {tensors[0].dtype}"
            )


def rank_of(rank: int | None, in_group: int | None) -> int:
    """The one rank that was given, in the world or in the group."""
    if rank is not None and in_group is not None:
        raise ValueError("Can't specify both group_rank and global_rank")
    if rank is None and in_group is None:
        raise ValueError("Must specify global_rank or group_rank")
    return int(in_group if rank is None else rank)


def _root(function: str, rank: int) -> None:
    if rank != 0:
        raise RuntimeError(f"ProcessGroupGloo::{function}: invalid root rank: {rank}")


def _carried(*tensors: Tensor) -> None:
    if any(tensor.dtype not in _CARRIED for tensor in tensors):
        raise RuntimeError("Invalid scalar type")


def _same_size(function: str, expected: Tensor, tensors: list[Tensor]) -> None:
    for i, tensor in enumerate(tensors):
        if tensor.shape != expected.shape:
            shown = [", ".join(map(str, t.shape)) for t in (expected, tensor)]
            raise RuntimeError(
                f"ProcessGroupGloo::{function}: invalid tensor size at index {i} "
                f"(expected ({shown[0]}), got ({shown[1]}))"
            )


def _op_type(op: Any) -> RedOpType:
    return op.op if isinstance(op, ReduceOp) else RedOpType(op)


def check_reduction(function: str, tensor: Tensor, op: Any) -> None:
    """The errors of reductions that a dtype does not have."""
    kind = _op_type(op)
    if tensor.is_complex() and kind in _REAL_ONLY:
        raise ValueError(f"{function} does not support {kind} on complex tensors")
    if kind is RedOpType.PREMUL_SUM:
        raise NotImplementedError(f"torch.distributed.{function}: ReduceOp.PREMUL_SUM")
    _carried(tensor)
    if kind in _BITWISE and (tensor.is_floating_point() or tensor.is_complex()):
        raise RuntimeError(f"Cannot use ReduceOp.{kind.name} with non-integral dtype")
    if kind is RedOpType.AVG and not (tensor.is_floating_point() or tensor.is_complex()):
        name = tensor.dtype.legacy_name
        raise RuntimeError(f"result type Float can't be cast to the desired output type {name}")


def _written(target: Tensor, source: Tensor) -> None:
    if target is not source:
        with no_grad():
            target.copy_(source)


def _done(results: list[Tensor], async_op: bool) -> Work | None:
    return Work(results) if async_op else None


def _inside(function: str, group: Any) -> bool:
    if member(group) is None:
        warn_not_member(function)
        return False
    return True


def broadcast(
    tensor: Tensor,
    src: int | None = None,
    group: Group = None,
    async_op: bool = False,
    group_src: int | None = None,
) -> Work | None:
    """Gives every process the tensor of rank `src`: here it has it."""
    root = rank_of(src, group_src)
    one_tensor(tensor, "tensor")
    if not _inside("broadcast", group):
        return None
    _root("broadcast", root)
    _carried(tensor)
    return _done([tensor], async_op)


def all_reduce(
    tensor: Tensor, op: Any = _SUM, group: Group = None, async_op: bool = False
) -> Work | None:
    """Reduces in place over all processes: one tensor is its own sum, mean, maximum."""
    one_tensor(tensor, "tensor")
    if not _inside("all_reduce", group):
        return None
    check_reduction("all_reduce", tensor, op)
    return _done([tensor], async_op)


def all_reduce_coalesced(
    tensors: list[Tensor], op: Any = _SUM, group: Group = None, async_op: bool = False
) -> Work | None:
    """`all_reduce` of several tensors of one dtype."""
    if isinstance(tensors, Tensor):
        tensors = [tensors]
    tensor_list(tensors, "tensor")
    one_dtype(*tensors)
    if not _inside("all_reduce_coalesced", group):
        return None
    for tensor in tensors:
        check_reduction("all_reduce", tensor, op)
    return _done(tensors, async_op)


def reduce(
    tensor: Tensor,
    dst: int | None = None,
    op: Any = _SUM,
    group: Group = None,
    async_op: bool = False,
    group_dst: int | None = None,
) -> Work | None:
    """Reduces in place for rank `dst`."""
    root = rank_of(dst, group_dst)
    one_tensor(tensor, "tensor")
    if not _inside("reduce", group):
        return None
    _root("reduce", root)
    check_reduction("reduce", tensor, op)
    return _done([tensor], async_op)


def all_gather(
    tensor_list: list[Tensor], tensor: Tensor, group: Group = None, async_op: bool = False
) -> Work | None:
    """Copies each process's tensor into its place of the list, on every process."""
    _check_list(tensor_list, "tensor_list")
    one_tensor(tensor, "tensor")
    one_dtype(tensor, *tensor_list)
    if not _inside("all_gather", group):
        return None
    if len(tensor_list) != 1:
        raise RuntimeError(
            "ProcessGroupGloo::allgather: invalid output tensor list at index 0 "
            f"(expected length 1, got {len(tensor_list)})"
        )
    _same_size("allgather", tensor, tensor_list)
    _carried(tensor)
    _written(tensor_list[0], tensor)
    return _done(tensor_list, async_op)


_check_list = tensor_list


def all_gather_into_tensor(
    output_tensor: Tensor, input_tensor: Tensor, group: Group = None, async_op: bool = False
) -> Work | None:
    """Copies the processes' tensors behind each other into one."""
    one_tensor(input_tensor, "input_tensor")
    one_tensor(output_tensor, "output_tensor")
    one_dtype(input_tensor, output_tensor)
    if not _inside("all_gather_into_tensor", group):
        return None
    _same_size("allgather", input_tensor, [output_tensor])
    _carried(input_tensor)
    _written(output_tensor, input_tensor)
    return _done([output_tensor], async_op)


def gather(
    tensor: Tensor,
    gather_list: list[Tensor] | None = None,
    dst: int | None = None,
    group: Group = None,
    async_op: bool = False,
    group_dst: int | None = None,
) -> Work | None:
    """Copies each process's tensor into its place of rank `dst`'s list."""
    one_tensor(tensor, "tensor")
    root = 0 if dst is None and group_dst is None else rank_of(dst, group_dst)
    if gather_list:
        tensor_list(gather_list, "gather_list")
        one_dtype(tensor, *gather_list)
    if not _inside("gather", group):
        return None
    if root == 0 and not gather_list:
        raise ValueError("Argument ``gather_list`` must be specified on destination rank.")
    if root != 0 and gather_list:
        raise ValueError("Argument ``gather_list`` must NOT be specified on non-destination ranks.")
    _root("gather", root)
    outputs = gather_list or []
    if len(outputs) != 1:
        raise RuntimeError(
            f"ProcessGroupGloo::gather: Incorrect output list size {len(outputs)}. Output list "
            "size should be 1, same as size of the process group."
        )
    _same_size("gather", tensor, outputs)
    _carried(tensor)
    _written(outputs[0], tensor)
    return _done(outputs, async_op)


def scatter(
    tensor: Tensor,
    scatter_list: list[Tensor] | None = None,
    src: int | None = None,
    group: Group = None,
    async_op: bool = False,
    group_src: int | None = None,
) -> Work | None:
    """Gives each process its tensor of rank `src`'s list."""
    one_tensor(tensor, "tensor")
    root = 0 if src is None and group_src is None else rank_of(src, group_src)
    if scatter_list:
        tensor_list(scatter_list, "scatter_list")
        one_dtype(tensor, *scatter_list)
    if not _inside("scatter", group):
        return None
    if root == 0 and not scatter_list:
        raise ValueError("Argument ``scatter_list`` must be specified on source rank.")
    if root != 0 and scatter_list:
        raise ValueError("Argument ``scatter_list`` must NOT be specified on non-source ranks.")
    _root("scatter", root)
    inputs = scatter_list or []
    if len(inputs) != 1:
        raise RuntimeError(
            f"ProcessGroupGloo::scatter: Incorrect input list size {len(inputs)}. Input list size "
            "should be 1, same as size of the process group."
        )
    _same_size("scatter", tensor, inputs)
    _carried(tensor)
    _written(tensor, inputs[0])
    return _done([tensor], async_op)


def reduce_scatter(
    output: Tensor,
    input_list: list[Tensor],
    op: Any = _SUM,
    group: Group = None,
    async_op: bool = False,
) -> Work | None:
    """Reduces the processes' lists; each gets its place of the result."""
    one_tensor(output, "output")
    tensor_list(input_list, "input_list")
    one_dtype(output, *input_list)
    if not _inside("reduce_scatter", group):
        return None
    if len(input_list) != 1:
        raise RuntimeError("invalid input tensor list size, must be world size")
    check_reduction("reduce_scatter", output, op)
    _same_size("reduce_scatter", output, input_list)
    _written(output, input_list[0])
    return _done([output], async_op)


def reduce_scatter_tensor(
    output: Tensor, input: Tensor, op: Any = _SUM, group: Group = None, async_op: bool = False
) -> Work | None:
    """Reduces the processes' tensors; each gets its part of the first dimension."""
    one_tensor(output, "output")
    one_tensor(input, "input")
    one_dtype(output, input)
    if not _inside("reduce_scatter_tensor", group):
        return None
    if output.shape != input.shape:
        sizes = output.shape[:1], input.shape[:1]
        shown = " vs. ".join(str(size[0]) if size else "0 dimensions" for size in sizes)
        raise RuntimeError(f"Check failed: outputShape[0] * worldSize == inputShape[0] ({shown}). ")
    check_reduction("reduce_scatter_tensor", output, op)
    _written(output, input)
    return _done([output], async_op)


def all_to_all(
    output_tensor_list: list[Tensor],
    input_tensor_list: list[Tensor],
    group: Group = None,
    async_op: bool = False,
) -> Work | None:
    """Sends each process its tensor of the input list."""
    tensor_list(output_tensor_list, "output_tensor_list")
    tensor_list(input_tensor_list, "input_tensor_list")
    one_dtype(*output_tensor_list, *input_tensor_list)
    if not _inside("all_to_all", group):
        return None
    if len(output_tensor_list) != 1 or len(input_tensor_list) != 1:
        raise RuntimeError("invalid tensor list size, must be world size")
    _same_size("alltoall", output_tensor_list[0], input_tensor_list)
    _carried(*input_tensor_list)
    _written(output_tensor_list[0], input_tensor_list[0])
    return _done(output_tensor_list, async_op)


def all_to_all_single(
    output: Tensor,
    input: Tensor,
    output_split_sizes: list[int] | None = None,
    input_split_sizes: list[int] | None = None,
    group: Group = None,
    async_op: bool = False,
) -> Work | None:
    """Sends each process its part of the first dimension."""
    one_tensor(output, "output")
    one_tensor(input, "input")
    one_dtype(output, input)
    if not _inside("all_to_all_single", group):
        return None
    for sizes, tensor in ((output_split_sizes, output), (input_split_sizes, input)):
        if sizes and len(sizes) != 1:
            raise RuntimeError("Number of tensor splits not equal to group size")
        if sizes and sizes[0] != tensor.shape[0]:
            raise RuntimeError("Split sizes doesn't match total dim 0 size")
    _same_size("alltoall_base", output, [input])
    _carried(input)
    _written(output, input)
    return _done([output], async_op)


def barrier(
    group: Group = None,
    async_op: bool = False,
    device_ids: list[int] | None = None,
    timeout: timedelta | None = None,
) -> Work | None:
    """Waits for all processes: this one is here."""
    if not _inside("barrier", group):
        return None
    if device_ids is not None and not isinstance(device_ids, list):
        raise TypeError("Invalid function argument: device_ids type should be List[int]")
    return _done([], async_op)


def monitored_barrier(
    group: Group = None, timeout: timedelta | None = None, wait_all_ranks: bool = False
) -> None:
    """As `barrier`, telling who is missing: nobody is."""
    _inside("monitored_barrier", group)
