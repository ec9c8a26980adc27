"""The operator table: one record per operator, by family.

Families that few programs need join it when they are loaded: `optim` with `loxley.optim`, and those
behind the functions of `tensor.rare` with them.
"""

from . import unsupported  # noqa: F401, I001 - first: it guards the operators defined next
from . import elementwise, matmul, movement, random, reduce
from . import restricted  # noqa: F401 - says which of them take narrow elements

__all__ = ["elementwise", "matmul", "movement", "random", "reduce"]
