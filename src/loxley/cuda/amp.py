"""`torch.cuda.amp`: the deprecated names of `torch.amp` for CUDA."""

from __future__ import annotations

from ..amp.legacy import CudaAutocast as autocast
from ..amp.legacy import CudaGradScaler as GradScaler
from ..amp.legacy import cuda_custom_bwd as custom_bwd
from ..amp.legacy import cuda_custom_fwd as custom_fwd

__all__ = ["GradScaler", "autocast", "custom_bwd", "custom_fwd"]
