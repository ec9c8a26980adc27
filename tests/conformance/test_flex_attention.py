"""`torch.nn.attention.flex_attention` and its block masks, held against PyTorch's."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

import loxley
import loxley.nn.attention.flex_attention

torch = pytest.importorskip("torch")
pytestmark = pytest.mark.filterwarnings("ignore")


def causal(b, h, q, k):
    return q >= k


def corner(b, h, q, k):
    return (q > 2) & (k > 3)


def band(b, h, q, k):
    return (q - k).abs() < 70 * (h + 1)


def slanted(score, b, h, q, k):
    return score + (q - k) * 0.1 * (h + 1) - b


def capped(score, b, h, q, k):
    return 2 * (score / 2).tanh()


def told(call: Any) -> str:
    try:
        return repr(call()).replace("loxley.", "torch.")
    except Exception as error:
        return f"{type(error).__name__}: {error}"


def of(package: Any) -> Any:
    return package.nn.attention.flex_attention


def both(program: Any) -> tuple[list[str], list[str]]:
    import torch.nn.attention.flex_attention  # noqa: F401 - PyTorch does not bring it along

    expected, actual = (
        [told(call) for call in program(package, of(package))] for package in (torch, loxley)
    )
    return expected, actual


@pytest.mark.parametrize("dtype", ["float32", "float64"])
@pytest.mark.parametrize("score_mod", [None, slanted, capped])
@pytest.mark.parametrize("mask", [None, causal, corner])
def test_values(dtype: str, score_mod: Any, mask: Any) -> None:
    import torch.nn.attention.flex_attention  # noqa: F401 - PyTorch does not bring it along

    generator = np.random.default_rng(3)
    arrays = [
        generator.standard_normal(shape).astype(dtype)
        for shape in ((2, 4, 10, 8), (2, 2, 12, 8), (2, 2, 12, 6))
    ]
    results = []
    for package in (torch, loxley):
        flex = of(package)
        given = [package.from_numpy(a) for a in arrays]
        block_mask = mask and flex.create_block_mask(mask, None, None, 10, 12, device="cpu")
        with package.no_grad():
            made = flex.flex_attention(
                *given, score_mod, block_mask, 0.3, enable_gqa=True, return_lse=True
            )
        results.append([(t.numpy(), t.stride(), str(t.dtype)) for t in made])
    for (expected, *layout), (actual, *own) in zip(*results):
        assert own == layout
        np.testing.assert_allclose(actual, expected, rtol=2e-5, atol=2e-6)


def test_gradients_are_those_of_plain_attention() -> None:
    flex, F = of(loxley), loxley.nn.functional
    loxley.manual_seed(0)
    q, k, v = (loxley.randn(1, 2, 6, 4, dtype=loxley.float64) for _ in range(3))
    leaves = [t.requires_grad_() for t in (q, k, v)]
    mask = flex.create_block_mask(causal, None, None, 6, 6)
    made = loxley.autograd.grad(flex.flex_attention(q, k, v, block_mask=mask).sin().sum(), leaves)
    plain = F.scaled_dot_product_attention(q, k, v, is_causal=True)
    for actual, expected in zip(made, loxley.autograd.grad(plain.sin().sum(), leaves)):
        loxley.testing.assert_close(actual, expected)


def test_a_learned_bias_gets_its_gradient() -> None:
    flex = of(loxley)
    bias = loxley.zeros(2, requires_grad=True)
    x = loxley.randn(1, 2, 5, 4)
    flex.flex_attention(x, x, x, lambda s, b, h, q, k: s + bias[h] * k).sum().backward()
    assert bias.grad.abs().sum() > 0


def test_compiled() -> None:
    flex = of(loxley)
    q = loxley.randn(1, 2, 300, 8)
    mask = flex.create_block_mask(band, 1, 2, 300, 300)
    compiled = loxley.compile(flex.flex_attention)
    expected = flex.flex_attention(q, q, q, slanted, mask)
    for _ in range(6):
        loxley.testing.assert_close(compiled(q, q, q, slanted, mask), expected)
    other = flex.create_block_mask(causal, 1, 2, 300, 300)
    loxley.testing.assert_close(
        compiled(q, q, q, capped, other), flex.flex_attention(q, q, q, capped, other)
    )


def test_blocks_that_are_given_hide_the_rest() -> None:
    flex = of(loxley)
    counts = loxley.ones(1, 1, 2, dtype=loxley.int32)
    indices = loxley.tensor([[[[0, 1], [1, 0]]]], dtype=loxley.int32)
    mask = flex.BlockMask.from_kv_blocks(counts, indices, BLOCK_SIZE=4)
    x = loxley.randn(1, 1, 8, 4)
    made = flex.flex_attention(x, x, x, block_mask=mask)
    for rows in (slice(0, 4), slice(4, 8)):
        part = x[:, :, rows]
        loxley.testing.assert_close(made[:, :, rows], flex.flex_attention(part, part, part))


@pytest.mark.parametrize("mask", [causal, corner, band])
@pytest.mark.parametrize("sizes", [(None, None, 300, 400, 64), (2, 3, 128, 500, (32, 64))])
@pytest.mark.parametrize("separate", [True, False])
def test_block_masks(mask: Any, sizes: tuple, separate: bool) -> None:
    def program(torch, flex):
        *shape, size = sizes
        made = flex.create_block_mask(
            mask, *shape, device="cpu", BLOCK_SIZE=size, separate_full_blocks=separate
        )
        for one in (made, made[0], made[:, 0], made[:1, :, 1:3]):
            yield lambda one=one: one
            yield lambda one=one: str(one)
            yield lambda one=one: one.as_tuple()[:10]
            yield lambda one=one: one.to_dense()
            yield lambda one=one: (one.shape, one.numel(), one.sparsity())
        yield lambda: made.to_string(grid_size=(3, 2), limit=2)
        yield lambda: made.to_string(grid_size=-1)
        yield lambda: made._adjust(sizes[2] - 70, sizes[3])
        yield lambda: made._adjust(sizes[2] - 70, sizes[3]).as_tuple()[:10]
        yield lambda: made[0].mask_mod(0, 0, 0, 0)

    expected, actual = both(program)
    assert actual == expected


def test_masks_from_blocks() -> None:
    def program(torch, flex):
        counts = torch.tensor([[[1, 2]]], dtype=torch.int32)
        indices = torch.tensor([[[[1, 0, 2], [0, 2, 1]]]], dtype=torch.int32)
        make = flex.BlockMask.from_kv_blocks
        yield lambda: make(counts, indices)
        yield lambda: make(counts, indices, BLOCK_SIZE=(16, 32), seq_lengths=(30, 90))
        yield lambda: make(counts, indices, compute_q_blocks=False).q_indices
        yield lambda: make(counts, indices).as_tuple()[:10]
        yield lambda: make(counts[0, 0, 0], indices[0, 0, 0])
        yield lambda: make(counts, indices, full_kv_num_blocks=counts)
        yield lambda: make(counts[0, 0], indices[0, 0]).shape
        yield lambda: str(make(counts[0, 0], indices[0, 0]))

    expected, actual = both(program)
    assert actual == expected


def test_mask_functions() -> None:
    def program(torch, flex):
        t = torch.arange(6)
        yield lambda: flex.create_mask(causal, None, None, 3, 4)
        yield lambda: flex.create_mask(lambda s, b, h, q, k: s - (q < k) * 1e9, 1, 2, 3, 4)
        yield lambda: flex.create_mask(flex.and_masks(causal, corner), 1, 2, 7, 8)
        yield lambda: flex.create_mask(flex.or_masks(causal, corner), 1, 2, 7, 8)
        yield lambda: flex.create_mask(flex.or_masks(), 1, 1, 2, 2)
        yield lambda: flex.noop_mask(t, t, t, t)
        yield lambda: flex.and_masks(3)
        yield lambda: flex.create_mask(lambda a, b: 1, 1, 1, 2, 2)

    expected, actual = both(program)
    assert actual == expected


def test_errors() -> None:
    def program(torch, flex):
        q, k = torch.zeros(2, 4, 10, 8), torch.zeros(2, 2, 12, 8)
        attend = flex.flex_attention
        yield lambda: attend(q, k, k)
        yield lambda: attend(q[0], k, k)
        yield lambda: attend(q, k[..., :4], k, enable_gqa=True)
        yield lambda: attend(q[:1], k, k, enable_gqa=True)
        yield lambda: attend(q[:, :3], k, k, enable_gqa=True)
        yield lambda: attend(
            q, k, k, enable_gqa=True, return_lse=True, return_aux=flex.AuxRequest()
        )
        for queries in (20, 5):
            mask = flex.create_block_mask(causal, None, None, queries, 12, device="cpu")
            yield lambda mask=mask: attend(q, k, k, block_mask=mask, enable_gqa=True)

    expected, actual = both(program)
    assert actual == expected
