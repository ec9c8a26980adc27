"""Matrix products as templates, and which one suits which sizes.

In: a `Spec`, sizes, strides.  Out: a `Template` and its slots.

    spec = Spec(a_unit="k", b_unit="k")                        # x @ weight.T in float32
    made = template(spec, choose(spec, m=1, n=1000, k=512))    # by "dot": one row

`gemm_fit.fit` does all of it for operands and results with any strides.
"""

from __future__ import annotations

import functools
from hashlib import sha256

from . import gemm_blocked, gemv
from .gemm_choice import Method, choose
from .gemm_spec import Spec, check, flops, slots_of
from .template import Template

__all__ = ["Method", "Spec", "choose", "template"]

_TEXTS = {"blocked": gemm_blocked.text, "dot": gemv.dot_text, "sweep": gemv.sweep_text}
_SCRATCH = {
    "blocked": gemm_blocked.scratch,
    "dot": gemv.dot_scratch,
    "sweep": gemv.sweep_scratch,
}


@functools.cache
def template(spec: Spec, method: Method = "blocked") -> Template:
    """The product that `spec` describes; ValueError where its kinds do not go together.

    All methods have the same slots, but for `sweep`, which needs no scratch memory; they compute
    the same sums in different orders.

    blocked  for any product
    dot      for few rows or few columns, with a large operand whose k lie side by side
    sweep    for few rows; b's columns lie side by side (`b_unit == "lines"`)
    """
    check(spec)
    if method == "sweep" and spec.b_unit != "lines":
        raise ValueError(f"gemm: expected b_unit 'lines' for a sweep, but got {spec.b_unit!r}")
    name = f"gemm_{method}_{sha256(repr(spec).encode()).hexdigest()[:16]}"
    return Template(
        name,
        ("gemm", method, *spec),
        functools.partial(_TEXTS[method], spec, name),
        slots_of(spec, scratch=method != "sweep"),
        functools.partial(_SCRATCH[method], spec),
        flops,
    )
