"""`torch._tensor_str`: how tensors are printed."""

from .tensor.formatting import PRINT_OPTS, get_printoptions, printoptions, set_printoptions

__all__ = ["PRINT_OPTS", "get_printoptions", "printoptions", "set_printoptions"]
