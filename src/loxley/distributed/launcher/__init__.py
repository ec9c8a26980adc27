"""`torch.distributed.launcher`: starting a function in the place of one worker."""

from .api import LaunchConfig, elastic_launch

__all__ = ["LaunchConfig", "elastic_launch"]
