"""Checkpoints' folders to files of `torch.save`, and back."""

from __future__ import annotations

import os
from typing import Any

from ...io.serialization import load as _load_file
from ...io.serialization import save as _save_file
from .filesystem import FileSystemReader
from .planner import DefaultLoadPlanner, checked
from .saving import load, read_all, save


class _EmptyStateDictLoadPlanner(DefaultLoadPlanner):
    """Loads everything, or the entries that start with some names, into an empty dict."""

    def __init__(self, keys: set[str] | None = None, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.keys = keys

    def wants(self, name: str) -> bool:
        """Whether an entry is asked for."""
        return self.keys is None or any(
            name == key or name.startswith(f"{key}.") for key in self.keys
        )


def _load_state_dict(
    state_dict: dict[str, Any],
    storage_reader: FileSystemReader,
    process_group: Any = None,
    coordinator_rank: int = 0,
    no_dist: bool = False,
    planner: Any = None,
) -> None:
    plan = checked(planner, DefaultLoadPlanner)
    if isinstance(plan, _EmptyStateDictLoadPlanner):
        if state_dict:
            raise AssertionError("the state dict must be empty")
        state_dict.update(read_all(storage_reader, plan.wants))
    else:
        load(state_dict, storage_reader=storage_reader, planner=plan)


def dcp_to_torch_save(
    dcp_checkpoint_dir: str | os.PathLike, torch_save_path: str | os.PathLike
) -> None:
    """Writes a checkpoint's folder as one file."""
    _save_file(read_all(FileSystemReader(dcp_checkpoint_dir)), torch_save_path)


def torch_save_to_dcp(
    torch_save_path: str | os.PathLike, dcp_checkpoint_dir: str | os.PathLike
) -> None:
    """Writes a file of `torch.save` as a checkpoint's folder."""
    save(_load_file(torch_save_path, weights_only=False), checkpoint_id=dcp_checkpoint_dir)
