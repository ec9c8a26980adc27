"""`max_norm` in 16 bits: PyTorch 2.13.0 rounds a row's norm and the factor, then multiplies."""

from __future__ import annotations

import pytest

import loxley as torch

ROWS = [[0.7, 0.3, -0.9, 0.4, 0.1], [0.2, 0.5, 0.6, -1.7, 0.3]]
RECORDED = {
    torch.float16: [
        [0.291748046875, 0.125, -0.374755859375, 0.16650390625, 0.0416259765625],
        [0.060577392578125, 0.1514892578125, 0.1817626953125, -0.51513671875, 0.09088134765625],
    ],
    torch.bfloat16: [
        [0.291015625, 0.125, -0.373046875, 0.1669921875, 0.041748046875],
        [0.060546875, 0.1513671875, 0.181640625, -0.515625, 0.0908203125],
    ],
}


@pytest.mark.parametrize("dtype", RECORDED)
def test_rows_have_the_bits_of_a_rounded_factor(dtype):
    weight = torch.tensor(ROWS).to(dtype)
    torch.nn.functional.embedding(torch.tensor([0, 1]), weight, max_norm=1.0, norm_type=1.0)
    assert weight.tolist() == RECORDED[dtype]
