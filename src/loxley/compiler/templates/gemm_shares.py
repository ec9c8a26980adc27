"""How workers divide a product: ranges of batch entries, and of rows or columns.

In: a module that has the function `block`, which computes a part of one batch entry.  Out: the
kernel that hands each worker its parts.  No result depends on the division.
"""

from __future__ import annotations

from collections.abc import Callable

from ..llvm.builder import Function, Module, V, i64
from .gemm_spec import Slots, least

# What `block` is passed: the batch entry, its rows i0..i1 and columns j0..j1, scratch memory.
BLOCK = [("ptr", "args"), ("i64", "x"), ("i64", "y"), ("i64", "i0"), ("i64", "i1")]
BLOCK += [("i64", "j0"), ("i64", "j1"), ("ptr", "scratch")]


def define_kernel(
    module: Module,
    name: str,
    slots: Slots,
    rows: int,
    columns: int,
    size: Callable[[Function], V] | None,
) -> None:
    """The kernel: each worker's share of batch entries, rows and columns, handed to `block`.

    Where there are few batch entries each one's rows or columns, whichever are more, are shared
    out in multiples of `rows` or `columns`.  `size` gives each worker's scratch memory, if any.
    """
    parameters = [("ptr", "args"), ("i64", "worker"), ("i64", "workers")]
    f = Function(module, name, parameters)
    m, n, x, y = slots.all(f, "m", "n", "x", "y")
    entries = f.binary("mul", x, y)
    whole = f.compare("icmp eq", f.binary("urem", entries, f["workers"]), i64(0))
    many = f.compare("icmp sge", entries, f.binary("mul", f["workers"], i64(8)))
    parts = f.select(f.binary("or", whole, many), i64(1), f["workers"])
    tasks = f.binary("mul", entries, parts)
    start, stop = share(f, tasks, f["worker"], f["workers"])
    wide = f.compare("icmp sge", n, m)
    scratch = V("null", "ptr")
    if size is not None:
        mine = f.binary("mul", f["worker"], size(f))
        scratch = f.address(slots.get(f, "scratch"), "i8", mine)
    with f.loop(start, stop) as task:
        part, entry = f.binary("urem", task, parts), f.binary("udiv", task, parts)
        row_range = _range(f, m, rows, part, parts, wide)
        column_range = _range(f, n, columns, part, parts, f.compare("icmp slt", n, m))
        at = [f.binary("udiv", entry, y), f.binary("urem", entry, y)]
        f.call_defined("block", "void", [f["args"], *at, *row_range, *column_range, scratch])
    f.ret()


def share(f: Function, count: V, part: V, parts: V) -> tuple[V, V]:
    """The range of 0..count that is part `part` of `parts`."""
    start = f.binary("udiv", f.binary("mul", count, part), parts)
    after = f.binary("mul", count, f.binary("add", part, i64(1)))
    return start, f.binary("udiv", after, parts)


def _range(f: Function, total: V, unit: int, part: V, parts: V, all: V) -> list[V]:
    """The part's range in whole units; everything where `all` holds."""
    units = f.binary("udiv", f.binary("add", total, i64(unit - 1)), i64(unit))
    start, stop = share(f, units, part, parts)
    start, stop = (f.binary("mul", end, i64(unit)) for end in (start, stop))
    return [f.select(all, i64(0), start), f.select(all, total, least(f, stop, total))]
