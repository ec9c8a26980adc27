"""`torch.distributed.fsdp`: fully sharded training, of which one process holds all shards."""

# ruff: noqa: F401 - names for programs

from . import wrap as wrap
from .api import (
    BackwardPrefetch,
    CPUOffload,
    CPUOffloadPolicy,
    FullOptimStateDictConfig,
    FullStateDictConfig,
    LocalOptimStateDictConfig,
    LocalStateDictConfig,
    MixedPrecision,
    MixedPrecisionPolicy,
    OffloadPolicy,
    OptimStateDictConfig,
    OptimStateKeyType,
    ShardedOptimStateDictConfig,
    ShardedStateDictConfig,
    ShardingStrategy,
    StateDictConfig,
    StateDictSettings,
    StateDictType,
)
from .fully_shard import FSDPModule, UnshardHandle, fully_shard
from .fully_sharded_data_parallel import FullyShardedDataParallel

__all__ = [name for name, value in list(globals().items()) if name[0] != "_" and callable(value)]
