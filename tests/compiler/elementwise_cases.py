"""Every elementwise operator of the table on random and special numbers, for each dtype it takes.

In: an operator and a dtype.  Out: a `Case`, which records the operator on fresh leaves, or None
where the operator refuses the dtype.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

import numpy as np

import loxley.nn
import loxley.optim  # noqa: F401 - with nn, defines every operator
from loxley.compiler.decompose import RULES, elementwise
from loxley.compiler.kinds import NUMPY, OF_DTYPE, OF_NUMPY
from loxley.dtypes import BY_NUMPY
from loxley.ir.graph import TABLE, Op, Value, leaf

KINDS = ("f32", "f64", "bf16", "f16", "i64", "i32", "i16", "i8", "u8", "bool")
ATTRIBUTES: dict[str, tuple[tuple, ...]] = {
    "to_copy": tuple((BY_NUMPY[d],) for d in OF_NUMPY),
    "isclose": ((1e-5, 1e-8, False), (1e-5, 1e-8, True)),
    "logit": ((None,), (1e-3,)),
    "pow_number": ((2,), (0.5,), (3,), (-1,), (2.5,), (-2,), (0,), (1,)),
    "power_of_number": ((2,), (0.5,), (-1.5,)),
    "round_decimals": ((1,), (-1,)),
    "nan_to_num": ((0.0, None, None), (1.5, 7.0, -7.0)),
    "polygamma": ((1,),),
    "mvlgamma": ((1,),),
    "threshold_backward": ((0,), (0.5,)),
    "gelu": (("none",), ("tanh",)),
    "gelu_backward": (("none",), ("tanh",)),
    "leaky_relu": ((0.01,),),
    "leaky_relu_backward": ((0.01,),),
    "inside_backward": ((-1, 1),),
    "hardtanh": ((-1, 1), (-0.5, 6.0)),
    "elu": ((1.0, 1, 1), (1.5, 1, 1)),
    "elu_slope": ((1.0, 1, 1), (1.5, 1.05, 1)),
    "celu": ((1.0,), (2.0,)),
    "softplus": ((1, 20), (2, 5)),
    "softplus_slope": ((1, 20), (2, 5)),
    "softshrink": ((0.5,),),
    "softshrink_backward": ((0.5,),),
    "hardshrink": ((0.5,),),
    "above_threshold": ((0.5,),),
    "threshold": ((0.5, 2.0),),
    "masked_scale": ((0.8,),),
    "below": ((0.5,),),
    "within_bound": ((0.5,),),
    "floored": ((0.5,),),
    "clipped_difference": ((0.5,),),
}
BY_CONDITION = {"where": 0, "masked_scale": 1}  # the input that holds truths
# Never recorded on others.
OF_FLOATS = ("gelu_backward", "silu_backward", "masked_scale", "softplus_negative")


class Case(NamedTuple):
    """One operator with its attributes on inputs of one kind."""

    op: Op
    attrs: tuple
    arrays: tuple[np.ndarray, ...]

    def record(self) -> Value:
        leaves = [leaf(a, BY_NUMPY[a.dtype]) for a in self.arrays]
        return self.op(*leaves, *self.attrs)

    def __repr__(self) -> str:
        return f"{self.op.name}{list(self.attrs)} of {', '.join(str(a.dtype) for a in self.arrays)}"


def operators() -> list[Op]:
    """The elementwise operators that have no decomposition of their own."""
    return [op for op in TABLE.values() if op.elementwise and op.name not in RULES]


def special(kind: str) -> np.ndarray:
    """Numbers at which rules differ first."""
    dtype = NUMPY[kind]
    if kind == "bool":
        return np.array([False, True])
    if kind[0] in "iu":
        info = np.iinfo(dtype)
        return np.array([0, 1, 2, 3, 7, info.max, info.max - 1, info.min, info.min + 1], dtype)
    wide = [0.0, -0.0, 1.0, -1.0, 0.5, -0.5, 2.0, 3.0, 1.5, -2.5, 20.5, -30.0, 88.0]
    wide += [np.inf, -np.inf, np.nan, 1e-3, 6e4, -6e4]
    return np.array(wide, np.float64).astype(dtype)


def numbers(kind: str, count: int, seed: int) -> np.ndarray:
    random = np.random.RandomState(seed)
    dtype = NUMPY[kind]
    if kind == "bool":
        return random.rand(count) < 0.5
    if kind[0] in "iu":
        low = 0 if kind == "u8" else -9
        return random.randint(low, 10, count).astype(dtype)
    return (random.randn(count) * np.exp(random.randn(count))).astype(dtype)


def inputs(op: Op, kind: str) -> tuple[np.ndarray, ...]:
    """Special numbers against each other, then random ones."""
    own = special(kind)
    made = []
    for position in range(op.arity):
        here = "bool" if BY_CONDITION.get(op.name) == position else kind
        values = special(here)
        if op.arity == 1:
            first = values
        elif position == 0:
            first = (
                np.repeat(values, len(own)) if here == kind else np.resize(values, len(own) ** 2)
            )
        else:
            first = np.resize(np.roll(values, position - 1), len(own) ** 2)
        made.append(np.concatenate([first, numbers(here, 117, position)]))
    return tuple(made)


def cases(kind: str) -> Iterator[Case]:
    """The cases of one kind of inputs that the operators accept."""
    for op in operators():
        if op.name in OF_FLOATS and kind[0] != "f" and kind != "bf16":
            continue
        for attrs in ATTRIBUTES.get(op.name, ((),)):
            case = Case(op, attrs, inputs(op, kind))
            try:
                value = case.record()
            except (RuntimeError, TypeError, NotImplementedError, ValueError):
                continue
            if value.dtype.numpy in OF_NUMPY and value.op is op:
                yield case


def untraced(case: Case) -> str | None:
    """Why an operator is not traced on these inputs; None if it is."""
    value = case.record()
    kinds = tuple(OF_DTYPE[i.dtype] if i is not None else None for i in value.inputs)
    found = elementwise.traced(value.op, value.attrs, kinds, OF_DTYPE[value.dtype])
    return found if isinstance(found, str) else None
