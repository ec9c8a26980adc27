"""Attention's backward kernel against the operator, for each target that this machine can run."""

from __future__ import annotations

import numpy as np
import pytest

from loxley.compiler.llvm import target
from loxley.compiler.templates import attention

from .attention_cases import add_gradients, case, expected_backward, run, targets
from .test_attention_forward import CASES, KINDS, NARROW

TARGETS = list(targets())
GRADS = ("q_grad", "k_grad", "v_grad")


def backward(
    sizes, machine, workers=1, causal=False, dtype="float32", mask=None, scale=0.3, crowded=False
):
    """The tensors after forward and backward."""
    t = case(*sizes, dtype, mask, crowded)
    spec = attention.Spec(dtype, causal, mask[0] if mask else None)
    if mask and mask[0] == "bool" and sizes[3] > 1:
        t.mask[..., 1, :] = False
    run(attention.forward(spec), t, scale, machine, workers)
    add_gradients(t, sizes, dtype, crowded)
    run(attention.backward(spec), t, scale, machine, workers)
    return t


def compare(t, causal, tolerance, scale=0.3):
    for name, wanted in zip(GRADS, expected_backward(t, causal, scale)):
        got = t.arrays[name].astype(np.float64)
        size = max(np.abs(wanted).max(initial=0), 1.0)
        np.testing.assert_allclose(got, wanted, rtol=0, atol=tolerance * size, err_msg=name)


@pytest.mark.parametrize("machine", TARGETS, ids=lambda t: t.name)
@pytest.mark.parametrize("name, causal", KINDS)
def test_backward(machine, name, causal):
    sizes, mask = CASES[name]
    t = backward(sizes, machine, 1, causal, mask=mask)
    compare(t, causal, 2e-5)
    for workers in (2, 5):
        again = backward(sizes, machine, workers, causal, mask=mask)
        assert all(np.array_equal(t.arrays[n], again.arrays[n]) for n in GRADS)


@pytest.mark.parametrize("machine", [*TARGETS[1:], target.detect()], ids=lambda t: t.name)
@pytest.mark.parametrize("dtype", ["bfloat16", "float16"])
@pytest.mark.parametrize("sizes", NARROW)
def test_narrow_types(machine, dtype, sizes):
    t = backward(sizes, machine, 1, True, dtype, scale=0.2)
    compare(t, True, 2e-2, scale=0.2)
    again = backward(sizes, machine, 3, True, dtype, scale=0.2)
    assert all(np.array_equal(t.arrays[n], again.arrays[n]) for n in GRADS)


@pytest.mark.parametrize("machine", TARGETS, ids=lambda t: t.name)
def test_rows_that_meet_in_the_cache_are_copied(machine):
    sizes = (2, 4, 2, 37, 70, 40, 21)
    crowded = backward(sizes, machine, 2, crowded=True)
    compare(crowded, False, 2e-5)


@pytest.mark.parametrize("sizes", [(0, 2, 2, 8, 8, 8, 8), (1, 2, 2, 0, 8, 8, 8)])
def test_no_queries_have_no_influence(sizes):
    t = backward(sizes, target.detect(), 2)
    assert all((t.arrays[n] == 0).all() for n in GRADS)


def test_no_keys():
    t = backward((1, 2, 2, 40, 0, 8, 8), target.detect())
    assert (t.arrays["q_grad"] == 0).all()


def test_templates_are_kept():
    spec = attention.Spec(causal=True)
    assert attention.backward(spec) is attention.backward(attention.Spec("float32", True))
