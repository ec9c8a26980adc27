"""Autocast compiled: the losses of 16-bit logits, the casts of weights, a transformer's block."""

from __future__ import annotations

import pytest

import loxley
from loxley.nn import functional as F

from .test_decompositions import native, normal


@pytest.mark.parametrize("dtype", [loxley.bfloat16, loxley.float16])
@pytest.mark.parametrize("reduction", ["mean", "sum", "none"])
@pytest.mark.parametrize("shape", [(6, 5), (2, 5, 3, 4), (5,)])
def test_cross_entropy_of_narrow_logits(shape, reduction, dtype):
    target = loxley.randint(0, 5, shape[:1] + shape[2:] if len(shape) > 1 else ())
    x, weight = normal(*shape, grad=True), loxley.rand(5)

    def run():
        with loxley.autocast("cpu", dtype=dtype):
            plain = F.cross_entropy(x.to(dtype), target, ignore_index=2, reduction=reduction)
        logs = F.log_softmax(x, min(x.ndim - 1, 1))
        weighted = F.nll_loss(logs, target, weight, reduction=reduction)
        loss = plain.float().sum() + (weighted * 0.5).sum()
        return [plain, weighted, *loxley.autograd.grad(loss, x)]

    native(run)
