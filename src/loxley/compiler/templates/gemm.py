"""Matrix products as templates: which one for which sizes.

In: a `Spec`, and sizes to choose by.  Out: a `Template`.
"""

from __future__ import annotations

import functools
from hashlib import sha256

from . import gemm_blocked
from .gemm_spec import Spec, check, flops, slots_of
from .template import Template

__all__ = ["Spec", "template"]


@functools.cache
def template(spec: Spec) -> Template:
    """The product that `spec` describes; ValueError where its kinds do not go together."""
    check(spec)
    name = f"gemm_{sha256(repr(spec).encode()).hexdigest()[:16]}"
    return Template(
        name,
        ("gemm", *spec),
        functools.partial(gemm_blocked.text, spec, name),
        slots_of(spec, scratch=True),
        functools.partial(gemm_blocked.scratch, spec),
        flops,
    )
