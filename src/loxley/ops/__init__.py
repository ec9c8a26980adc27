"""The operator table: one record per operator, by family.  Importing this package closes it."""

from . import unsupported  # noqa: F401, I001 - first: it guards the operators defined next
from . import elementwise, matmul, movement, optim, random, reduce
from . import restricted  # noqa: F401 - says which of them take narrow elements

__all__ = ["elementwise", "matmul", "movement", "optim", "random", "reduce"]
