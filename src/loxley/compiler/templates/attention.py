"""Attention's templates: `forward(spec)` and `backward(spec)`.

They compute what the operators of `ops/nn_attention.py` compute.  From an operator's inputs and
attributes to slots:

    q, k, v, mask, y, logsum, dy      pointers q, k, v, mask, out, logsum, grad, each with strides
                                      in elements: x_b (batch), x_h (head), x_t (row; of a mask
                                      the query, and mask_k the key); 0 broadcasts a mask.  The
                                      last dimension of the others is contiguous, so views into
                                      one [B, T, 3C] buffer need no copy.
    shapes                            batch, heads, kv_heads (a divisor of heads), queries, keys,
                                      dim (of q and k), value_dim (of v and y)
    scale                             scale, a float
    causal, types, kind of mask       the specification (with few = queries <= FEW)
    dq, dk, dv                        q_grad, k_grad, v_grad, with strides
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache
from typing import Any, NamedTuple

from . import attention_backward, attention_forward
from .attention_parts import plan_for
from .attention_slots import backward_slots, forward_slots
from .template import Template

FEW = 4
_STORED = ("float32", "bfloat16", "float16")


class Spec(NamedTuple):
    """What an attention kernel's text depends on.

    dtype    of q, k, v, the result and the gradients: float32, bfloat16 or float16
    causal   key j is seen by queries i >= j only
    mask     None, "bool" (True is seen), or the type of a mask to be added
    logsum   the type of the logarithms of the rows' sums
    few      forward for few queries (up to `FEW`), as when text is generated: slower for more
    """

    dtype: str = "float32"
    causal: bool = False
    mask: str | None = None
    logsum: str = "float32"
    few: bool = False


@lru_cache(maxsize=64)
def forward(spec: Spec) -> Template:
    """q, k, v[, mask] -> out, logsum.  ValueError for types that there is no kernel for."""
    return _template("attention", spec, attention_forward, forward_slots(spec), 2)


@lru_cache(maxsize=64)
def backward(spec: Spec) -> Template:
    """grad, q, k, v[, mask], out, logsum -> q_grad, k_grad, v_grad.

    With fewer key heads, k_grad and v_grad are the sums over the query heads that share one.
    ValueError for types that there is no kernel for.
    """
    spec = spec._replace(few=False)
    return _template("attention_backward", spec, attention_backward, backward_slots(spec), 5)


def _template(stem: str, spec: Spec, kernel: Any, slots: tuple, products: int) -> Template:
    _check(spec)
    name = _name(stem, spec)

    def text(target: Any) -> str:
        return kernel.text(name, spec, target)

    def scratch(sizes: Mapping[str, int], target: Any) -> int:
        return kernel.scratch_bytes(sizes, plan_for(target, spec.dtype), spec)

    def work(sizes: Mapping[str, int]) -> int:
        return products * _product(sizes, spec)

    return Template(name, (stem, *spec), text, slots, scratch, work)


def _check(spec: Spec) -> None:
    if spec.dtype not in _STORED or spec.logsum not in _STORED:
        raise ValueError(f"attention: expected types among {', '.join(_STORED)}, but got {spec}")
    if spec.mask not in (None, "bool", *_STORED):
        raise ValueError(f"attention: there is no kernel for a mask of {spec.mask}")


def _name(stem: str, spec: Spec) -> str:
    kind = "causal" if spec.causal else "full"
    few = "_few" if spec.few else ""
    return f"{stem}_{spec.dtype}_{kind}_{spec.mask or 'unmasked'}_{spec.logsum}{few}"


def _product(sizes: Mapping[str, int], spec: Spec) -> int:
    """Operations of one product of the score matrix with another."""
    pairs = sizes["batch"] * sizes["heads"] * sizes["queries"] * sizes["keys"]
    return pairs * (sizes["dim"] + sizes["value_dim"]) >> spec.causal
