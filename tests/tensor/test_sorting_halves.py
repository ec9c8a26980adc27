"""NaN is the largest number in 16 bits too, wherever it stands among the others."""

from __future__ import annotations

import math

import pytest

import loxley as torch

ROW = [1.75, math.nan, 0.625, 0.875]


@pytest.mark.parametrize("kind", [torch.bfloat16, torch.float16, torch.float32])
def test_nan_is_sorted_last(kind):
    x = torch.tensor([ROW, [-0.5, -0.75, math.nan, math.nan]], dtype=kind)
    assert x.sort(1)[1].tolist() == [[2, 3, 0, 1], [1, 0, 2, 3]]
    assert x.argsort(1, descending=True)[0].tolist() == [1, 0, 3, 2]
    assert x.topk(2, 1, largest=False)[0].tolist() == [[0.625, 0.875], [-0.75, -0.5]]
    assert x.kthvalue(2, 1)[0].tolist() == [0.875, -0.5]
    assert x.nanmedian(1)[0].tolist() == [0.875, -0.75]
    assert x.median(1)[0].isnan().all()
    assert x.mode(1)[0].tolist() == [0.625, -0.75]
