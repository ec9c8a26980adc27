"""Steps so small that NumPy's rules have carried them out before a plan is looked up.

In: pending values in an order in which they can run.  Out: whether they are few enough operators
on few enough elements to be interpreted, always.  What decides is counted: operators by weight
(about microseconds of their rules on few elements) and elements.
"""

from __future__ import annotations

from math import prod

from ..config import config
from ..ir.graph import Value
from . import plans

_MOST_WEIGHT, _MOST_ELEMENTS = 7, 512
_WEIGHTS = {
    1: "add sub mul div rsub neg abs maximum minimum clamp floor_divide remainder_scalar "
    "pow_number gt ge lt le eq ne bitwise_and bitwise_or bitwise_xor bitwise_not isnan isfinite "
    "where exp log sqrt sin cos tanh square floor ceil trunc round to_copy contiguous clone view "
    "expand permute mm matmul",
    2: "reciprocal relu rsqrt cumsum bmm embedding index_select flip argmax argmin amax max min "
    "all any sum sum_all",
    3: "linear index mean mean_all as_strided gather full",
}
_WEIGHT_OF = {name: weight for weight, names in _WEIGHTS.items() for name in names.split()}


def is_little(nodes: list[Value]) -> bool:
    """Whether the work is done sooner than a plan is found."""
    if len(nodes) > _MOST_WEIGHT or config.compile != "auto":
        return False
    if config.check or config.dump or config.override:  # which want machine code
        return False
    weight = 0
    for node in nodes:
        weight += _WEIGHT_OF.get(node.op.name, _MOST_WEIGHT)
        if weight >= _MOST_WEIGHT or prod(node.shape) > _MOST_ELEMENTS:
            return False
        for source in node.inputs:
            if source is not None and prod(source.shape) > _MOST_ELEMENTS:
                return False
    return not (plans.LISTENERS or plans.RUNNERS)
