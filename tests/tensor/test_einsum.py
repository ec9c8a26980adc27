"""einsum's results as PyTorch 2.13.0 gives them: dtypes, strides, operators, errors."""

from __future__ import annotations

import pytest

import loxley as torch

DTYPES = [torch.bool, torch.uint8, torch.int8, torch.int16, torch.int32, torch.int64]


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("equation", ["ik,j->ij", "...ik, ...j -> ij"])
def test_a_sum_on_one_side_alone_is_of_the_dtype_of_sums(equation, dtype):
    x = torch.tensor([[0, 1, 1], [1, 1, 1]]).to(dtype)
    y = torch.tensor([0, 1, 1]).to(dtype)
    made = torch.einsum(equation, x, y)
    assert made.dtype is torch.int64
    assert made.tolist() == [[0, 2, 2], [0, 3, 3]]


@pytest.mark.parametrize("dtype", DTYPES)
def test_a_subscript_of_size_one_is_left_out_and_not_summed(dtype):
    x, y = torch.ones(2, 1).to(dtype), torch.ones(1, 3).to(dtype)
    assert torch.einsum("ij,jk->ik", x, y).dtype is dtype
    assert torch.einsum("ij,k->ik", x, y[0]).dtype is dtype
    assert torch.einsum("ij->i", x).dtype is torch.int64


def test_int8_wraps_where_both_sides_are_multiplied_only():
    x = torch.tensor([100, 3], dtype=torch.int8)
    assert torch.einsum("i,j->ij", x, x).tolist() == [[16, 44], [44, 9]]
    assert torch.einsum("i,j->j", x, x).tolist() == [10300, 309]


@pytest.mark.parametrize(
    ("equation", "shapes", "stride"),
    [
        ("i,j->ij", ((2,), (3,)), (3, 1)),
        ("i,j->ji", ((2,), (3,)), (2, 1)),
        ("ij,j->ij", ((2, 3), (3,)), (3, 1)),
        ("e,cae->ec", ((4,), (3, 2, 4)), (3, 1)),
        ("ba->ab", ((2, 3),), (1, 3)),
        ("bed->eb", ((2, 3, 4),), (2, 1)),
    ],
)
def test_strides(equation, shapes, stride):
    assert torch.einsum(equation, *map(torch.ones, shapes)).stride() == stride


def test_what_is_no_product_is_refused_as_by_bmm():
    byte = torch.ones(2, 2, dtype=torch.uint8)
    with pytest.raises(RuntimeError, match="^expected scalar type Long but found Byte$"):
        torch.einsum("ik,i->", byte, byte[0])
    with pytest.raises(NotImplementedError, match="\"bmm\" not implemented for 'Bool'"):
        torch.einsum("ij,jk->ik", byte.bool(), byte.bool())


def test_products_name_the_types_that_differ():
    long, short = torch.ones(2, 2, dtype=torch.int64), torch.ones(2, 2, dtype=torch.int16)
    with pytest.raises(RuntimeError, match="but got: long int != short int$"):
        torch.mm(long, short)
    query = torch.ones(1, 1, 2, 2)
    with pytest.raises(RuntimeError, match="attn_mask.dtype: long int and  query.dtype: float"):
        torch.nn.functional.scaled_dot_product_attention(query, query, query, attn_mask=long)
