"""What attention's kernels are made of: register tiles, transpositions, passes over scores.

In: a `Plan`, what is fixed when the text is written, and a module.  Out: internal functions in
it.  Scores lie transposed: a row is a key, a vector's lanes are queries.  So the statistics of a
query are lanes and need no sums across a vector, and keys and values are read where they lie,
one element for all queries of a block, without a packed copy.
"""

from __future__ import annotations

from typing import Any, NamedTuple

from ..llvm.builder import Function, Module, V, f32, i64, lanes_of, vector
from ..llvm.floats import cast
from ..llvm.target import Target

INTERNAL = {"attributes": "nounwind noinline", "linkage": "internal"}
NEGATIVE_INFINITY = f32(float("-inf"))
KINDS = {"float32": "f32", "bfloat16": "bf16", "float16": "f16"}
NULL = V("null", "ptr")
STORED = {"float32": "float", "bfloat16": "i16", "float16": "half", "bool": "i8"}


class Plan(NamedTuple):
    """The target and the sizes of the blocks, fixed in the text.

    lanes   float32 lanes of a vector
    rows    rows of a register tile
    wide    vectors of a register tile
    keys    keys in a block
    paired  products are of pairs of bfloat16, each in the place of a float32
    """

    target: Target
    lanes: int
    rows: int
    wide: int
    keys: int
    paired: bool = False

    @property
    def queries(self) -> int:
        """Queries in a block: the length of a row of transposed scores."""
        return self.lanes * self.wide

    @property
    def type(self) -> str:
        return vector(self.lanes, "float")


def plan_for(target: Target, dtype: str) -> Plan:
    lanes = target.vector_bytes // 4
    if lanes < 16:
        return Plan(target, lanes, 4, 2, 64)
    return Plan(target, lanes, 8, 2, 64, dtype == "bfloat16" and target.has("avx512_bf16"))


class Int:
    """An i64 under construction: Python's operators write instructions. Never negative in `//`."""

    __slots__ = ("function", "value")

    def __init__(self, function: Function, value: V) -> None:
        self.function, self.value = function, value

    def _binary(self, op: str, a: Int | int, b: Int | int) -> Int:
        return Int(self.function, self.function.binary(op, as_value(a), as_value(b)))

    def __add__(self, other: Int | int) -> Int:
        return self._binary("add", self, other)

    def __sub__(self, other: Int | int) -> Int:
        return self._binary("sub", self, other)

    def __mul__(self, other: Int | int) -> Int:
        return self._binary("mul", self, other)

    def __floordiv__(self, other: Int | int) -> Int:
        return self._binary("udiv", self, other)

    def __mod__(self, other: Int | int) -> Int:
        return self._binary("urem", self, other)

    def __lt__(self, other: Int | int) -> V:
        return self.function.compare("icmp slt", self.value, as_value(other))

    def __gt__(self, other: Int | int) -> V:
        return self.function.compare("icmp sgt", self.value, as_value(other))

    __radd__ = __add__
    __rmul__ = __mul__


def as_value(x: Int | int) -> V:
    return i64(x) if isinstance(x, int) else x.value


def round_up(x: Any, step: int) -> Any:
    return (x + (step - 1)) // step * step


class Writer(Function):
    """A function with short names for what these kernels do all the time."""

    def integer(self, name: str) -> Int:
        return Int(self, self[name])

    def least(self, a: Int, b: Int | int) -> Int:
        return Int(self, self.select(a < b, a.value, as_value(b)))

    def at(self, base: V, index: Int | int, element: str = "float") -> V:
        return self.address(base, element, as_value(index))

    def count(self, start: Int | int, stop: Int | int, step: int = 1):
        """A loop that yields an `Int`."""
        return _Counted(self, self.loop(as_value(start), as_value(stop), step))

    def read(self, base: V, index: Int | int, type: str) -> V:
        """float32s, or a vector of them, at an element's index."""
        return self.load(self.at(base, index), type, 4)

    def write(self, value: V, base: V, index: Int | int) -> None:
        self.store(value, self.at(base, index), 4)

    def all_lanes(self, scalar: V, lanes: int) -> V:
        return self.splat(scalar, lanes)

    def lanes_below(self, stop: Int, lanes: int, first: int = 0) -> V:
        """Which lanes, numbered from `first`, are below `stop`."""
        numbers = ", ".join(f"i64 {first + i}" for i in range(lanes))
        return self.compare(
            "icmp slt", V(f"<{numbers}>", vector(lanes, "i64")), self.splat(stop.value, lanes)
        )

    def multiply_add(self, a: V, b: V, c: V) -> V:
        return self.call(f"llvm.fmuladd.{mangled(a.type)}", a.type, [a, b, c])

    def add_pairs(self, a: V, b: V, c: V) -> V:
        """c + a's first bfloat16 * b's first + a's second * b's second, in each float32's place."""
        pairs = vector(2 * lanes_of(c.type), "bfloat")
        operands = [c, *(self.convert("bitcast", x, pairs) for x in (a, b))]
        return self.call("llvm.x86.avx512bf16.dpbf16ps.512", c.type, operands)

    def greater(self, a: V, b: V) -> V:
        """The greater in each lane; `b` where `a` is no number."""
        return self.select(self.compare("fcmp ogt", a, b), a, b)

    def masked_read(self, address: V, mask: V, type: str) -> V:
        zero = V("zeroinitializer", type)
        return self.call(f"llvm.masked.load.{mangled(type)}.p0", type, [address, mask, zero])

    def masked_write(self, value: V, address: V, mask: V) -> None:
        name = f"llvm.masked.store.{mangled(value.type)}.p0"
        self.call(name, "void", [value, address, mask])

    def read_stored(self, base: V, index: Int, stored: str, mask: V) -> V:
        """A vector of elements as float32; 0 where `mask` is false."""
        type = vector(lanes_of(mask.type), STORED[stored])
        return widened(
            self, self.masked_read(self.at(base, index, STORED[stored]), mask, type), stored
        )

    def sum_of_lanes(self, x: V) -> V:
        """By halves."""
        n = lanes_of(x.type)
        while n > 1:
            n //= 2
            low, high = (self.shuffle(x, x, list(range(s, s + n))) for s in (0, n))
            x = self.binary("fadd", low, high)
        return self.let("float", f"extractelement {x}, i64 0")

    def shuffle(self, a: V, b: V, picks: list[int]) -> V:
        mask = ", ".join(f"i32 {p}" for p in picks)
        type = vector(len(picks), "float")
        return self.let(type, f"shufflevector {a}, {b}, <{len(picks)} x i32> <{mask}>")


class _Counted:
    def __init__(self, function: Function, loop: Any) -> None:
        self.function, self.loop = function, loop

    def __enter__(self) -> Int:
        return Int(self.function, self.loop.__enter__())

    def __exit__(self, *error: Any) -> None:
        self.loop.__exit__(*error)


def mangled(type: str) -> str:
    """A type as intrinsics' names spell it."""
    short = {"float": "f32", "double": "f64", "bfloat": "bf16", "half": "f16"}
    lanes = lanes_of(type)
    element = type[1:-1].split(" x ")[1] if lanes else type
    return (f"v{lanes}" if lanes else "") + short.get(element, element)


_PRODUCT = [("i64", "k"), ("ptr", "a"), ("i64", "row_step"), ("i64", "k_step"), ("ptr", "b")]
_PRODUCT += [("i64", "b_step"), ("ptr", "c"), ("i64", "c_step"), ("ptr", "factor")]


def product(module: Module, name: str, plan: Plan, finish: str, masked: bool = False) -> None:
    """A function for a product of `rows` x `columns`, by register tiles.

    acc[i, j] = sum over k of a[i * row_step + k * k_step] * b[k * b_step + j].
    `finish` says what becomes of it: "scale": c = acc * factor[0];
    "rescale": c = c * factor[j] + acc;  "add": c += acc.
    Unless `masked`, columns are taken in whole tiles.
    """
    shapes = [(r, m) for m in (False, True)[: 1 + masked] for r in (plan.rows, 1)]
    for rows, part in shapes:
        _tile(module, _tile_name(name, rows, part), plan, rows, finish, part)
    f = Writer(module, name, [*_PRODUCT, ("i64", "rows"), ("i64", "columns")], **INTERNAL)
    rows, columns = f.integer("rows"), f.integer("columns")
    whole = rows // plan.rows * plan.rows
    with f.count(0, columns, plan.queries) as column:
        left = columns - column
        for start, stop, step in ((0, whole, plan.rows), (whole, rows, 1)):
            with f.count(start, stop, step) as row:
                _call_tile(f, plan, name, step, masked, row, column, left)
    f.ret()


def _tile_name(name: str, rows: int, part: bool) -> str:
    return f"{name}_{'part' if part else 'tile'}{rows}"


def _call_tile(
    f: Writer, plan: Plan, name: str, rows: int, masked: bool, row: Int, column: Int, left: Int
) -> None:
    values = {n: f[n] for _, n in _PRODUCT}
    values["a"] = f.at(f["a"], row * f.integer("row_step"))
    values["b"] = f.at(f["b"], column)
    values["c"] = f.at(f["c"], row * f.integer("c_step") + column)
    arguments = [*values.values(), left.value]
    if not masked:
        f.call_defined(_tile_name(name, rows, False), "void", arguments)
        return
    with f.when(left > plan.queries - 1):
        f.call_defined(_tile_name(name, rows, False), "void", arguments)
    with f.when(left < plan.queries):
        f.call_defined(_tile_name(name, rows, True), "void", arguments)


def _tile(module: Module, name: str, plan: Plan, rows: int, finish: str, masked: bool) -> None:
    """`rows` x `plan.wide` vectors of a product, kept in registers.

    `masked`: only the first `columns` lanes of b and c exist.
    """
    f = Writer(module, name, [*_PRODUCT, ("i64", "columns")], **INTERNAL)
    masks = _column_masks(f, plan) if masked else [None] * plan.wide
    zero = V("zeroinitializer", plan.type)
    acc = [[f.variable(plan.type, zero) for _ in masks] for _ in range(rows)]
    starts = [f.at(f["a"], f.integer("row_step") * i) for i in range(rows)]
    with f.count(0, f.integer("k")) as k:
        line = f.at(f["b"], k * f.integer("b_step"))
        vectors = [_read_maybe(f, line, j, plan, m) for j, m in enumerate(masks)]
        for start, sums in zip(starts, acc):
            one = f.all_lanes(f.read(start, k * f.integer("k_step"), "float"), plan.lanes)
            for total, x in zip(sums, vectors):
                multiply_add = f.add_pairs if plan.paired else f.multiply_add
                f.set(total, multiply_add(one, x, f.get(total, plan.type)))
    factors = _factors(f, plan, finish)
    for i, sums in enumerate(acc):
        line = f.at(f["c"], f.integer("c_step") * i)
        for j, (total, m) in enumerate(zip(sums, masks)):
            made = f.get(total, plan.type)
            if finish == "scale":
                made = f.binary("fmul", made, factors[j])
            elif finish == "rescale":
                made = f.multiply_add(_read_maybe(f, line, j, plan, m), factors[j], made)
            else:
                made = f.binary("fadd", _read_maybe(f, line, j, plan, m), made)
            _write_maybe(f, made, line, j, plan, m)
    f.ret()


def _column_masks(f: Writer, plan: Plan) -> list[V | None]:
    columns = f.integer("columns")
    return [f.lanes_below(columns, plan.lanes, plan.lanes * j) for j in range(plan.wide)]


def _read_maybe(f: Writer, line: V, j: int, plan: Plan, mask: V | None) -> V:
    place = f.at(line, j * plan.lanes)
    return f.load(place, plan.type, 4) if mask is None else f.masked_read(place, mask, plan.type)


def _write_maybe(f: Writer, value: V, line: V, j: int, plan: Plan, mask: V | None) -> None:
    place = f.at(line, j * plan.lanes)
    if mask is None:
        f.store(value, place, 4)
    else:
        f.masked_write(value, place, mask)


def _factors(f: Writer, plan: Plan, finish: str) -> list[V]:
    if finish == "scale":
        return [f.all_lanes(f.read(f["factor"], 0, "float"), plan.lanes)] * plan.wide
    if finish == "rescale":
        return [f.read(f["factor"], j * plan.lanes, plan.type) for j in range(plan.wide)]
    return []


def transposed(f: Writer, rows: list[V]) -> list[V]:
    """A square of vectors, transposed by log2(n) perfect shuffles.

    They are a loop, though a short one: LLVM takes long over a network of shuffles.
    """
    n, type = len(rows), rows[0].type
    low = [i // 2 + (i % 2) * n for i in range(n)]
    high = [p + n // 2 for p in low]
    kept = [f.variable(type, row) for row in rows]
    with f.count(0, n.bit_length() - 1):
        rows = [f.get(x, type) for x in kept]
        pairs = [(rows[i], rows[i + n // 2]) for i in range(n // 2)]
        for x, (pair, picks) in zip(kept, [(p, m) for p in pairs for m in (low, high)]):
            f.set(x, f.shuffle(*pair, picks))
    return [f.get(x, type) for x in kept]


def widened(f: Writer, x: V, stored: str) -> V:
    """Loaded elements as float32; of a boolean mask, 0 or -infinity."""
    lanes = lanes_of(x.type)
    type = vector(lanes, "float") if lanes else "float"
    if stored == "float32":
        return x
    if stored == "bool":
        false = f.compare("icmp eq", x, V("zeroinitializer" if lanes else "0", x.type))
        bad = f.all_lanes(NEGATIVE_INFINITY, lanes) if lanes else NEGATIVE_INFINITY
        zero = V("zeroinitializer", type) if lanes else f32(0)
        return f.select(false, bad, zero)
    return cast(f, x, KINDS[stored], "f32")


def narrowed(f: Writer, x: V, stored: str) -> V:
    """float32 as it is stored."""
    return cast(f, x, "f32", KINDS[stored])


def transpose_in(module: Module, name: str, plan: Plan, stored: str, paired=False) -> None:
    """A function: to[c, r] = from[r * step + c], zero where r >= rows or c >= columns.

    `to` has `plan.queries` columns and as many rows as `columns` rounded up to `plan.lanes`.
    `paired`: of 16-bit elements, to[c, r] is the pair from[r * step + 2c], from[r * step + 2c + 1].
    """
    parameters = [("ptr", "from"), ("i64", "step"), ("i64", "rows"), ("i64", "columns")]
    f = Writer(module, name, [*parameters, ("ptr", "to")], **INTERNAL)
    each = 1 + paired
    loaded = plan.lanes * each
    type = vector(loaded, STORED[stored])
    no = V("zeroinitializer", vector(loaded, "i1"))
    with (
        f.count(0, f.integer("columns"), loaded) as column,
        f.count(0, plan.queries, plan.lanes) as row,
    ):
        exist = f.lanes_below(f.integer("columns") - column, loaded)
        lines = []
        for i in range(plan.lanes):
            place = f.at(f["from"], (row + i) * f.integer("step") + column, STORED[stored])
            mask = f.select(row + i < f.integer("rows"), exist, no)
            x = f.masked_read(place, mask, type)
            lines.append(f.convert("bitcast", x, plan.type) if paired else widened(f, x, stored))
        for i, line in enumerate(transposed(f, lines)):
            f.write(line, f["to"], (column // each + i) * plan.queries + row)
    f.ret()


def transpose_out(module: Module, name: str, plan: Plan, stored: str) -> None:
    """A function: to[r * step + c] = from[c, r] for r < rows, c < columns."""
    parameters = [("ptr", "from"), ("ptr", "to"), ("i64", "step"), ("i64", "rows")]
    f = Writer(
        module,
        name,
        [*parameters, ("i64", "columns")],
        **INTERNAL,
    )
    no = V("zeroinitializer", vector(plan.lanes, "i1"))
    with (
        f.count(0, f.integer("columns"), plan.lanes) as column,
        f.count(0, plan.queries, plan.lanes) as row,
    ):
        exist = f.lanes_below(f.integer("columns") - column, plan.lanes)
        lines = [
            f.read(f["from"], (column + i) * plan.queries + row, plan.type)
            for i in range(plan.lanes)
        ]
        for i, line in enumerate(transposed(f, lines)):
            place = f.at(f["to"], (row + i) * f.integer("step") + column, STORED[stored])
            mask = f.select(row + i < f.integer("rows"), exist, no)
            f.masked_write(narrowed(f, line, stored), place, mask)
    f.ret()


def copy(module: Module, plan: Plan, stored: str) -> None:
    """A function: to[r * wide + c] = from[r * step + c] as float32, columns up to a vector."""
    parameters = [("ptr", "from"), ("i64", "step"), ("i64", "rows"), ("i64", "columns")]
    parameters += [("ptr", "to"), ("i64", "wide")]
    f = Writer(module, "copy", parameters, **INTERNAL)
    with (
        f.count(0, f.integer("rows")) as row,
        f.count(0, f.integer("columns"), plan.lanes) as column,
    ):
        exist = f.lanes_below(f.integer("columns") - column, plan.lanes)
        place = row * f.integer("step") + column
        made = f.read_stored(f["from"], place, stored, exist)
        f.write(made, f["to"], row * f.integer("wide") + column)
    f.ret()
