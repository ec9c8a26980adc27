"""Padding with the signature of `torch.nn.functional`."""

from __future__ import annotations

from ...tensor.padding import pad

__all__ = ["pad"]
