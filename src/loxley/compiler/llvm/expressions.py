"""Expressions of loop nests as LLVM instructions, scalar or on vectors of lanes.

    env = Environment(target, {"accumulator": V("%12", "<16 x float>"), "beta": V("%b", "float")})
    value = emit(f, expression, env)          # as templates' epilogues do; loads go to `load`

Names are bound to operands: a scalar, or a vector of lanes.  An operation is on vectors as soon as
one of its operands is; the others are splat.  Equal operations are emitted once per body.
Environments nest: what depends on outer names alone is emitted before the loop, in its `hole`.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, NamedTuple

from ...ir.loops import Call, Const, Expr, Kind, Load, Param, Ref, Var
from .builder import Function, V, lanes_of
from .floats import arithmetic, cast
from .integers import booleans, integers
from .kinds import FLOATS, INTEGERS, constant
from .math import function


class Cell(NamedTuple):
    """A register: its LLVM variable and the type of what it holds."""

    variable: V
    type: str


class Later(NamedTuple):
    """A name whose value is emitted anew where it is used (see `Environment.first`)."""

    value: Expr


Bound = V | Cell | Later
Loader = Callable[[Function, Load, "Environment"], V]


class Environment:
    """The names of one body and the values that were computed in it.

    target   what code is generated for
    names    operands by name
    load     what a `Load` becomes; NotImplementedError without it
    outer    the environment around this one; names are looked up there too
    hole     lines that this environment's code is written to; None: where the function's text is
    written  buffers that the kernel stores to: loads from them are not kept
    first    the same body in the first lane of a vector loop: where scalars are computed for
             addresses; the environment itself outside of vector loops

    An environment belongs to one place in the text, because it keeps what it has computed: a
    template makes a new one for each tile.  Depths alternate: even ones are bodies, odd ones the
    holes before loops.
    """

    def __init__(
        self,
        target: Any,
        names: Mapping[str, Bound] | None = None,
        load: Loader | None = None,
        outer: Environment | None = None,
        hole: list | None = None,
        written: frozenset[str] = frozenset(),
    ) -> None:
        self.target, self.load, self.outer, self.hole = target, load, outer, hole
        self.written = written
        self.names: dict[str, Bound] = dict(names or {})
        self.depth: int = 0 if outer is None else outer.depth + 1
        self.first: Environment = self
        self.depths: dict[int, int] = {}  # by the expression's identity
        self._made: dict[int, V] = {}  # by the expression's identity
        self._numbered: dict[tuple, V] = {}  # by operation and operands
        self._fleeting: set[int] = set()

    def find(self, name: str) -> tuple[Bound, int]:
        """What a name is bound to, and the depth of the environment that binds it."""
        place: Environment | None = self
        while place is not None:
            if name in place.names:
                return place.names[name], place.depth
            place = place.outer
        raise KeyError(f"compiler: {name!r} is not defined in this kernel")

    def knows(self, name: str) -> bool:
        return name in self.names or (self.outer is not None and self.outer.knows(name))

    def forget(self) -> None:
        """What depends on registers or on written buffers is computed anew."""
        for key in self._fleeting:
            self._made.pop(key, None)
        self._fleeting.clear()

    def depth_of(self, expr: Expr) -> int:
        """The depth of the outermost environment that knows all that `expr` is made of."""
        key = id(expr)
        found = self.depths.get(key)
        if found is None:
            found = self.depths[key] = self._depth_of(expr)
        return found

    def _depth_of(self, expr: Expr) -> int:
        if isinstance(expr, Call):
            deepest, known = 0, self.depths
            for a in expr.args:
                depth = known.get(id(a))
                if depth is None:
                    depth = self.depth_of(a)
                if depth > deepest:
                    deepest = depth
            return deepest
        if isinstance(expr, Const):
            return 0
        if isinstance(expr, Load):
            return FLEETING if expr.buffer in self.written else self.depth_of(expr.index)
        bound, depth = self.find(expr.name)
        if isinstance(bound, Later):
            return self.depth_of(bound.value)
        return FLEETING if isinstance(bound, Cell) else depth


# Deeper than any environment: the value may change within its body.
FLEETING = 1 << 20


def emit(f: Function, expr: Expr, env: Environment) -> V:
    """The value of `expr`: an operand of its kind, a scalar or a vector."""
    if isinstance(expr, Const):
        return constant(expr.value, expr.kind)
    if not isinstance(expr, (Call, Load)):
        return _named(f, expr, env)
    depth = env.depth_of(expr)
    home = env
    while home.depth > depth | 1:
        assert home.outer is not None
        home = home.outer
    found = home._made.get(id(expr))
    if found is not None:
        return found
    if home is env:
        made = _emit(f, expr, env)
    else:
        with f.inside(home.hole) if home.hole is not None else f.inside(f._lines):
            made = _emit(f, expr, home)
    home._made[id(expr)] = made
    if depth == FLEETING:
        home._fleeting.add(id(expr))
    return made


def _named(f: Function, expr: Var | Ref | Param, env: Environment) -> V:
    bound = env.find(expr.name)[0]
    if isinstance(bound, Cell):
        return f.get(bound.variable, bound.type)
    return emit(f, bound.value, env) if isinstance(bound, Later) else bound


def _emit(f: Function, expr: Expr, env: Environment) -> V:
    if isinstance(expr, Load):
        if env.load is None:
            raise NotImplementedError("compiler: this expression's loads are not bound")
        return env.load(f, expr, env)
    assert isinstance(expr, Call)
    args = [emit(f, a, env) for a in expr.args]
    key = (expr.op, expr.kind, *args)
    found = env._numbered.get(key)
    if found is None:
        kinds = [a.kind for a in expr.args]
        found = env._numbered[key] = operate(f, expr.op, expr.kind, args, kinds, env.target)
    return found


def align(f: Function, args: list[V]) -> list[V]:
    """All operands with the lanes of the widest."""
    if len({a.type for a in args}) == 1:
        return args
    lanes = max((lanes_of(a.type) for a in args), default=0)
    return [f.splat(a, lanes) if lanes and not lanes_of(a.type) else a for a in args]


def operate(f: Function, op: str, kind: Kind, args: list[V], kinds: list[Kind], target: Any) -> V:
    """One operation on operands of `kinds`; NotImplementedError names what is missing."""
    args = align(f, args)
    if op == "where":
        return f.select(*args)
    if op == "cast":
        return cast(f, args[0], kinds[0], kind)
    if kinds[0] in INTEGERS:
        return integers(f, op, kinds[0], args)
    if kinds[0] == "bool":
        return booleans(f, op, args)
    if kinds[0] not in FLOATS:
        raise NotImplementedError(f"compiler: {op} of {kinds[0]} is not implemented")
    made = arithmetic(f, op, args)
    return made if made is not None else function(f, op, args, target)


def movement(expr: Expr, env: Environment, name: str) -> int | None:
    """By how much `expr` moves with the vector loop's variable `name`; None if not by a constant.

    Products with an unknown stride have no constant movement.
    """
    if isinstance(expr, (Const, Param)):
        return 0
    if isinstance(expr, Load):
        return 0 if movement(expr.index, env, name) == 0 else None
    if isinstance(expr, Call):
        return _movement_of_call(expr, [movement(a, env, name) for a in expr.args])
    if expr.name == name:
        return 1
    bound = env.first.find(expr.name)[0]
    if isinstance(bound, Later):
        return movement(bound.value, env, name)
    return None if lanes_of(bound.type) else 0


def _movement_of_call(expr: Call, moves: list[int | None]) -> int | None:
    if all(m == 0 for m in moves):
        return 0
    known = [m for m in moves if m is not None]
    if len(known) < len(moves):
        return None
    if expr.op == "add":
        return known[0] + known[1]
    if expr.op == "sub":
        return known[0] - known[1]
    if expr.op == "mul":
        for factor, other in ((expr.args[0], known[1]), (expr.args[1], known[0])):
            if isinstance(factor, Const):
                return int(factor.value) * other
    return None
