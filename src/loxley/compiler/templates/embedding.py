"""The gradient of an embedding's table: rows added where the indices say.

In: the operator `embedding_dense_backward` of `ops/nn_embedding.py`.  Out: a template.  A worker
has a range of the table's columns, or if there are few columns a range of its rows, clears it and
adds the gradient's rows in their order: nothing is raced for, and no sum depends on the workers.
From the operator's inputs and attributes to slots:

    dy, indices          pointers grad [rows, columns], its rows grad_t elements apart, and
                         indices, indices_t elements apart
    result               pointer table [count, columns], its rows table_t elements apart
    padding              padding: rows of this index add nothing; -1 for none
    by_frequency         the specification: rows are divided by how often their index occurs
    onto                 the specification: the table begins as another one, start, laid out alike,
                         rather than cleared; start may be the same memory
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache
from typing import NamedTuple

from ..llvm.builder import Module, V, i64, vector
from ..llvm.target import Target
from .index import Index
from .template import Template
from .writer import INTERNAL, NULL, Writer, round_up

_ELEMENTS = {"float32": ("float", 4), "float64": ("double", 8)}
_INDICES = {"int64": ("i64", 8), "int32": ("i32", 4)}
_SIZES = ("rows", "count", "columns", "padding", "grad_t", "indices_t", "table_t")
_SLOTS = (
    *((n, "i64") for n in _SIZES),
    *((n, "ptr") for n in ("grad", "indices", "table")),
)
_MORE = {"onto": ("start", "ptr"), "by_frequency": ("scratch", "ptr")}  # slots of some only
_SHARE = [("i64", n) for n in ("row", "row_stop", "column", "column_stop")]


class Spec(NamedTuple):
    """dtype float32 or float64, indices int64 or int32; divided by the indices' frequencies?

    onto: added to another table.
    """

    dtype: str = "float32"
    indices: str = "int64"
    by_frequency: bool = False
    onto: bool = False

    @property
    def slots(self) -> tuple[tuple[str, str], ...]:
        return (*_SLOTS, *(slot for name, slot in _MORE.items() if getattr(self, name)))


@lru_cache(maxsize=16)
def backward(spec: Spec) -> Template:
    """grad, indices, start if `onto` -> table.  ValueError for types that there is no kernel for.

    An index outside 0 to count - 1 adds nothing.
    """
    if spec.dtype not in _ELEMENTS or spec.indices not in _INDICES:
        raise ValueError(f"embedding: there is no kernel for {spec.dtype} by {spec.indices}")
    kind = "by_frequency" if spec.by_frequency else "plain"
    name = f"embedding_backward_{spec.dtype}_{spec.indices}_{kind}{'_onto' * spec.onto}"
    return Template(
        name,
        ("embedding_backward", *spec),
        lambda target: _text(name, spec, target),
        spec.slots,
        lambda sizes, target: round_up(sizes["count"] * 8, 64) * spec.by_frequency,
        _work,
    )


def _work(sizes: Mapping[str, int]) -> int:
    return (sizes["rows"] + sizes["count"]) * sizes["columns"]


def _text(name: str, spec: Spec, target: Target) -> str:
    module = Module()
    if spec.by_frequency:
        _count(module, spec)
    _share(module, spec, target)
    _kernel(module, spec, target, name)
    return str(module)


class _Table:
    """The slots of a function, and what one row or index is."""

    def __init__(self, f: Writer, spec: Spec) -> None:
        self.f, self.spec = f, spec
        self.element, self.bytes = _ELEMENTS[spec.dtype]
        self.values: dict[str, V] = {}
        for number, (name, kind) in enumerate(spec.slots):
            place = f.address(f["args"], "i64", i64(number))
            self.values[name] = f.load(place, kind, 8)

    def __getitem__(self, name: str) -> Index:
        return Index(self.f, self.values[name])

    def index(self, row: Index) -> Index:
        element, size = _INDICES[self.spec.indices]
        place = self.f.at(self.values["indices"], row * self["indices_t"], element)
        x = self.f.load(place, element, size)
        return Index(self.f, x if element == "i64" else self.f.convert("sext", x, "i64"))

    def row(self, name: str, number: Index) -> V:
        return self.f.at(self.values[name], number * self[f"{name}_t"], self.element)

    def counted(self, index: Index) -> V:
        """Whether the rows of an index add anything."""
        f = self.f
        inside = f.compare("icmp ult", index.value, self["count"].value)
        other = f.compare("icmp ne", index.value, self["padding"].value)
        return f.binary("and", inside, other)


def _kernel(module: Module, spec: Spec, target: Target, name: str) -> None:
    f = Writer(module, name, [("ptr", "args"), ("i64", "worker"), ("i64", "workers")])
    table = _Table(f, spec)
    worker, workers = f.integer("worker"), f.integer("workers")
    often = NULL
    if spec.by_frequency:
        size = round_up(table["count"] * 8, 64)
        often = f.at(table.values["scratch"], worker * size, "i8")
        f.call_defined("count_indices", "void", [f["args"], often])
    line = 64 // table.bytes  # columns of a cache line, which no two workers share
    lines = round_up(table["columns"], line) // line
    wide = f.compare("icmp sge", lines.value, (workers * 2).value)
    bounds = [_bounds(f, table["count"], 1, wide, False), _bounds(f, lines, line, wide, True)]
    column_stop = bounds[1][1].least(table["columns"])
    ends = [*bounds[0], bounds[1][0], column_stop]
    f.call_defined("add_rows", "void", [f["args"], *(x.value for x in ends), often])
    f.ret()


def _bounds(f: Writer, size: Index, unit: int, wide: V, shared: bool) -> tuple[Index, Index]:
    """A worker's part of `size` units: shared among workers if `wide` is `shared`, else all."""
    worker, workers = f.integer("worker"), f.integer("workers")
    ends = []
    for number, all_of_it in ((worker, Index(f, 0)), (worker + 1, size)):
        part = size * number // workers
        choices = (part, all_of_it) if shared else (all_of_it, part)
        ends.append(Index(f, f.select(wide, *(x.value for x in choices))) * unit)
    return ends[0], ends[1]


def _count(module: Module, spec: Spec) -> None:
    """`count_indices`: how often each index occurs."""
    f = Writer(module, "count_indices", [("ptr", "args"), ("ptr", "often")], **INTERNAL)
    table = _Table(f, spec)
    with f.count(0, table["count"]) as i:
        f.store(i64(0), f.at(f["often"], i, "i64"), 8)
    with f.count(0, table["rows"]) as row:
        index = table.index(row)
        with f.when(table.counted(index)):
            place = f.at(f["often"], index, "i64")
            f.store(f.binary("add", f.load(place, "i64", 8), i64(1)), place, 8)
    f.ret()


def _share(module: Module, spec: Spec, target: Target) -> None:
    """`add_rows`: a part of the table, cleared and summed."""
    parameters = [("ptr", "args"), *_SHARE, ("ptr", "often")]
    f = Writer(module, "add_rows", parameters, **INTERNAL)
    table = _Table(f, spec)
    lanes = target.vector_bytes // table.bytes
    if spec.onto:
        with f.when(f.compare("icmp ne", table.values["start"], table.values["table"])):
            _begin(f, table, lanes)
    else:
        _begin(f, table, lanes)
    with f.count(0, table["rows"]) as row:
        index = table.index(row)
        below = f.binary("and", index < f.integer("row_stop"), table.counted(index))
        late = f.compare("icmp sge", index.value, f["row"])
        with f.when(f.binary("and", below, late)):
            _add_row(f, table, row, index, lanes)
    f.ret()


def _begin(f: Writer, table: _Table, lanes: int) -> None:
    """The part of the table before anything is added to it."""
    start, stop = f.integer("column"), f.integer("column_stop")
    type = vector(lanes, table.element)
    with f.count(f.integer("row"), f.integer("row_stop")) as row:
        to = table.row("table", row)
        with f.count(start, stop, lanes) as column:
            exist = f.lanes_below(stop - column, lanes)
            x = V("zeroinitializer", type)
            if table.spec.onto:
                place = row * table["table_t"] + column
                x = f.masked_read(f.at(table.values["start"], place, table.element), exist, type)
            f.masked_write(x, f.at(to, column, table.element), exist)


def _add_row(f: Writer, table: _Table, row: Index, index: Index, lanes: int) -> None:
    start, stop = f.integer("column"), f.integer("column_stop")
    type = vector(lanes, table.element)
    divisor = None
    if table.spec.by_frequency:
        often = f.load(f.at(f["often"], index, "i64"), "i64", 8)
        divisor = f.splat(f.convert("sitofp", often, table.element), lanes)
    source, to = table.row("grad", row), table.row("table", index)
    with f.count(start, stop, lanes) as column:
        exist = f.lanes_below(stop - column, lanes)
        places = [f.at(x, column, table.element) for x in (source, to)]
        added, before = (f.masked_read(x, exist, type) for x in places)
        if divisor is not None:
            added = f.binary("fdiv", added, divisor)
        f.masked_write(f.binary("fadd", before, added), places[1], exist)
