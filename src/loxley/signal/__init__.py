"""`torch.signal`: signal processing. Source: https://docs.pytorch.org/docs/stable/signal.html."""

from . import windows

__all__ = ["windows"]
