"""Collective operations on objects: they are pickled, as if they went to another process.

In: anything that pickles.  Out: copies in the lists of the caller.
Source: https://docs.pytorch.org/docs/2.13/distributed.html#torch.distributed.all_gather_object
"""

from __future__ import annotations

import pickle
from typing import Any

from .collectives import Group, rank_of
from .groups import member, warn_not_member


def _copy(value: Any) -> Any:
    return pickle.loads(pickle.dumps(value))


def _inside(function: str, group: Any) -> bool:
    if member(group) is None:
        warn_not_member(function)
        return False
    return True


def _root(function: str, rank: int) -> None:
    if rank != 0:
        raise RuntimeError(f"ProcessGroupGloo::{function}: invalid root rank: {rank}")


def all_gather_object(object_list: list, obj: Any, group: Group = None) -> None:
    """Puts a copy of each process's object into its place of the list."""
    if _inside("all_gather_object", group):
        object_list[0] = _copy(obj)


def gather_object(
    obj: Any,
    object_gather_list: list | None = None,
    dst: int | None = None,
    group: Group = None,
    group_dst: int | None = None,
) -> None:
    """Puts a copy of each process's object into its place of rank `dst`'s list."""
    root = 0 if dst is None and group_dst is None else rank_of(dst, group_dst)
    if not _inside("gather_object", group):
        return
    if root == 0 and not object_gather_list:
        raise ValueError("Argument ``gather_list`` must be specified on destination rank.")
    if root != 0 and object_gather_list:
        raise ValueError("Argument ``gather_list`` must NOT be specified on non-destination ranks.")
    _root("gather", root)
    if object_gather_list:
        object_gather_list[0] = _copy(obj)


def scatter_object_list(
    scatter_object_output_list: list,
    scatter_object_input_list: list | None = None,
    src: int | None = None,
    group: Group = None,
    group_src: int | None = None,
) -> None:
    """Puts this process's object of rank `src`'s list into the first place of the output."""
    root = 0 if src is None and group_src is None else rank_of(src, group_src)
    if not _inside("scatter_object_list", group):
        return
    if not isinstance(scatter_object_output_list, list) or not scatter_object_output_list:
        raise ValueError(
            "Expected argument scatter_object_output_list to be a list of size at least 1."
        )
    if root == 0 and scatter_object_input_list is None:
        raise ValueError("source rank must provide non-None scatter_object_input_list")
    _root("broadcast", root)
    inputs = scatter_object_input_list or []
    if len(inputs) != 1:
        raise RuntimeError(
            f"ProcessGroupGloo::scatter: Incorrect input list size {len(inputs)}. Input list size "
            "should be 1, same as size of the process group."
        )
    scatter_object_output_list[0] = _copy(inputs[0])


def broadcast_object_list(
    object_list: list,
    src: int | None = None,
    group: Group = None,
    device: Any = None,
    group_src: int | None = None,
) -> None:
    """Gives every process copies of rank `src`'s objects: here they stay what they are."""
    root = 0 if src is None and group_src is None else rank_of(src, group_src)
    if not _inside("broadcast_object_list", group):
        return
    for value in object_list:
        pickle.dumps(value)
    _root("broadcast", root)
