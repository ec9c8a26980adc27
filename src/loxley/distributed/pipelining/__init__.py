"""`torch.distributed.pipelining`, named: stages of a model on several processes."""

from __future__ import annotations

import enum
from collections.abc import Callable
from typing import Any, NoReturn

__all__ = ["PipelineStage", "Schedule1F1B", "ScheduleGPipe", "SplitPoint", "pipe_split", "pipeline"]


class SplitPoint(enum.Enum):
    """Where a model is cut."""

    BEGINNING = 1
    END = 2


class _NotThere:
    def __init__(self, *args: Any, **kwargs: Any) -> None:
        name = type(self).__name__
        raise NotImplementedError(f"torch.distributed.pipelining.{name} is not implemented")


class PipelineStage(_NotThere):
    """NotImplementedError."""


class ScheduleGPipe(_NotThere):
    """NotImplementedError."""

    def __init__(
        self,
        stage: PipelineStage,
        n_microbatches: int,
        loss_fn: Callable | None = None,
        args_chunk_spec: tuple | None = None,
        kwargs_chunk_spec: dict[str, Any] | None = None,
        output_merge_spec: Any = None,
        scale_grads: bool = True,
    ) -> None:
        super().__init__()


class Schedule1F1B(_NotThere):
    """NotImplementedError."""


def pipe_split() -> NoReturn:
    """NotImplementedError."""
    raise NotImplementedError("torch.distributed.pipelining.pipe_split is not implemented")


def pipeline(
    module: Any,
    mb_args: tuple[Any, ...],
    mb_kwargs: dict[str, Any] | None = None,
    split_spec: dict[str, SplitPoint] | None = None,
    split_policy: Callable | None = None,
) -> NoReturn:
    """NotImplementedError."""
    raise NotImplementedError("torch.distributed.pipelining.pipeline is not implemented")
