"""One function on every tensor of a list (`torch._foreach_*`)."""

from __future__ import annotations

import pytest

import loxley as torch


def test_sums_products_and_powers() -> None:
    a, b = [torch.ones(2), torch.full((1,), 2.0)], [torch.full((2,), 3.0), torch.ones(1)]
    assert [t.tolist() for t in torch._foreach_add(a, b, alpha=2)] == [[7.0, 7.0], [4.0]]
    assert [t.tolist() for t in torch._foreach_mul(a, [2, 3])] == [[2.0, 2.0], [6.0]]
    assert [t.tolist() for t in torch._foreach_pow(a, 2)] == [[1.0, 1.0], [4.0]]
    assert torch._foreach_div_(a, 2) is a and a[1].tolist() == [1.0]
    assert [t.tolist() for t in torch._foreach_addcdiv(b, a, a, value=2)] == [[5.0, 5.0], [3.0]]


def test_lists_must_fit() -> None:
    with pytest.raises(RuntimeError, match="same number of tensors, got 1 and 2"):
        torch._foreach_add([torch.ones(1)], [torch.ones(1)] * 2)
    with pytest.raises(RuntimeError, match="at least one tensor"):
        torch._foreach_sqrt([])
    with pytest.raises(TypeError, match="must be tuple of Tensors, not Tensor"):
        torch._foreach_sqrt(torch.ones(1))


def test_trees_are_taken_apart_and_put_together() -> None:
    tree = {"a": [1, (2,)], "b": None}
    pytree = torch.utils._pytree
    leaves, spec = pytree.tree_flatten(tree)
    assert leaves == [1, 2, None] and pytree.tree_unflatten(leaves, spec) == tree
    assert repr(spec).startswith("TreeSpec(dict, ['a', 'b'], [TreeSpec(list, None, [*,\n")
    assert pytree.tree_map_only(int, str, tree) == {"a": ["1", ("2",)], "b": None}
