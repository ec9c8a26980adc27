"""`torch.ao.nn`: modules of arithmetic whose results a quantizer would watch."""

from . import quantized

__all__ = ["quantized"]
