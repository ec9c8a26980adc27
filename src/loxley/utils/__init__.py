"""Utilities beside the framework proper, with the names of `torch.utils`."""

from __future__ import annotations
