"""Blocks in which `vmap` may index with its arguments. Source: torch.nn.attention.flex_attention"""

from __future__ import annotations

from ..overrides import BaseTorchFunctionMode


class TransformGetItemToIndex(BaseTorchFunctionMode):
    """Lets `x[i]` stand with a mapped `i`; here it always may, so the block watches no calls."""

    def __enter__(self) -> TransformGetItemToIndex:
        return self

    def __exit__(self, *exc: object) -> None:
        pass
