"""`torch.utils.swap_tensors`: two tensor objects exchange what they are.

In: two tensors.  Out: the same objects, each with the other's memory, class, names and `.grad`.
"""

from __future__ import annotations

import gc
import weakref
from typing import Any, NoReturn

from ..tensor import Tensor


def _poisoned(grad_outputs: Any) -> NoReturn:
    raise RuntimeError(
        "Trying to execute AccumulateGrad node that was poisoned by swap_tensors: the tensor was "
        "swapped between forward and backward. Swap only before forward or after backward."
    )


def _leave_graph(t: Tensor) -> None:
    """Backward through a graph that still leads to the tensor is refused; new graphs start anew."""
    node = t._accumulator() if t._accumulator is not None else None
    if node is not None:
        node.register_prehook(_poisoned)
    t._accumulator = None


def _has_views(t: Tensor) -> bool:
    """Whether a tensor that is alive stands on `t`, and would stand on something else after."""
    for one in gc.get_referrers(t):
        names = vars(one) if isinstance(one, Tensor) else one
        if isinstance(names, dict) and names.get("_base") is t:
            return True
    return False


def _check(name: str, t: Tensor) -> None:
    if weakref.getweakrefs(t):
        raise RuntimeError(f"Cannot swap {name} because it has weakref associated with it")
    if not t.is_leaf:
        raise NotImplementedError(f"torch.utils.swap_tensors: {name} is not a leaf")
    if _has_views(t):
        raise RuntimeError(f"Cannot swap {name} because a view of it is in use")


def swap_tensors(t1: Tensor, t2: Tensor) -> None:
    """Exchanges the content of two tensors, their classes and attributes; identities stay.

    RuntimeError for tensors with weak references or views, and for backward through a graph made
    before. NotImplementedError for tensors that are no leaves.
    Source: torch.utils.swap_tensors
    """
    _check("t1", t1)
    _check("t2", t2)
    _leave_graph(t1)
    _leave_graph(t2)
    t1.__class__, t2.__class__ = t2.__class__, t1.__class__
    t1.dtype, t2.dtype = t2.dtype, t1.dtype
    t1.__dict__, t2.__dict__ = t2.__dict__, t1.__dict__
