"""`torch.backends`: which libraries are there (none), and switches that programs set."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

from llvmlite.binding import get_host_cpu_features


def _no() -> bool:
    return False


class _Backend(SimpleNamespace):
    """Switches of a library that is not there: they can be set, and change nothing."""

    def flags(self, **switches: Any) -> _Backend:
        """A block with other switches."""
        return self

    def __enter__(self) -> None:
        pass

    def __exit__(self, *exc: object) -> None:
        pass


def _get_cpu_capability() -> str:
    """The widest vectors that the processor has, as PyTorch names them."""
    features = get_host_cpu_features()
    names = (("avx512f", "AVX512"), ("avx2", "AVX2"))
    return next((name for feature, name in names if features.get(feature)), "DEFAULT")


cpu = _Backend(get_cpu_capability=_get_cpu_capability)
cudnn = _Backend(
    is_available=_no,
    version=lambda: None,
    enabled=True,
    benchmark=False,
    deterministic=False,
    allow_tf32=True,
)
cuda = _Backend(
    is_built=_no,
    matmul=_Backend(
        allow_tf32=False,
        allow_fp16_reduced_precision_reduction=True,
        allow_bf16_reduced_precision_reduction=True,
    ),
    flash_sdp_enabled=lambda: True,
    mem_efficient_sdp_enabled=lambda: True,
    math_sdp_enabled=lambda: True,
    enable_flash_sdp=lambda enabled: None,
    enable_mem_efficient_sdp=lambda enabled: None,
    enable_math_sdp=lambda enabled: None,
)


def _is_macos_or_newer(major: int, minor: int) -> bool:
    raise RuntimeError("Cannot execute isOnMacOSorNewer() without MPS backend.")


mps = _Backend(is_available=_no, is_built=_no, is_macos_or_newer=_is_macos_or_newer)
mkl = _Backend(is_available=_no)
mkldnn = _Backend(is_available=_no, enabled=False)
openmp = _Backend(is_available=_no)
opt_einsum = _Backend(is_available=_no, enabled=False, strategy=None)
