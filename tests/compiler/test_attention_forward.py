"""Attention's forward kernel against the operator, for every target that this processor can run."""

from __future__ import annotations

import numpy as np
import pytest

from loxley.compiler.llvm import target
from loxley.compiler.templates import attention

from .attention_cases import case, expected_forward, run, targets

TARGETS = list(targets())
FULL = (1, 1, 33, 70)
CASES = {
    "several blocks": ((2, 3, 3, 70, 150, 64, 64), None),
    "any sizes": ((1, 2, 2, 37, 67, 13, 21), None),
    "one lane over": ((1, 1, 1, 33, 65, 17, 33), None),
    "more queries than keys": ((1, 1, 1, 100, 30, 8, 8), None),
    "shared heads": ((2, 6, 2, 20, 40, 16, 16), None),
    "one query": ((2, 4, 2, 1, 131, 64, 64), None),
    "few queries": ((1, 2, 2, 4, 21, 30, 70), None),
    "wide heads": ((1, 1, 1, 9, 66, 256, 256), None),
    "boolean mask": ((2, 2, 2, 33, 70, 24, 24), ("bool", (2, 2, 33, 70))),
    "boolean mask of few": ((2, 2, 2, 3, 70, 24, 24), ("bool", (2, 1, 3, 70))),
    "mask of the keys": ((2, 3, 3, 33, 70, 24, 24), ("float32", (2, 1, 1, 70))),
    "mask of the queries": ((2, 3, 3, 33, 70, 24, 24), ("float32", (1, 3, 33, 1))),
    "mask of the queries, few": ((2, 3, 3, 2, 70, 24, 24), ("bfloat16", (1, 3, 2, 1))),
}
NARROW = [(2, 2, 1, 50, 70, 40, 24), (1, 2, 2, 67, 65, 13, 33), (1, 1, 1, 3, 21, 9, 17)]
KINDS = [(n, c) for n, (_, mask) in CASES.items() for c in (False, True) if not (c and mask)]


def forward(t, machine, workers=1, causal=False, dtype="float32", mask=None, scale=0.3):
    few = t.arrays["q"].shape[2] <= attention.FEW
    spec = attention.Spec(dtype, causal, mask[0] if mask else None, few=few)
    run(attention.forward(spec), t, scale, machine, workers)
    return t.arrays["out"].copy(), t.arrays["logsum"].copy()


def compare(got, wanted, tolerance):
    for a, b in zip(got, wanted):
        np.testing.assert_allclose(a.astype(np.float64), b, rtol=tolerance, atol=tolerance)


@pytest.mark.parametrize("machine", TARGETS, ids=lambda t: t.name)
@pytest.mark.parametrize("name, causal", KINDS)
def test_forward(machine, name, causal):
    sizes, mask = CASES[name]
    t = case(*sizes, mask=mask)
    got = forward(t, machine, causal=causal, mask=mask)
    compare(got, expected_forward(t, causal, 0.3), 2e-5)
    for workers in (2, 5):
        again = forward(t, machine, workers, causal, mask=mask)
        assert all(np.array_equal(a, b) for a, b in zip(got, again))


@pytest.mark.parametrize("machine", [*TARGETS[1:], target.detect()], ids=lambda t: t.name)
@pytest.mark.parametrize("dtype", ["bfloat16", "float16"])
@pytest.mark.parametrize("sizes", NARROW)
def test_narrow_types(machine, dtype, sizes):
    t = case(*sizes, dtype)
    wanted = expected_forward(t, True, 0.2)
    got = forward(t, machine, causal=True, dtype=dtype, scale=0.2)
    compare(got, wanted, 1e-2)


@pytest.mark.parametrize("queries", [2, 40])
def test_rows_that_see_nothing_are_zero(queries):
    mask = ("bool", (1, 1, queries, 70))
    t = case(1, 2, 2, queries, 70, 16, 16, mask=mask)
    t.mask[..., 1, :] = False
    out, logsum = forward(t, target.detect(), mask=mask)
    assert (out[:, :, 1] == 0).all()
    assert (logsum[:, :, 1] == -np.inf).all()
    compare((out,), expected_forward(t, False, 0.3)[:1], 2e-5)


@pytest.mark.parametrize("queries", [2, 40])
def test_what_is_no_number_stays_in_its_row(queries):
    t = case(1, 1, 1, queries, 70, 16, 16)
    t.arrays["q"][0, 0, 1, 3] = np.nan
    out, logsum = forward(t, target.detect())
    assert np.isnan(out[0, 0, 1]).all() and np.isnan(logsum[0, 0, 1])
    others = np.arange(queries) != 1
    assert np.isfinite(out[0, 0, others]).all() and np.isfinite(logsum[0, 0, others]).all()


@pytest.mark.parametrize("queries", [2, 40])
def test_large_scores(queries):
    t = case(1, 1, 1, queries, 70, 16, 16)
    t.arrays["q"][...] *= 1e4
    compare(forward(t, target.detect()), expected_forward(t, False, 0.3), 1e-3)


@pytest.mark.parametrize("sizes", [(0, 2, 2, 8, 8, 8, 8), (1, 2, 2, 0, 8, 8, 8)])
def test_nothing_to_do(sizes):
    forward(case(*sizes), target.detect(), workers=2)


@pytest.mark.parametrize("queries", [2, 40])
def test_no_keys(queries):
    out, logsum = forward(case(1, 2, 2, queries, 0, 8, 8), target.detect())
    assert (out == 0).all() and (logsum == -np.inf).all()


def test_templates_are_kept_and_types_are_checked():
    spec = attention.Spec(causal=True)
    assert attention.forward(spec) is attention.forward(attention.Spec("float32", True))
    with pytest.raises(ValueError, match="float64"):
        attention.forward(attention.Spec("float64"))
