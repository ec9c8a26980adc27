"""`torch.__config__`: what computes here.

Source: https://docs.pytorch.org/docs/stable/config_mod.html
"""

from __future__ import annotations

import os

import llvmlite.binding
import numpy as np

from .threads import get_num_interop_threads, get_num_threads
from .version import __version__

__all__ = ["parallel_info", "show"]


def show() -> str:
    """The libraries that compute, as text of several lines. Source: torch.__config__.show."""
    llvm = ".".join(map(str, llvmlite.binding.llvm_version_info))
    lines = [
        f"loxley with the interface of PyTorch {__version__}:",
        f"  - NumPy {np.__version__}",
        f"  - LLVM {llvm} (llvmlite {llvmlite.__version__})",
        f"  - Processor: {llvmlite.binding.get_host_cpu_name()}",
    ]
    return "\n".join(lines) + "\n"


def parallel_info() -> str:
    """The numbers of threads, as text of several lines. Source: torch.__config__.parallel_info."""
    lines = [
        "ATen/Parallel:",
        f"\tat::get_num_threads() : {get_num_threads()}",
        f"\tat::get_num_interop_threads() : {get_num_interop_threads()}",
        f"std::thread::hardware_concurrency() : {os.cpu_count()}",
        "Environment variables:",
        f"\tOMP_NUM_THREADS : {os.environ.get('OMP_NUM_THREADS', '[not set]')}",
        f"\tMKL_NUM_THREADS : {os.environ.get('MKL_NUM_THREADS', '[not set]')}",
        "ATen parallel backend: loxley",
    ]
    return "\n".join(lines) + "\n"
