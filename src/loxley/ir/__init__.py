"""The graph representation: immutable values recorded at PyTorch's own granularity."""

from .graph import TABLE, Op, Value, constant, leaf, record

__all__ = ["Op", "TABLE", "Value", "constant", "leaf", "record"]
