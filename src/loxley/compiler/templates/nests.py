"""Templates that are loop nests, and what nests are built with.

In: a `Kernel`.  Out: a template whose slots are its buffers and scalars, without scratch memory.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping

from ...ir.loops import Call, Const, Expr, Kernel
from ..kinds import FLOATING
from ..llvm.emit import kernel_text
from .template import Template

_COMPARISONS = frozenset(("lt", "le", "gt", "ge", "eq", "ne"))


def template_of(kernel: Kernel, key: tuple, work: Callable[[Mapping[str, int]], int]) -> Template:
    """`key` and `work` as a template has them."""
    slots = [(b.name, "ptr") for b in kernel.buffers]
    slots += [(s.name, "f64" if s.kind in FLOATING else "i64") for s in kernel.scalars]
    return Template(
        kernel.name,
        key,
        lambda target: kernel_text(kernel, target),
        tuple(slots),
        lambda sizes, target: 0,
        work,
    )


def of(op: str, a: Expr, b: Expr) -> Call:
    return Call(op, (a, b), "bool" if op in _COMPARISONS else a.kind)


def whole(number: int) -> Const:
    return Const(number, "i64")


def parts_of(count: Expr, size: int) -> Expr:
    """How many parts of `size` hold `count`."""
    return of("floor_divide", of("add", count, whole(size - 1)), whole(size))
