"""Sending to and receiving from other processes: there are none, and one cannot write to oneself.

Source: https://docs.pytorch.org/docs/2.13/distributed.html#point-to-point-communication
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NoReturn

from ..tensor import Tensor
from .collectives import Group, one_tensor, rank_of
from .groups import Work, get_rank, member, warn_not_member


def _refuse(function: str, rank: int) -> NoReturn:
    if rank == 0:
        raise RuntimeError("state_ >= CONNECTED. 1 vs 4. Pair is not connected")
    raise NotImplementedError(
        f"torch.distributed.{function}: rank {rank}: processes are not connected yet"
    )


def isend(
    tensor: Tensor,
    dst: int | None = None,
    group: Group = None,
    tag: int = 0,
    group_dst: int | None = None,
) -> Work | None:
    """RuntimeError for this process itself; NotImplementedError for others."""
    rank = rank_of(dst, group_dst)
    one_tensor(tensor, "tensor")
    if member(group) is None:
        warn_not_member("isend")
        return None
    _refuse("isend", rank)


def irecv(
    tensor: Tensor,
    src: int | None = None,
    group: Group = None,
    tag: int = 0,
    group_src: int | None = None,
) -> Work | None:
    """RuntimeError for this process itself; NotImplementedError for others."""
    one_tensor(tensor, "tensor")
    if member(group) is None:
        warn_not_member("irecv")
        return None
    if src is None and group_src is None:
        raise NotImplementedError(
            "torch.distributed.irecv from any process: processes are not connected yet"
        )
    _refuse("irecv", rank_of(src, group_src))


def _refuse_oneself(rank: int) -> None:
    if rank == get_rank():
        raise ValueError(
            "Invalid destination rank: destination rank should not be the same as the rank of the "
            "current process."
        )


def send(
    tensor: Tensor,
    dst: int | None = None,
    group: Group = None,
    tag: int = 0,
    group_dst: int | None = None,
) -> None:
    """ValueError for this process itself; NotImplementedError for others."""
    rank = rank_of(dst, group_dst)
    one_tensor(tensor, "tensor")
    if member(group) is not None:
        _refuse_oneself(rank)
    isend(tensor, rank, group, tag)


def recv(
    tensor: Tensor,
    src: int | None = None,
    group: Group = None,
    tag: int = 0,
    group_src: int | None = None,
) -> int:
    """RuntimeError for this process itself; NotImplementedError for others."""
    irecv(tensor, src, group, tag, group_src)
    return -1


def send_object_list(
    object_list: list,
    dst: int | None = None,
    group: Group = None,
    device: Any = None,
    group_dst: int | None = None,
    use_batch: bool = False,
) -> None:
    """ValueError for this process itself; NotImplementedError for others."""
    rank = rank_of(dst, group_dst)
    if member(group) is None:
        warn_not_member("send_object_list")
        return
    _refuse_oneself(rank)
    _refuse("send_object_list", rank)


def recv_object_list(
    object_list: list,
    src: int | None = None,
    group: Group = None,
    device: Any = None,
    group_src: int | None = None,
    use_batch: bool = False,
) -> int:
    """RuntimeError for this process itself; NotImplementedError for others."""
    if member(group) is None:
        warn_not_member("recv_object_list")
        return -1
    _refuse("recv_object_list", 1 if src is None and group_src is None else rank_of(src, group_src))


class P2POp:
    """`isend` or `irecv` with its arguments, for `batch_isend_irecv`."""

    def __init__(
        self,
        op: Callable,
        tensor: Tensor,
        peer: int | None = None,
        group: Group = None,
        tag: int = 0,
        group_peer: int | None = None,
    ) -> None:
        if op not in (isend, irecv):
            raise ValueError(
                "Invalid ``op``. Expected ``op`` to be of type ``torch.distributed.isend`` or "
                "``torch.distributed.irecv``."
            )
        one_tensor(tensor, "tensor")
        self.op, self.tensor, self.tag = op, tensor, tag
        self.group = member(group)
        self.peer = self.group_peer = rank_of(peer, group_peer)

    def __repr__(self) -> str:
        name = "" if self.group is None else self.group.group_name
        ends = (0, self.group_peer) if self.op is isend else (self.group_peer, 0)
        return (
            f"P2POp({self.op.__name__} pg={name}, group_src={ends[0]}, group_dst={ends[1]},  "
            f"{self.tensor.shape}, {self.tensor.dtype})"
        )


def batch_isend_irecv(p2p_op_list: list[P2POp]) -> list[Work]:
    """Runs all; the errors are those of `isend` and `irecv`."""
    if not isinstance(p2p_op_list, list) or not all(isinstance(p, P2POp) for p in p2p_op_list):
        raise ValueError(
            "Invalid ``p2p_op_list``. Each op is expected to to be of type "
            "``torch.distributed.P2POp``."
        )
    p2p_op_list[0]  # noqa: B018 - an empty list is an IndexError, as in PyTorch
    works = []
    for p2p in p2p_op_list:
        work = p2p.op(p2p.tensor, p2p.peer, p2p.group, p2p.tag)
        if work is not None:
            works.append(work)
    return works
