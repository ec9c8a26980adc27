"""`torch.utils.data.datapipes`: streams of data, made of one another."""

from __future__ import annotations

from . import iter as iter  # PyTorch's name
from .datapipe import IterDataPipe, functional_datapipe

__all__ = ["IterDataPipe", "functional_datapipe", "iter"]
