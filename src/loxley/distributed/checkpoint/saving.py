"""Saving and loading state dicts. Source: https://docs.pytorch.org/docs/2.13/distributed.checkpoint.html

In: nested dicts of tensors and other values, or objects with `state_dict`.  Out: a folder, and
the same dicts filled in place.
"""

from __future__ import annotations

import os
from typing import Any

from ...autograd import no_grad
from ...tensor import Tensor
from .filesystem import FileSystemReader, FileSystemWriter
from .metadata import Metadata, TensorStorageMetadata
from .planner import DefaultLoadPlanner, DefaultSavePlanner, checked, flattened, put


class CheckpointException(BaseException):
    """What went wrong, by rank."""

    def __init__(self, msg: str, failures: dict[int, Any]) -> None:
        super().__init__(msg, failures)
        self.failures = failures

    def __str__(self) -> str:
        told = "".join(f"Traceback (most recent call last): (RANK {r})\n{type(e).__name__}: {e}\n"
                       for r, e in self.failures.items())  # fmt: skip
        return f"CheckpointException ranks:{self.failures.keys()}\n{told}"


def _place(checkpoint_id: Any, given: Any, kind: type) -> Any:
    if given is not None:
        if not isinstance(given, kind):
            raise NotImplementedError(
                f"torch.distributed.checkpoint: storage {type(given).__name__}"
            )
        return given
    if checkpoint_id is None:
        raise RuntimeError(
            "`checkpoint_id` must be specified if storage_reader/storage_writer is None."
        )
    return kind(checkpoint_id)


def _stateful(value: Any) -> bool:
    return hasattr(value, "state_dict") and hasattr(value, "load_state_dict")


def _states(state_dict: dict[str, Any]) -> dict[str, Any]:
    return {k: v.state_dict() if _stateful(v) else v for k, v in state_dict.items()}


def save(
    state_dict: dict[str, Any],
    *,
    checkpoint_id: str | os.PathLike | None = None,
    storage_writer: Any = None,
    planner: Any = None,
    process_group: Any = None,
    no_dist: bool = False,
    use_collectives: bool = True,
) -> Metadata:
    """Writes a checkpoint; what it holds."""
    writer = _place(checkpoint_id, storage_writer, FileSystemWriter)
    plan = checked(planner, DefaultSavePlanner)
    return writer.write(*flattened(_states(state_dict), plan.flatten_state_dict))


def load(
    state_dict: dict[str, Any],
    *,
    checkpoint_id: str | os.PathLike | None = None,
    storage_reader: Any = None,
    planner: Any = None,
    process_group: Any = None,
    no_dist: bool = False,
) -> None:
    """Fills a state dict in place: tensors are written over, other values replaced.

    CheckpointException for entries that are missing or of another size.
    """
    reader = _place(checkpoint_id, storage_reader, FileSystemReader)
    plan = checked(planner, DefaultLoadPlanner)
    states = _states(state_dict)
    try:
        _fill(states, reader, plan)
    except (RuntimeError, ValueError, OSError, AssertionError) as error:
        raise CheckpointException("local_step", {0: error}) from None
    for key, value in state_dict.items():
        if _stateful(value):
            value.load_state_dict(states[key])
        else:
            state_dict[key] = states[key]


def _fill(states: dict[str, Any], reader: FileSystemReader, plan: DefaultLoadPlanner) -> None:
    metadata = reader.read_metadata()
    flat, paths = flattened(states, plan.flatten_state_dict)
    chosen = {}
    for name, value in flat.items():
        if name not in metadata.state_dict_metadata:
            if plan.allow_partial_load:
                continue
            raise RuntimeError(f"Missing key in checkpoint state_dict: {name}.")
        found = metadata.state_dict_metadata[name]
        fits = isinstance(found, TensorStorageMetadata) and isinstance(value, Tensor)
        if fits and tuple(found.size) != tuple(value.shape):
            raise ValueError(
                f"Size mismatch between saved {found.size} and current: {value.shape} for {name}"
            )
        chosen[name] = value
    for name, value in chosen.items():
        entry = reader.read_entry(metadata, name)
        if isinstance(value, Tensor) and isinstance(entry, Tensor):
            with no_grad():
                value.detach().copy_(entry)
        else:
            put(states, paths[name], entry)


def read_all(reader: FileSystemReader, wanted: Any = None) -> dict[str, Any]:
    """Everything that a checkpoint holds, nested as it was saved; or what `wanted(name)` names."""
    metadata, states = reader.read_metadata(), {}  # type: tuple[Metadata, dict[str, Any]]
    for name in metadata.state_dict_metadata:
        if wanted is None or wanted(name):
            path = (metadata.planner_data or {}).get(name, (name,))
            put(states, tuple(path), reader.read_entry(metadata, name))
    return states


def save_state_dict(
    state_dict: dict[str, Any],
    storage_writer: Any,
    process_group: Any = None,
    coordinator_rank: int = 0,
    no_dist: bool = False,
    planner: Any = None,
) -> Metadata:
    """The older name of `save`."""
    return save(state_dict, storage_writer=storage_writer, planner=planner)


def load_state_dict(
    state_dict: dict[str, Any],
    storage_reader: Any,
    process_group: Any = None,
    coordinator_rank: int = 0,
    no_dist: bool = False,
    planner: Any = None,
) -> None:
    """The older name of `load`."""
    load(state_dict, storage_reader=storage_reader, planner=planner)


def async_save(state_dict: dict[str, Any], **options: Any) -> Any:
    """NotImplementedError."""
    raise NotImplementedError("torch.distributed.checkpoint.async_save is not implemented")


def load_sharded_optimizer_state_dict(
    model_state_dict: dict[str, Any],
    optimizer_key: str,
    storage_reader: Any,
    planner: Any = None,
) -> dict[str, Any]:
    """The entries below `optimizer_key`, whole: one process has all parts."""
    reader = _place(None, storage_reader, FileSystemReader)
    checked(planner, DefaultLoadPlanner)
    return read_all(reader, lambda name: name.startswith(f"{optimizer_key}."))
