"""`FlopCounterMode`: how many operations a block takes, by module and operator.

In: the operators that are recorded in the block, forward and backward.  Out: counts and a table.
Counted is what has a formula: products and convolutions under the names that PyTorch has for them.
Attention's kernel and recurrent layers' are not, as on PyTorch's CPU.
Source: https://pytorch.org/docs/stable/_modules/torch/utils/flop_counter.html
"""

from __future__ import annotations

import functools
import warnings
from collections import defaultdict
from collections.abc import Callable
from math import prod
from typing import Any

from ..aten import OpOverloadPacket, ops
from ..aten.custom import CALLS
from ..autograd.engine import in_backward
from ..capture import running
from ..ir.graph import BATCHED, TABLE, Op, Value
from ..tensor.rare import load_all
from ..tensor.size import Size
from .flop_formulas import flop_registry, register_flop_formula
from .module_tracker import ModuleTracker

__all__ = ["FlopCounterMode", "register_flop_formula"]

aten = ops.aten
_SUFFIXES = (" ", "K", "M", "B", "T")


def get_suffix_str(number: float) -> str:
    """The unit in which a number is told."""
    return _SUFFIXES[max(0, min(len(_SUFFIXES) - 1, (len(str(number)) - 2) // 3))]


def convert_num_with_suffix(number: float, suffix: str) -> str:
    """A number in a unit: `21.200K`."""
    return f"{number / 1000 ** _SUFFIXES.index(suffix):.3f}{suffix}"


def convert_to_percent_str(num: float, denom: float) -> str:
    """A share: `35.85%`."""
    return "0%" if denom == 0 else f"{num / denom:.2%}"


class FlopCounterMode:
    """A block whose operations are counted; prints a table of `depth` levels of modules at its end.

    `custom_mapping` holds further formulas: {operator: formula}, see `register_flop_formula`.
    Compiled functions run plainly within. Source: torch.utils.flop_counter.FlopCounterMode.
    """

    def __init__(
        self,
        mods: Any = None,
        depth: int = 2,
        display: bool = True,
        custom_mapping: dict[Any, Any] | None = None,
    ) -> None:
        if mods is not None:
            warnings.warn(
                "mods argument is not needed anymore, you can stop passing it", stacklevel=2
            )
        self.depth, self.display = depth, display
        self.flop_counts: dict[str, dict[Any, int]] = defaultdict(lambda: defaultdict(int))
        self.flop_registry = {**flop_registry, **(custom_mapping or {})}
        self.mod_tracker = ModuleTracker()
        self._rules: dict[Op, Callable] = {}
        self._within = False

    def get_total_flops(self) -> int:
        """The number of operations counted."""
        return sum(self.flop_counts["Global"].values())

    def get_flop_counts(self) -> dict[str, dict[Any, int]]:
        """{module: {operator: count}}, all of it under "Global"."""
        return {name: dict(counts) for name, counts in self.flop_counts.items()}

    # ------------------------------------------------------------------ counting

    def __enter__(self) -> FlopCounterMode:
        self.flop_counts.clear()
        self.mod_tracker.__enter__()
        self._stance, running.stance = running.stance, "force_eager"
        registered = {p.__name__ for p in self.flop_registry if isinstance(p, OpOverloadPacket)}
        load_all()
        for op in TABLE.values():
            known = _KNOWN.get(op.name)
            if known is not None or op.name in registered:
                self._rules[op] = op.rule
                op.rule = self._counting(op, op.rule, known or _of_name)
        CALLS.append(self._called)
        return self

    def __exit__(self, *exc: object) -> None:
        self.get_total_flops()  # "Global" is there even where nothing was counted
        for op, rule in self._rules.items():
            op.rule = rule
        self._rules.clear()
        CALLS.remove(self._called)
        running.stance = self._stance
        self.mod_tracker.__exit__()
        if self.display:
            print(self.get_table(self.depth))

    def _counting(self, op: Op, rule: Callable, known: Callable) -> Callable:
        """A shape rule that counts: every operator that is recorded asks its rule once."""

        @functools.wraps(rule)
        def counted(*args: Any) -> Any:
            if self._within or any(type(x) is Value and x.op is BATCHED for x in args):
                return rule(*args)
            self._within = True
            try:
                made = rule(*args)
            finally:
                self._within = False
            metas = made if type(made) is list else [made]
            found = known(op, args, [tuple(shape) for shape, _ in metas])
            if found is not None:
                packet, told, out = found
                self._add(packet, told, out)
            return made

        return counted

    def _called(self, packet: Any, args: tuple, kwargs: dict, made: Any) -> None:
        """A call of an operator that a program has defined."""
        formula = self.flop_registry.get(packet)
        if formula is None:
            return
        if getattr(formula, "_get_raw", False):
            self._count(packet, formula(*args, **kwargs, out_val=made))
        else:
            shapes = {name: _shape(x) for name, x in kwargs.items()}
            self._count(packet, formula(*map(_shape, args), **shapes, out_shape=_shape(made)))

    def _add(self, packet: Any, args: tuple, out: Any) -> None:
        formula = self.flop_registry.get(packet)
        if formula is not None:
            self._count(packet, formula(*args, out_shape=out))

    def _count(self, packet: Any, count: int) -> None:
        for name in self.mod_tracker.parents:
            self.flop_counts[name][packet] += count

    # ------------------------------------------------------------------ the table

    def get_table(self, depth: int | None = None) -> str:
        """The counts as text, modules down to a depth."""
        depth = self.depth if depth is None else depth
        total = self.get_total_flops()
        unit = get_suffix_str(total)
        rows: list[tuple[str, str, str]] = []
        whole = False  # whether a module stands for all that was counted
        for name in sorted(self.flop_counts):
            if name != "Global" and name.count(".") < depth:
                whole = whole or sum(self.flop_counts[name].values()) >= total
                rows += self._rows(name, total, unit)
        if not whole:
            rows = self._rows("Global", total, unit) + rows
        return _table(("Module", "FLOP", "% Total"), rows)

    def _rows(self, name: str, total: int, unit: str) -> list[tuple[str, str, str]]:
        counts = self.flop_counts[name]
        told = [(name, sum(counts.values())), *((f"- {op}", n) for op, n in counts.items())]
        return [(label, _shown(n, unit), convert_to_percent_str(n, total)) for label, n in told]


def _shown(number: int, unit: str) -> str:
    """A count in a unit; without one, a plain number."""
    return str(number) if unit == " " else convert_num_with_suffix(number, unit)


def _table(header: tuple[str, ...], rows: list[tuple[str, str, str]]) -> str:
    widths = [max(len(title) + 2, *(len(row[i]) for row in rows)) for i, title in enumerate(header)]
    lines = [header, tuple("-" * w for w in widths), *rows]
    return "\n".join(
        f"{one:<{widths[0]}}  {two:>{widths[1]}}  {three:>{widths[2]}}" for one, two, three in lines
    )


def _shape(x: Any) -> Any:
    if hasattr(x, "shape"):
        return Size(x.shape)
    return type(x)(_shape(one) for one in x) if isinstance(x, (list, tuple)) else x


# Operators by PyTorch's names

Told = tuple[Any, tuple, Any] | None  # (operator, shapes and other arguments, shape of the result)


def _of_name(op: Op, args: tuple, out: list) -> Told:
    """An operator that PyTorch has under the same name."""
    packet = getattr(aten, op.name, None)
    told = tuple(Size(x.shape) if isinstance(x, Value) else x for x in args)
    return packet, told, out[0] if len(out) == 1 else tuple(out)


def _product(op: Op, args: tuple, out: list) -> Told:
    """A product by its operands alone."""
    return _of_name(op, args[: op.arity], out)


def _matmul(op: Op, args: tuple, out: list) -> Told:
    """Matrices as `mm`, batches as `bmm`; products with a vector on the right are not counted."""
    a, b = (tuple(x.shape) for x in args)
    if len(b) == 1:
        return None
    if len(b) == 2:
        rows = (prod(a[:-1]), a[-1])
        return aten.mm, (rows, b), (rows[0], b[1])
    a = (1, *a) if len(a) == 1 else a
    batch = prod(out[0][: max(len(a), len(b)) - 2])
    return aten.bmm, ((batch, *a[-2:]), (batch, *b[-2:])), (batch, a[-2], b[-1])


def _linear(op: Op, args: tuple, out: list) -> Told:
    x, weight, bias = args
    if len(weight.shape) == 1:
        return None
    told = (prod(x.shape[:-1]), x.shape[-1]), tuple(reversed(weight.shape))
    shape = (told[0][0], told[1][1])
    return (aten.mm, told, shape) if bias is None else (aten.addmm, (bias.shape, *told), shape)


def _linear_grad_input(op: Op, args: tuple, out: list) -> Told:
    dy, weight = args
    if len(weight.shape) == 1:
        return None
    rows = prod(dy.shape[:-1])
    return aten.mm, ((rows, dy.shape[-1]), tuple(weight.shape)), (rows, weight.shape[1])


def _linear_grad_weight(op: Op, args: tuple, out: list) -> Told:
    dy, x = args
    if len(dy.shape) < len(x.shape):
        return None
    rows = prod(x.shape[:-1])
    return aten.mm, ((dy.shape[-1], rows), (rows, x.shape[-1])), out[0]


def _convolution(op: Op, args: tuple, out: list) -> Told:
    """A convolution, or in backward the gradient of a transposed one's input."""
    transposed = op.name == "convolution_transposed"
    x, w = args[:2]
    if in_backward():
        told = (x.shape, out[0], w.shape, *(None,) * 4, not transposed, None, None, (True, False))
        return aten.convolution_backward, told, (out[0], None)
    return aten.convolution, (x.shape, w.shape, *(None,) * 4, transposed), out[0]


def _convolution_grad_weight(op: Op, args: tuple, out: list) -> Told:
    dy, x, shape = args[:3]
    told = (dy.shape, x.shape, shape, *(None,) * 4, False, None, None, (False, True))
    return aten.convolution_backward, told, (None, tuple(shape))


_KNOWN: dict[str, Callable[[Op, tuple, list], Told]] = {
    **dict.fromkeys(("mm", "addmm", "bmm", "baddbmm"), _product),
    **dict.fromkeys(("convolution", "convolution_transposed"), _convolution),
    "matmul": _matmul,
    "linear": _linear,
    "linear_grad_input": _linear_grad_input,
    "linear_grad_weight": _linear_grad_weight,
    "convolution_grad_weight": _convolution_grad_weight,
}
