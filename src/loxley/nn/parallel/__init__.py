"""Data parallelism: here, on one CPU, `DataParallel` calls its module."""

from .data_parallel import DataParallel

__all__ = ["DataParallel"]
