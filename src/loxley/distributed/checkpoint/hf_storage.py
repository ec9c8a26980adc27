"""Checkpoints as Hugging Face lays them out, of many processes: names that refuse to work.

One process reads and writes such files with the `safetensors` package itself.
"""

from __future__ import annotations

from .filesystem import FileSystemReader, FileSystemWriter


class HuggingFaceStorageWriter(FileSystemWriter):
    """Writes safetensors files. NotImplementedError."""

    def __init__(
        self,
        path: str,
        fqn_to_index_mapping: dict[str, int] | None = None,
        thread_count: int = 1,
        save_distributed: bool = False,
        enable_consolidation: bool = False,
        thread_count_consolidation: int = 1,
    ) -> None:
        raise NotImplementedError("torch.distributed.checkpoint.HuggingFaceStorageWriter")


class HuggingFaceStorageReader(FileSystemReader):
    """Reads safetensors files. NotImplementedError."""

    def __init__(self, path: str, thread_count: int = 1) -> None:
        raise NotImplementedError("torch.distributed.checkpoint.HuggingFaceStorageReader")
