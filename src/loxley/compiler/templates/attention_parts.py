"""What attention's kernels are made of: register tiles, transpositions, passes over scores.

In: a `Plan`, what is fixed when the text is written, and a module.  Out: internal functions in
it.  Scores lie transposed: a row is a key, a vector's lanes are queries.  So the statistics of a
query are lanes and need no sums across a vector, and keys and values are read where they lie,
one element for all queries of a block, without a packed copy.
"""

from __future__ import annotations

from typing import NamedTuple

from ..llvm.builder import Module, V, shared, vector
from ..llvm.target import Target
from .index import Index
from .writer import INTERNAL, STORED, Writer, narrowed, widened


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


_PRODUCT = [("i64", "k"), ("ptr", "a"), ("i64", "row_step"), ("i64", "k_step"), ("ptr", "b")]
_PRODUCT += [("i64", "b_step"), ("ptr", "c"), ("i64", "c_step"), ("ptr", "factor")]


@shared
def product(module: Module, name: str, plan: Plan, finish: str, masked: bool = False) -> None:
    """A function for a product of `rows` x `columns`, by register tiles.

    acc[i, j] = sum over k of a[i * row_step + k * k_step] * b[k * b_step + j].
    `finish` says what becomes of it: "scale": c = acc * factor[0];
    "rescale": c = c * factor[j] + acc;  "add": c += acc.
    Unless `masked`, columns are taken in whole tiles.
    """
    shapes = [(r, m) for m in (False, True)[: 1 + masked] for r in (plan.rows, 1)]
    for height, part in shapes:
        _tile(module, _tile_name(name, height, part), plan, height, finish, part)
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
    f: Writer,
    plan: Plan,
    name: str,
    rows: int,
    masked: bool,
    row: Index,
    column: Index,
    left: Index,
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
            one = f.splat(f.read(start, k * f.integer("k_step"), "float"), plan.lanes)
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
        return [f.splat(f.read(f["factor"], 0, "float"), plan.lanes)] * plan.wide
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


@shared
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


@shared
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


@shared
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
