"""The operator table: one record per operator, by family.  Importing this package closes it."""

from . import elementwise, matmul, movement, optim, random, reduce

__all__ = ["elementwise", "matmul", "movement", "optim", "random", "reduce"]
