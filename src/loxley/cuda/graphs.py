"""`torch.cuda.graphs` on a machine without a CUDA device: names to annotate with, no captures."""

from __future__ import annotations

from typing import Any, NoReturn


def _dummy(name: str) -> NoReturn:
    raise RuntimeError(f"Tried to instantiate dummy base class {name}")


class CUDAGraph:
    """A recording of CUDA work; RuntimeError here."""

    def __new__(cls, keep_graph: bool = False) -> CUDAGraph:
        _dummy("CUDAGraph")


class graph:  # noqa: N801 - PyTorch's name
    """A block whose CUDA work is recorded; RuntimeError here, as its stream cannot be made."""

    def __init__(
        self,
        cuda_graph: Any,
        pool: Any = None,
        stream: Any = None,
        capture_error_mode: str = "global",
    ) -> None:
        raise RuntimeError("torch.cuda.Stream requires CUDA support")


def is_current_stream_capturing() -> bool:
    """RuntimeError: there is no CUDA stream."""
    _dummy("_cuda_isCurrentStreamCapturing")


def graph_pool_handle() -> Any:
    """RuntimeError: there is no CUDA memory."""
    _dummy("_graph_pool_handle")
