"""`torch.distributed.checkpoint`: checkpoints in folders, in PyTorch's format."""

# ruff: noqa: F401 - names for programs

from . import format_utils as format_utils
from . import state_dict as state_dict
from .filesystem import FileSystemReader, FileSystemWriter
from .metadata import (
    BytesStorageMetadata,
    ChunkStorageMetadata,
    Metadata,
    TensorStorageMetadata,
)
from .planner import DefaultLoadPlanner, DefaultSavePlanner
from .saving import (
    CheckpointException,
    async_save,
    load,
    load_sharded_optimizer_state_dict,
    load_state_dict,
    save,
    save_state_dict,
)
