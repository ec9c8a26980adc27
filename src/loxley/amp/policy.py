"""What autocast does to the inputs of operators and of functions.

In: an operator and its inputs, as `Tensor.dispatch` has them, or a call of a function of
`tensor.casting`.  Out: the inputs at lower precision, at float32 or at the widest of their types.
The sets are those of PyTorch's CPU autocast, found by looking at the dtypes of its results.
Source: https://docs.pytorch.org/docs/2.13/amp.html#cpu-op-specific-behavior
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from ..dtypes import dtype, float32, float64
from ..ir.graph import Op
from ..ops.family import cast
from ..tensor import Tensor
from ..tensor.casting import FLOAT32 as SINGLE
from ..tensor.casting import LOWER
from ..tensor.modes import modes

LOWER_PRECISION = frozenset(
    """
    addmm baddbmm bmm convolution convolution_transposed linear lstm_layer matmul mm prelu_kernel
    rnn_layer scaled_dot_product_attention_math scaled_dot_product_flash_attention_for_cpu
    """.split()
)
FLOAT32 = frozenset(
    """
    binary_cross_entropy binary_cross_entropy_with_logits cross_entropy_loss ctc_loss huber_loss
    mse_loss multi_margin_loss multilabel_margin_loss nll_loss prod prod_all smooth_l1_loss
    soft_margin_loss trace
    """.split()
)
WIDEST = frozenset(("cat", "stack", "index_copy"))


def castable(x: Any) -> bool:
    """Whether autocast may change this input's type: floating, not double, on the CPU."""
    return (
        isinstance(x, Tensor)
        and x.dtype.is_floating_point
        and x.dtype is not float64
        and not x.is_meta
    )


def cast_all(value: Any, kind: dtype) -> Any:
    """All castable tensors of a value, or of lists and tuples in it, at `kind`."""
    if isinstance(value, (list, tuple)):
        parts = [cast_all(part, kind) for part in value]
        return type(value)(*parts) if hasattr(value, "_fields") else type(value)(parts)
    return cast(value, kind) if castable(value) else value


class Autocast:
    """The policy of a region with the given lower precision; `modes.autocast` while inside."""

    def __init__(self, lower: dtype) -> None:
        self.lower = lower

    def __call__(self, op: Op, inputs: tuple) -> tuple:
        """The inputs that an operator is to be recorded with."""
        return self.cast(op.name, inputs)

    def cast(self, name: str, inputs: tuple) -> tuple:
        """The same by the operator's name, for checks that come before recording."""
        if name in LOWER_PRECISION:
            return cast_all(inputs, self.lower)
        if name in FLOAT32:
            return cast_all(inputs, float32)
        if name in WIDEST:
            return cast_all(inputs, self._widest(inputs))
        return inputs

    def _widest(self, inputs: tuple) -> dtype:
        return float32 if any(castable(x) and x.dtype is float32 for x in inputs) else self.lower

    def run(self, kind: str, function: Callable, args: tuple, kwargs: dict[str, Any]) -> Any:
        """Call a function of the table with its inputs cast, and with autocast off inside it."""
        if kind in (LOWER, SINGLE):
            target = self.lower if kind == LOWER else float32
            args = cast_all(args, target)
            kwargs = {name: cast_all(value, target) for name, value in kwargs.items()}
        modes.autocast = None
        try:
            return function(*args, **kwargs)
        finally:
            modes.autocast = self
