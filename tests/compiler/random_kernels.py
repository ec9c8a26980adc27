"""Random expressions and loop nests whose results do not depend on rounding or on order."""

from __future__ import annotations

from random import Random

from loxley.ir.loops import (
    Buffer,
    Call,
    Const,
    Expr,
    For,
    Kernel,
    Let,
    Load,
    Param,
    Ref,
    Register,
    Store,
    Update,
    Var,
)

INTEGERS = ("u8", "i8", "i16", "i32", "i64")
FLOATS = ("f32", "f64")
KINDS = ("bool", *INTEGERS, "f16", "bf16", *FLOATS)

_SAME = ("add", "mul", "maximum", "minimum")
_OF_INTEGERS = (*_SAME, "sub", "div", "fmod", "remainder", "floor_divide", "and", "or", "xor")
_OF_INTEGERS += ("shl", "shr", "pow")
_OF_FLOATS = (*_SAME, "sub", "div", "fmax", "fmin", "fmod", "remainder", "floor_divide")
_UNARY = {"i": ("neg", "abs", "sign", "not"), "f": ("neg", "abs", "sign", "sqrt", "rsqrt")}
_UNARY["f"] += ("floor", "ceil", "trunc", "rint")
_CONSTANTS = (0, 1, 2, -1, 3, 7, 100)


def i64(value: int) -> Const:
    return Const(value, "i64")


def call(op: str, *args: Expr) -> Call:
    """An operation with its arguments' kind."""
    return Call(op, args, args[0].kind)


class Expressions:
    """Random expressions over given leaves."""

    def __init__(self, random: Random, leaves: list[Expr]) -> None:
        self.random, self.leaves = random, leaves

    def make(self, kind: str, depth: int) -> Expr:
        """An expression of `kind`, of at most `depth` nested operations."""
        random = self.random
        own = [leaf for leaf in self.leaves if leaf.kind == kind]
        if depth <= 0:
            if own and random.random() < 0.9:
                return random.choice(own)
            if kind in ("f16", "bf16"):
                return Call("cast", (self.make("f32", 0),), kind)
            if random.random() < 0.5:
                return Call("cast", (random.choice(self.leaves),), kind)
            return Const(random.choice(_CONSTANTS) & (1 if kind == "bool" else 127), kind)
        if kind in ("f16", "bf16") or random.random() < 0.2:
            return Call("cast", (self.make(random.choice(KINDS), depth - 1),), kind)
        if kind == "bool":
            return self.condition(depth)
        return self.number(kind, depth)

    def condition(self, depth: int) -> Expr:
        random = self.random
        kind = random.choice((*INTEGERS, *FLOATS))
        a, b = self.make(kind, depth - 1), self.make(kind, depth - 1)
        if random.random() < 0.2:
            op = random.choice(("and", "or", "xor", "add", "mul"))
            return Call(op, (self.make("bool", depth - 1), self.make("bool", depth - 1)), "bool")
        if random.random() < 0.2:
            return Call(random.choice(("isnan", "isinf")), (a,), "bool")
        return Call(random.choice(("lt", "le", "gt", "ge", "eq", "ne")), (a, b), "bool")

    def number(self, kind: str, depth: int) -> Expr:
        random = self.random
        a, b = self.make(kind, depth - 1), self.make(kind, depth - 1)
        if random.random() < 0.15:
            return Call("where", (self.make("bool", depth - 1), a, b), kind)
        family = "f" if kind in FLOATS else "i"
        if random.random() < 0.3:
            return Call(random.choice(_UNARY[family]), (a,), kind)
        return Call(random.choice(_OF_FLOATS if family == "f" else _OF_INTEGERS), (a, b), kind)


def _places(random: Random, i: Expr, n: Expr) -> list[Expr]:
    """Indices below `2 n + 2` as `i` goes through n: all the ways of addressing."""
    stride = Param("s", "i64")
    return [
        i,
        i,
        i64(0),
        call("sub", call("sub", n, i64(1)), i),
        call("mul", i, i64(2)),
        call("add", call("mul", i, stride), i64(1)),
        call("add", i, n),
        Load("indices", i, "i64"),
        call("remainder", call("mul", i, i), call("add", i64(1), stride)),
    ]


def elementwise(random: Random) -> Kernel:
    """Several stores in parallel blocks of a vector loop."""
    n, block, b = Param("n", "i64"), i64(random.choice((16, 32, 64))), Var("b")
    start = call("mul", b, block)
    i = call("add", start, Var("i"))
    kinds = random.sample(KINDS, 3)
    places = _places(random, i, n)
    leaves: list[Expr] = [Load(f"x{k}", random.choice(places), kinds[k % 3]) for k in range(5)]
    scalar = Param("a", random.choice((*INTEGERS, *FLOATS)))
    leaves.append(scalar)
    expressions = Expressions(random, leaves)
    outputs = [random.choice(KINDS) for _ in range(random.choice((1, 2)))]
    body: list = [Let("t", expressions.make(kinds[0], 2))]
    leaves.append(Ref("t", kinds[0]))
    body += [
        Store(f"y{k}", random.choice(places[:2] + places[3:7]), expressions.make(kind, 3))
        for k, kind in enumerate(outputs)
    ]
    rest = call("minimum", block, call("sub", n, start))
    blocks = call("floor_divide", call("add", n, call("sub", block, i64(1))), block)
    inner = For("i", rest, tuple(body), "vector")
    buffers = [Buffer(f"x{k}", kinds[k % 3]) for k in range(5)] + [Buffer("indices", "i64")]
    buffers += [Buffer(f"y{k}", kind, True) for k, kind in enumerate(outputs)]
    scalars = (n, Param("s", "i64"), scalar)
    return Kernel("k", tuple(buffers), scalars, (For("b", blocks, (inner,), "parallel"),))


_REDUCTIONS = ("add", "mul", "and", "or", "xor", "maximum", "minimum")


def reduction(random: Random) -> Kernel:
    """Over rows: a reduction of the row, then what each element makes of it."""
    n, m, r, i, j = Param("n", "i64"), Param("m", "i64"), Var("r"), Var("i"), Var("j")
    kind = random.choice(INTEGERS)
    op = random.choice(_REDUCTIONS)
    place = call("add", call("mul", r, n), i)
    expressions = Expressions(random, [Load("x0", place, kind), Load("x1", r, kind)])
    first = For("i", n, (Update("s", op, expressions.make(kind, 2)),), "vector")
    place = call("add", call("mul", r, n), j)
    leaves = [Load("x0", place, kind), Ref("s", kind), Ref("t", kind), Load("x1", r, kind)]
    second = For("j", n, (Store("y0", place, Expressions(random, leaves).make(kind, 2)),), "vector")
    half = Let("t", call("shr", Ref("s", kind), Const(1, kind)))
    body = (Register("s", Const(1, kind)), first, half, second)
    buffers = (Buffer("x0", kind), Buffer("x1", kind), Buffer("y0", kind, True))
    return Kernel("k", buffers, (n, m), (For("r", m, body, "parallel"),))


def columns(random: Random) -> Kernel:
    """Over columns side by side: a serial loop over the rows within the vector loop."""
    n, m, r, i, b = Param("n", "i64"), Param("m", "i64"), Var("r"), Var("i"), Var("b")
    kind = random.choice((*INTEGERS, "f32"))
    op = random.choice(_REDUCTIONS[-2:] if kind == "f32" else _REDUCTIONS)
    block = i64(32)
    column = call("add", call("mul", b, block), i)
    place = call("add", call("mul", r, n), column)
    leaves = [Load("x0", place, kind), Load("x1", r, kind), Load("x1", column, kind)]
    inner = For("r", m, (Update("s", op, Expressions(random, leaves).make(kind, 1)),))
    if random.random() < 0.3:
        inner = inner._replace(extent=i64(3), mode="unroll")
    left = call("sub", n, call("mul", b, block))
    body = (Register("s", Const(1, kind)), inner, Store("y0", column, Ref("s", kind)))
    outer = For("i", call("minimum", block, left), body, "vector")
    blocks = call("floor_divide", call("add", n, i64(31)), block)
    buffers = (Buffer("x0", kind), Buffer("x1", kind), Buffer("y0", kind, True))
    return Kernel("k", buffers, (n, m), (For("b", blocks, (outer,), "parallel"),))
