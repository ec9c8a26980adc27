"""Each elementwise operator's machine code against its NumPy rule, on random and special numbers.

`untraced.txt` lists the operators that have no scalar expression, with the kinds of inputs and the
reason; NumPy carries them out.  The list may only shrink.
"""

from __future__ import annotations

import math
from functools import cache
from pathlib import Path

import numpy as np
import pytest

from loxley.compiler.kinds import LOW, NUMPY
from loxley.config import config
from loxley.runtime.interpreter import flush
from tests.compiler.elementwise_cases import KINDS, Case, cases, untraced

LIST = Path(__file__).with_name("untraced.txt")
LISTED = ("f32", "i64")  # kinds that the list tells of
TOLERANCE = {"f32": (4e-6, 4e-7), "f64": (4e-14, 4e-15), "bf16": (2**-7, 0), "f16": (2**-10, 6e-8)}
AT_ONCE = 12  # operators in one plan


@cache
def _traced(kind: str) -> tuple[list[Case], dict[str, str]]:
    """The cases that are traced, and operator -> reason of those that are not."""
    good, reasons = [], {}
    for case in cases(kind):
        reason = untraced(case)
        if reason is None:
            good.append(case)
        else:
            reasons.setdefault(case.op.name, reason.partition(": ")[2] or reason)
    return good, reasons


def untraced_lines() -> list[str]:
    """The contents of the list as they are now."""
    lines = []
    for kind in LISTED:
        lines += [f"{name}\t{kind}\t{reason}" for name, reason in _traced(kind)[1].items()]
    return sorted(lines)


def test_operators_without_a_scalar_expression_are_listed():
    listed = {tuple(line.split("\t")[:2]) for line in LIST.read_text().splitlines()}
    now = {tuple(line.split("\t")[:2]) for line in untraced_lines()}
    assert not now - listed, "operators that could be traced no longer are"
    assert not listed - now, "take these from untraced.txt: they are traced now"


def _evaluated(some: list[Case], mode: str) -> list[np.ndarray]:
    before = config.compile, config.compile_strict
    config.compile, config.compile_strict = mode, True
    try:
        values = [case.record() for case in some]
        flush()
        return [value.data for value in values]
    finally:
        config.compile, config.compile_strict = before


@pytest.mark.parametrize("kind", KINDS)
def test_machine_code_does_what_the_numpy_rule_does(kind):
    good, _ = _traced(kind)
    assert good
    for start in range(0, len(good), AT_ONCE):
        some = good[start : start + AT_ONCE]
        expected, found = _evaluated(some, "0"), _evaluated(some, "1")
        wrong = [w for c, x, y in zip(some, expected, found) if (w := _difference(c, x, y))]
        assert not wrong, "\n".join(wrong)


def _difference(case: Case, x: np.ndarray, y: np.ndarray) -> str | None:
    """Where two results differ; which zero the greater of two zeros is, nobody says."""
    if x.dtype != y.dtype or x.shape != y.shape:
        return f"{case}: {x.dtype}{x.shape} against {y.dtype}{y.shape}"
    kind = next(k for k, d in NUMPY.items() if d == x.dtype)
    if kind not in TOLERANCE:
        same = x == y
    else:
        relative, absolute = TOLERANCE[kind]
        if case.arrays[0].dtype in [NUMPY[k] for k in LOW]:
            relative = max(relative, 2**-7)  # arguments were rounded on the way
        with np.errstate(all="ignore"):
            a, b = x.astype(np.float64), y.astype(np.float64)
            size = np.maximum(np.abs(a), np.abs(b))
            near = np.abs(a - b) <= relative * size + absolute
            same = (a == b) | (np.isnan(a) & np.isnan(b)) | near
    if same.all():
        return None
    at = int(np.flatnonzero(~same)[0])
    return f"{case}: {[a[at] for a in case.arrays]} gives {x[at]}, machine code {y[at]}"


def test_zeros_keep_their_signs_where_rules_are_odd():
    """sin(-0.0) and its like are -0.0."""
    odd = {"sin", "tan", "tanh", "atan", "asinh", "sqrt", "floor", "round", "neg", "expm1"}
    some = [c for c in _traced("f32")[0] if c.op.name in odd]
    assert {c.op.name for c in some} == odd
    for case, result in zip(some, _evaluated(some, "1")):
        wanted = 1.0 if case.op.name == "neg" else -1.0
        assert math.copysign(1.0, result[1]) == wanted, case  # the second number is -0.0
