"""`torch.distributed.algorithms`: what runs beside training on several processes."""

from .join import Join, Joinable, JoinHook

__all__ = ["Join", "JoinHook", "Joinable"]
