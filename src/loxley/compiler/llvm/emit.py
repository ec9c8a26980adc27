"""Loop nests to LLVM text.

    text = kernel_text(kernel, target)        # a module that defines `kernel.name`
    address = jit.address(kernel.name, text, target)

In: an `ir.loops.Kernel` and a target (`vector_bytes`, `has(feature)`).  Out: the text of
`void NAME(ptr args, i64 worker, i64 workers)`.  A parallel loop is divided into contiguous runs of
iterations; without one, worker 0 does everything.  A vector loop becomes a main loop over several
vectors at a time (side by side, also through the serial loops within) and a masked one over the
rest, so that an element's value never depends on the number of workers.
"""

from __future__ import annotations

from typing import Any

from ...ir.loops import Call, Const, For, Kernel, Kind, Let, Register, Stmt, Store, Update
from .builder import Function, Module, V, i64, lanes_of, vector
from .expressions import Cell, Environment, Later, emit, movement, operate
from .kinds import FLOATS, REGISTER, constant
from .memory import Memory
from .shapes import bodies_at_once, lanes_for, stores_of, updates_of

# What a register of each operation starts from in lanes; None: the least or largest number.
_NEUTRAL: dict[str, Any] = {
    "add": -0.0,
    "mul": 1,
    "and": -1,
    "or": 0,
    "xor": 0,
    "maximum": -1,
    "minimum": 1,
    "fmax": -1,
    "fmin": 1,
}


# Vectors that are added to one another before their sum is added to the total without loss:
# rounding errors grow with this, not with the number of elements.
_RUN = 16


def kernel_text(kernel: Kernel, target: Any) -> str:
    """The LLVM module of a kernel; NotImplementedError names what cannot be emitted."""
    module = Module()
    parameters = [("ptr", "args"), ("i64", "worker"), ("i64", "workers")]
    Emitter(Function(module, kernel.name, parameters), kernel, target).run()
    return str(module)


def neutral(op: str, kind: Kind) -> V:
    """The operand that `op` leaves others unchanged with."""
    if op not in _NEUTRAL:
        raise NotImplementedError(f"compiler: updates by {op!r} are not implemented")
    if op in ("maximum", "minimum", "fmax", "fmin"):
        return constant(_extreme(kind, op.endswith("max") or op == "maximum", op), kind)
    return constant(_NEUTRAL[op], kind)


def _extreme(kind: str, least: bool, op: str) -> float:
    if kind in ("f32", "f64"):
        return float("nan") if op[0] == "f" else float("-inf") if least else float("inf")
    if kind in ("bool", "u8"):
        return 0 if least else (255 if kind == "u8" else 1)
    edge = 1 << (int(kind[1:]) - 1)
    return -edge if least else edge - 1


def _kind_of(cell: Cell) -> Kind:
    return "f64" if "double" in cell.type else "f32"


class Lanes:
    """One vector of a vector loop's iterations: its variable, first iteration and mask."""

    def __init__(self, name: str, count: int, start: V, mask: V | None) -> None:
        self.name, self.count, self.start, self.mask = name, count, start, mask
        # Partial results of registers from outside the loop: name -> cell of a vector.
        self.partial: dict[str, Cell] = {}


class Body:
    """Where statements are emitted: an environment, and the lanes if in a vector loop."""

    def __init__(self, env: Environment, lanes: Lanes | None = None) -> None:
        self.env, self.lanes = env, lanes


class Emitter:
    """The state of one kernel's emission."""

    def __init__(self, f: Function, kernel: Kernel, target: Any) -> None:
        self.f, self.kernel, self.target = f, kernel, target
        self.memory = Memory(target)
        self.kinds: dict[str, Kind] = {}  # of registers

    def run(self) -> None:
        names = self.arguments()
        written = frozenset(s.buffer for s in stores_of(self.kernel.body))
        env = Environment(self.target, names, self.memory.scalar_load, written=written)
        if any(isinstance(s, For) and s.mode == "parallel" for s in self.kernel.body):
            self.statements(self.kernel.body, [Body(env)])
        else:
            with self.f.when(self.f.compare("icmp eq", self.f["worker"], i64(0))):
                self.statements(self.kernel.body, [Body(env)])
        self.f.ret()

    def arguments(self) -> dict[str, V]:
        """Every slot is read once, at the start."""
        f, names = self.f, {}
        for number, buffer in enumerate(self.kernel.buffers):
            slot = f.address(f["args"], "i64", i64(number))
            self.memory.buffers[buffer.name] = f.load(slot, "ptr", 8)
        for number, scalar in enumerate(self.kernel.scalars, len(self.kernel.buffers)):
            slot = f.address(f["args"], "i64", i64(number))
            names[scalar.name] = self.memory.argument(f, slot, scalar.kind)
        return names

    # ------------------------------------------------------------------ statements

    def statements(self, statements: tuple[Stmt, ...], bodies: list[Body]) -> None:
        for statement in statements:
            if isinstance(statement, For):
                self.loop(statement, bodies)
                for body in bodies:
                    body.env.forget()
                    body.env.first.forget()
                continue
            for body in bodies:
                if isinstance(statement, Let):
                    self.let(statement, body)
                elif isinstance(statement, Register):
                    self.register(statement, body)
                elif isinstance(statement, Update):
                    self.update(statement, body)
                else:
                    self.store(statement, body)

    def let(self, statement: Let, body: Body) -> None:
        value = emit(self.f, statement.value, body.env)
        body.env.names[statement.name] = value
        if body.env.first is not body.env:
            later = lanes_of(value.type)
            body.env.first.names[statement.name] = Later(statement.value) if later else value

    def register(self, statement: Register, body: Body) -> None:
        value = emit(self.f, statement.init, body.env)
        if body.lanes is not None:
            value = self.widen(value, body.lanes)
        cell = Cell(self.f.variable(value.type, value), value.type)
        self.kinds[statement.name] = statement.init.kind
        body.env.names[statement.name] = body.env.first.names[statement.name] = cell

    def widen(self, value: V, lanes: Lanes) -> V:
        return value if lanes_of(value.type) else self.f.splat(value, lanes.count)

    def update(self, statement: Update, body: Body) -> None:
        name, lanes = statement.register, body.lanes
        partial = lanes.partial.get(name) if lanes is not None else None
        cell = partial or body.env.find(name)[0]
        assert isinstance(cell, Cell)
        old = self.f.get(cell.variable, cell.type)
        made = self.combined(statement, old, body)
        if partial is not None and lanes is not None and lanes.mask is not None:
            made = self.f.select(lanes.mask, made, old)
        self.f.set(cell.variable, made)
        body.env.forget()

    def combined(self, statement: Update, old: V, body: Body) -> V:
        """`op(old, value)`; a sum of products is accumulated without rounding the products."""
        f, value = self.f, statement.value
        kind = self.kinds[statement.register]
        sums = statement.op == "add" and kind in FLOATS and lanes_of(old.type)
        if sums and isinstance(value, Call) and value.op == "mul":
            a, b = (emit(f, v, body.env) for v in value.args)
            return operate(f, "fma", kind, [a, b, old], [kind] * 3, self.target)
        made = emit(f, value, body.env)
        return operate(f, statement.op, kind, [old, made], [kind] * 2, self.target)

    def store(self, statement: Store, body: Body) -> None:
        value = emit(self.f, statement.value, body.env)
        kind = statement.value.kind
        self.memory.store(self.f, statement.buffer, statement.index, kind, value, body)
        body.env.forget()

    # ------------------------------------------------------------------ loops

    def loop(self, loop: For, bodies: list[Body]) -> None:
        if loop.mode == "unroll":
            self.unrolled(loop, bodies)
        elif loop.mode == "vector":
            assert bodies[0].lanes is None, "a vector loop within a vector loop"
            self.vector_loop(loop, bodies[0])
        else:
            self.scalar_loop(loop, bodies)

    def unrolled(self, loop: For, bodies: list[Body]) -> None:
        assert isinstance(loop.extent, Const)
        for i in range(int(loop.extent.value)):
            inner = [self.inner_body(loop, body, i64(i), None) for body in bodies]
            self.statements(loop.body, inner)

    def inner_body(self, loop: For, body: Body, i: V, hole: list | None) -> Body:
        """The body of a scalar loop within `body`."""
        hole = self.f.hole() if hole is None else hole
        before = self.before(loop, body.env, hole)
        env = self.within(before, loop.var, i)
        if body.env.first is not body.env:
            before.first = self.before(loop, body.env.first, hole)
            env.first = self.within(before.first, loop.var, i)
        return Body(env, body.lanes)

    def before(self, loop: For, env: Environment, hole: list) -> Environment:
        """The environment before a loop; knows the registers that the loop leaves alone."""
        made = Environment(self.target, None, env.load, env, hole, env.written)
        changed = updates_of(loop.body)
        place: Environment | None = env
        while place is not None:
            for name, bound in place.names.items():
                if isinstance(bound, Cell) and name not in changed and name not in made.names:
                    with self.f.inside(hole):
                        made.names[name] = self.f.get(bound.variable, bound.type)
            place = place.outer
        return made

    def within(self, before: Environment, name: str, i: V) -> Environment:
        names = {name: i}
        return Environment(self.target, names, before.load, before, None, before.written)

    def scalar_loop(self, loop: For, bodies: list[Body]) -> None:
        f, body = self.f, bodies[0]
        if body.lanes is not None and movement(loop.extent, body.env, body.lanes.name) != 0:
            raise NotImplementedError(f"compiler: the extent of {loop.var!r} differs among lanes")
        extent = emit(f, loop.extent, body.env.first)
        start, stop = i64(0), extent
        if loop.mode == "parallel":
            start, stop = self.share(extent)
        with f.when(f.compare("icmp slt", start, stop)):
            hole = f.hole()
            with f.loop(start, stop) as i:
                inner = [self.inner_body(loop, body, i, hole) for body in bodies]
                self.statements(loop.body, inner)

    def share(self, extent: V) -> tuple[V, V]:
        """This worker's run of iterations."""
        f, one = self.f, i64(1)
        up = f.binary("sub", f.binary("add", extent, f["workers"]), one)
        chunk = f.binary("sdiv", up, f["workers"])
        start = f.binary("mul", chunk, f["worker"])
        stop = f.binary("add", start, chunk)
        return start, f.select(f.compare("icmp slt", stop, extent), stop, extent)

    # ------------------------------------------------------------------ vector loops

    def vector_loop(self, loop: For, body: Body) -> None:
        f = self.f
        extent = emit(f, loop.extent, body.env)
        width = lanes_for(loop, self.target)
        side = bodies_at_once(loop)
        with f.when(f.compare("icmp sgt", extent, i64(0))):
            before = self.before(loop, body.env, f.hole())
            partials = self.partials(loop, body.env, width, max(side, 1))
            start = self.main_loop(loop, before, extent, width, partials) if side else i64(0)
            with f.loop(start, extent, width) as i:
                rest = f.binary("sub", extent, i)
                lanes = [Lanes(loop.var, width, i, self.memory.mask(f, rest, width))]
                self.vectors(loop, before, lanes, partials)
            self.combine(partials, body.env)

    def main_loop(
        self, loop: For, before: Environment, extent: V, width: int, partials: list[dict]
    ) -> V:
        """Whole vectors, several at a time; what is left begins at the result."""
        f, step = self.f, width * len(partials)
        whole = f.binary("and", extent, i64(-step))
        sums = [c for p in partials for c, op in p.values() if op == "add" and "i" not in c.type]
        if not sums:
            self.run_of_vectors(loop, before, i64(0), whole, width, partials)
            return whole
        zeros = [f.splat(constant(-0.0, _kind_of(c)), width) for c in sums]
        totals = [(f.variable(z.type, z), f.variable(z.type, z)) for z in zeros]
        with f.loop(i64(0), whole, _RUN * step) as first:
            last = f.binary("add", first, i64(_RUN * step))
            last = f.select(f.compare("icmp slt", last, whole), last, whole)
            self.run_of_vectors(loop, before, first, last, width, partials)
            for cell, total, zero in zip(sums, totals, zeros, strict=True):
                self.add_exactly(total, f.get(cell.variable, cell.type))
                f.set(cell.variable, zero)
        for cell, (made, missing) in zip(sums, totals, strict=True):
            both = f.binary("fadd", f.get(made, cell.type), f.get(missing, cell.type))
            f.set(cell.variable, both)
        return whole

    def add_exactly(self, total: tuple[V, V], part: V) -> None:
        """Adds to a sum and keeps what rounding takes from it (Knuth's TwoSum)."""
        f, type = self.f, part.type
        old, lost = f.get(total[0], type), f.get(total[1], type)
        made = f.binary("fadd", old, part)
        added = f.binary("fsub", made, old)
        first = f.binary("fsub", old, f.binary("fsub", made, added))
        missing = f.binary("fadd", first, f.binary("fsub", part, added))
        # Of an infinite sum nothing is missing.
        missing = f.select(
            f.compare("fcmp ord", missing, missing),
            missing,
            f.splat(constant(-0.0, "f64" if "double" in type else "f32"), lanes_of(type)),
        )
        f.set(total[0], made)
        f.set(total[1], f.binary("fadd", lost, missing))

    def run_of_vectors(
        self, loop: For, before: Environment, start: V, stop: V, width: int, partials: list[dict]
    ) -> None:
        f, side = self.f, len(partials)
        with f.loop(start, stop, width * side) as i:
            starts = [f.binary("add", i, i64(u * width)) if u else i for u in range(side)]
            lanes = [Lanes(loop.var, width, start, None) for start in starts]
            self.vectors(loop, before, lanes, partials)

    def vectors(
        self, loop: For, before: Environment, lanes: list[Lanes], partials: list[dict]
    ) -> None:
        inner = []
        depths: tuple[dict, dict] = ({}, {})  # alike in all of these bodies
        for one, partial in zip(lanes, partials, strict=False):
            one.partial = {name: cell for name, (cell, _) in partial.items()}
            places = self.memory.iota(self.f, one)
            env = self.within(before, loop.var, places)
            env.load = self.memory.loader(one)
            env.first = self.within(before, loop.var, one.start)
            env.depths, env.first.depths = depths
            inner.append(Body(env, one))
        self.statements(loop.body, inner)

    def partials(self, loop: For, env: Environment, width: int, side: int) -> list[dict]:
        """For each vector side by side, the lanes' own registers."""
        f = self.f
        made: list[dict] = [{} for _ in range(side)]
        for name, op in updates_of(loop.body).items():
            if not env.knows(name):
                continue
            kind = self.kinds[name]
            type = vector(width, REGISTER[kind])
            start = f.splat(neutral(op, kind), width)
            for partial in made:
                partial[name] = (Cell(f.variable(type, start), type), op)
        return made

    def combine(self, partials: list[dict], env: Environment) -> None:
        """Vectors pairwise, then neighbours in the vector, then the register from outside."""
        f = self.f
        for name, (cell, op) in partials[0].items():
            kind = self.kinds[name]
            values = [f.get(p[name][0].variable, cell.type) for p in partials]
            while len(values) > 1:
                values = [self.both(op, kind, a, b) for a, b in zip(values[::2], values[1::2])]
            total = self.fold(op, kind, values[0])
            outer = env.find(name)[0]
            assert isinstance(outer, Cell)
            f.set(outer.variable, self.both(op, kind, f.get(outer.variable, outer.type), total))

    def both(self, op: str, kind: Kind, a: V, b: V) -> V:
        return operate(self.f, op, kind, [a, b], [kind] * 2, self.target)

    def fold(self, op: str, kind: Kind, value: V) -> V:
        """All lanes in one, neighbours first: sums of up to three are taken one by one."""
        f, lanes = self.f, lanes_of(value.type)
        while lanes > 1:
            lanes //= 2
            even, odd = (self.every_other(value, start, lanes) for start in (0, 1))
            value = self.both(op, kind, even, odd)
        return f.let(REGISTER[kind], f"extractelement {value}, i64 0")

    def every_other(self, value: V, start: int, lanes: int) -> V:
        order = ", ".join(f"i32 {start + 2 * i}" for i in range(lanes))
        element = value.type[1:-1].split(" x ")[1]
        text = f"shufflevector {value}, {value.type} poison, <{lanes} x i32> <{order}>"
        return self.f.let(vector(lanes, element), text)
