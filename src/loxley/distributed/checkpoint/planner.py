"""Plans of checkpoints: the usual ones, by their options. Others are refused where used."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ...tensor import Tensor


class DefaultSavePlanner:
    """Saves entries by dotted names; one process has nothing to share out."""

    def __init__(
        self,
        flatten_state_dict: bool = True,
        flatten_sharded_tensors: bool = True,
        dedup_replicated_tensors: bool | None = None,
        dedup_save_to_lowest_rank: bool = False,
        enable_plan_caching: bool = False,
    ) -> None:
        self.flatten_state_dict = flatten_state_dict


class DefaultLoadPlanner:
    """Loads the entries that a state dict names; with `allow_partial_load` those that are there."""

    def __init__(
        self,
        flatten_state_dict: bool = True,
        flatten_sharded_tensors: bool = True,
        allow_partial_load: bool = False,
    ) -> None:
        self.flatten_state_dict = flatten_state_dict
        self.allow_partial_load = allow_partial_load


def checked(planner: Any, usual: type) -> Any:
    """The planner, or the usual one; NotImplementedError for a class of the program's own."""
    if planner is None:
        return usual()
    if not isinstance(planner, usual) or not type(planner).__module__.startswith(_OURS):
        raise NotImplementedError(f"torch.distributed.checkpoint: planner {type(planner).__name__}")
    return planner


_OURS = __name__.rpartition(".")[0]


def _is_leaf(value: Any) -> bool:
    if isinstance(value, Mapping):
        return not value
    if isinstance(value, (list, tuple)):
        return not any(isinstance(v, (Tensor, Mapping)) or not _is_leaf(v) for v in value)
    return True


def flattened(state: Any, flatten: bool = True) -> tuple[dict[str, Any], dict[str, tuple]]:
    """Dotted names to values, and to paths; lists are entered where tensors or dicts are inside."""
    flat: dict[str, Any] = {}
    paths: dict[str, tuple] = {}

    def visit(value: Any, path: tuple) -> None:
        if path and (_is_leaf(value) or not flatten):
            name = ".".join(map(str, path))
            if name in flat:
                raise ValueError(f"duplicated flatten key {name}")
            flat[name], paths[name] = value, path
            return
        for key, inner in value.items() if isinstance(value, Mapping) else enumerate(value):
            visit(inner, (*path, key))

    visit(state, ())
    return flat, paths


def put(state: Any, path: tuple, value: Any) -> None:
    """Writes a value into nested dicts and lists, making what is missing."""
    for key, following in zip(path, path[1:]):
        made: Any = [] if isinstance(following, int) else {}
        if isinstance(state, list):
            state.extend([None] * (key + 1 - len(state)))
            if state[key] is None:
                state[key] = made
        elif key not in state:
            state[key] = made
        state = state[key]
    if isinstance(state, list):
        state.extend([None] * (path[-1] + 1 - len(state)))
    state[path[-1]] = value
