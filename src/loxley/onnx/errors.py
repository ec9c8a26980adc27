"""`torch.onnx.errors`: what the exporter raises."""

from __future__ import annotations

__all__ = ["OnnxExporterError", "SymbolicValueError", "UnsupportedOperatorError"]


class OnnxExporterError(RuntimeError):
    """Base of the exporter's errors."""


class UnsupportedOperatorError(OnnxExporterError):
    """An operator that no operator set of ONNX can express."""


class SymbolicValueError(OnnxExporterError):
    """A value that an operator's symbolic function cannot take."""
