"""The updates of optimizers as operators: one node per parameter, applied in place where possible.

`elementwise` holds the rules that treat every element alike, `matrix` those that look at whole
matrices (Adafactor, Muon), `arrays` the arithmetic that the former are written in.
"""

from __future__ import annotations

from . import elementwise, matrix
from .update import Update

__all__ = ["Update", "elementwise", "matrix"]
