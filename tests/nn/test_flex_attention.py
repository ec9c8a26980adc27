"""`flex_attention` without PyTorch: printing, masks and values that were recorded."""

from __future__ import annotations

import loxley as torch
from loxley.nn.attention.flex_attention import create_block_mask, flex_attention


def causal(b, h, q, k):
    return q >= k


def test_a_block_mask_prints():
    mask = create_block_mask(causal, None, None, 512, 512)
    assert str(mask) == (
        "BlockMask(shape=(1, 1, 512, 512), sparsity=37.50%, \n(0, 0)\n"
        "██      \n████    \n██████  \n████████\n)"
    )
    assert mask.full_q_indices.tolist()[0][0][0] == [1, 2, 3, 0]


def test_attention_is_that_of_sdpa():
    torch.manual_seed(0)
    q, k, v = (torch.randn(2, 3, 40, 8) for _ in range(3))
    mask = create_block_mask(causal, None, None, 40, 40)
    made = flex_attention(q, k, v, block_mask=mask)
    plain = torch.nn.functional.scaled_dot_product_attention(q, k, v, is_causal=True)
    torch.testing.assert_close(made, plain)


def test_rows_that_see_nothing_are_zero():
    x = torch.ones(1, 1, 3, 2)
    mask = create_block_mask(lambda b, h, q, k: q > k, None, None, 3, 3)
    made, lse = flex_attention(x, x, x, block_mask=mask, return_lse=True)
    assert made[0, 0, 0].tolist() == [0.0, 0.0]
    assert lse[0, 0, 0].item() == float("-inf")
