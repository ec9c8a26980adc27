"""`torch.numa`: how processes are bound to the machine's memory nodes."""

from . import binding

__all__ = ["binding"]
