"""The exceptions of our own; everything else is a Python built-in, as in PyTorch.

RuntimeError
  +-- InternalError      an operator broke its own rule: a defect of loxley
  +-- CompilationError   LLVM refused a kernel's text: a defect of loxley
  +-- LinAlgError        a matrix is singular, or a decomposition does not exist
  +-- OutOfMemoryError   a device's memory is full: programs catch it; here nothing raises it
  +-- AcceleratorError   a device failed: likewise
"""

from __future__ import annotations


class InternalError(RuntimeError):
    """An operator's NumPy rule disagreed with its shape rule: never the user's fault."""


class CompilationError(RuntimeError):
    """A kernel's text is not valid LLVM, or its code could not be loaded; names the kernel."""


class LinAlgError(RuntimeError):
    """A matrix without the inverse or decomposition asked for. Source: torch.linalg.LinAlgError."""


LinAlgError.__name__ = "_LinAlgError"  # as PyTorch's class is called


class OutOfMemoryError(RuntimeError):
    """Exception raised when device is out of memory"""

    __module__ = "torch"


class AcceleratorError(RuntimeError):
    """Exception raised while executing on device"""

    __module__ = "torch"
