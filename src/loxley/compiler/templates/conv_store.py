"""What becomes of a convolution's sums: the epilogue, and the stores to the output.

In: a register tile of sums, output channels by positions.  Out: elements of y, each
after the operations of an epilogue (`conv_epilogue`).
"""

from __future__ import annotations

from ..llvm.builder import Function, Module, V, shared, vector
from .conv_epilogue import finished
from .conv_lanes import gather, scatter
from .conv_plan import FIELDS, Plan
from .frame import Frame
from .index import Index, counting
from .memory import BYTES, lane_mask, masked_load, masked_store, narrow, widen


@shared
def define_store(module: Module, plan: Plan, epilogue: tuple[str, ...]) -> str:
    """`void (ptr frame, ptr sums, i64 channel, i64 rows, i64 lane, i64 columns)`.

    sums     rows of `columns` sums, of the positions from `lane` of the block on
    channel  the output channel of the first row, counted over all groups
    """
    name = "conv_store"
    parameters = [("ptr", "p"), ("ptr", "sums")]
    parameters += [("i64", n) for n in ("channel", "rows", "lane", "columns")]
    f = Function(module, name, parameters, linkage="internal", attributes="nounwind noinline")
    _Store(f, plan, epilogue).write()
    f.ret()
    return name


class _Store:
    """The body of `conv_store`."""

    def __init__(self, f: Function, plan: Plan, epilogue: tuple[str, ...]) -> None:
        self.f, self.plan, self.epilogue = f, plan, epilogue
        self.p = Frame(f, FIELDS, f["p"])
        self.align = BYTES[plan.memory]

    def write(self) -> None:
        f, plan = self.f, self.plan
        columns, lane = Index(f, f["columns"]), Index(f, f["lane"])
        with counting(f, 0, columns, plan.lanes) as column:
            at = lane + column
            record = plan.record(self.p, at // plan.lanes)
            mask = lane_mask(f, record.count.value, plan.lanes)
            table = f.address(plan.part(self.p, "writes"), "i64", at.value)
            alone, beside, end = f.label("alone"), f.label("beside"), f.label("stored")
            f.branch_if(record.adjacent.differs(0), beside, alone)
            f.place(beside)
            start = Index(f, f.load(table, "i64", 8))
            whole = record.count.equals(plan.lanes)
            self._rows(column, lambda base: f.address(base, plan.element, start.value), mask, whole)
            f.branch(end)
            f.place(alone)
            writes = f.load(table, vector(plan.lanes, "i64"), 8)
            self._rows(column, lambda base: self._pointers(base, writes), mask, None)
            f.branch(end)
            f.place(end)

    def _pointers(self, base: V, offsets: V) -> V:
        text = f"getelementptr {self.plan.element}, {base}, {offsets}"
        return self.f.let(vector(self.plan.lanes, "ptr"), text)

    def _rows(self, column: Index, place, mask: V, whole: V | None) -> None:
        """Every row's vector of one column; `place` makes an address of the row's start."""
        f, plan = self.f, self.plan
        with counting(f, 0, Index(f, f["rows"])) as row:
            at = row * Index(f, f["columns"]) + column
            value = f.load(f.address(f["sums"], plan.number, at.value), plan.numbers, plan.bytes)
            channel = Index(f, f["channel"]) + row
            offset = (channel * self.p["y_row"]).value
            value = self._finished(value, channel, offset, place, mask)
            to = place(f.address(self.p.address("y"), plan.element, offset))
            self._put(narrow(f, plan.target, value, plan.memory), to, mask, whole)

    def _finished(self, value: V, channel: Index, offset: V, place, mask: V) -> V:
        f = self.f

        def element(field: str) -> V:
            base = f.address(self.p.address(field), self.plan.element, offset)
            return self._read(place(base), mask)

        return finished(f, self.epilogue, value, lambda n: self._of_channel(n, channel), element)

    def _of_channel(self, name: str, channel: Index) -> V:
        """A channel's number in every lane."""
        f, plan = self.f, self.plan
        at = f.address(self.p.address(name), plan.element, channel.value)
        return widen(
            f, plan.target, f.splat(f.load(at, plan.element, self.align), plan.lanes), plan.memory
        )

    def _read(self, at: V, mask: V) -> V:
        f, plan = self.f, self.plan
        if at.type == "ptr":
            value = masked_load(f, at, vector(plan.lanes, plan.element), mask, self.align)
        else:
            value = gather(f, at, plan.element, mask, self.align)
        return widen(f, plan.target, value, plan.memory)

    def _put(self, value: V, to: V, mask: V, whole: V | None) -> None:
        f = self.f
        if whole is None:
            scatter(f, value, to, mask, self.align)
            return
        yes, no, end = f.label("whole"), f.label("part"), f.label("put")
        f.branch_if(whole, yes, no)
        f.place(yes)
        f.store(value, to, self.align)
        f.branch(end)
        f.place(no)
        masked_store(f, value, to, mask, self.align)
        f.branch(end)
        f.place(end)
