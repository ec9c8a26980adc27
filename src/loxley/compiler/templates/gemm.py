"""Matrix products as templates, and which one suits which sizes.

In: a `Spec`, sizes, strides.  Out: a `Template` and its slots.

    spec = Spec(a_unit="k", b_unit="k")                        # x @ weight.T in float32
    made = template(spec, choose(spec, m=1, n=1000, k=512))    # by "dot": one row

`gemm_fit.fit` does all of it for operands and results with any strides.
"""

from __future__ import annotations

import functools
from hashlib import sha256

from . import gemm_blocked, gemm_direct, gemv
from .gemm_choice import Method, choose
from .gemm_direct import Shape, shape_of
from .gemm_spec import Spec, check, flops, slots_of
from .template import Template

__all__ = ["Method", "Shape", "Spec", "choose", "shape_of", "template"]

_TEXTS = {"blocked": gemm_blocked.text, "dot": gemv.dot_text, "sweep": gemv.sweep_text}
_SCRATCH = {
    "blocked": gemm_blocked.scratch,
    "dot": gemv.dot_scratch,
    "sweep": gemv.sweep_scratch,
}


@functools.cache
def template(spec: Spec, method: Method = "blocked", shape: Shape | None = None) -> Template:
    """The product that `spec` describes; ValueError where its kinds do not go together.

    All methods have the same slots, but for `sweep`, and `direct` where b is read where it lies,
    which need no scratch memory; they compute the same sums in different orders.

    blocked  for any product
    dot      for few rows or few columns, with a large operand whose k lie side by side
    sweep    for few rows; b's columns lie side by side (`b_unit == "lines"`)
    direct   for operands of the arithmetic's own kind, f32 or f64, with a small b; `shape` is
             `shape_of(spec.kind, n)`, and m and n are positive
    """
    check(spec)
    if method == "sweep" and spec.b_unit != "lines":
        raise ValueError(f"gemm: expected b_unit 'lines' for a sweep, but got {spec.b_unit!r}")
    if method == "direct":
        return _direct(spec, shape)
    name = f"gemm_{method}_{_digest(spec)}"
    return Template(
        name,
        ("gemm", method, *spec),
        functools.partial(_TEXTS[method], spec, name),
        slots_of(spec, scratch=method != "sweep"),
        functools.partial(_SCRATCH[method], spec),
        flops,
    )


def _direct(spec: Spec, shape: Shape | None) -> Template:
    kinds = {spec.kind, spec.a, spec.b}
    if shape is None or kinds not in ({"f32"}, {"f64"}):
        raise ValueError(f"gemm: expected a shape and operands of one kind, but got {shape, kinds}")
    name = f"gemm_direct_{_digest(spec, shape)}"
    return Template(
        name,
        ("gemm", "direct", shape, *spec),
        functools.partial(gemm_direct.text, spec, shape, name),
        slots_of(spec, scratch=gemm_direct.packed(spec)),
        functools.partial(gemm_direct.scratch, spec, shape),
        flops,
    )


def _digest(*parts: object) -> str:
    return sha256(" ".join(map(repr, parts)).encode()).hexdigest()[:16]
