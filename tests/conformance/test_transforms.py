"""Some entries of the tables of transforms; `-t op_forward_ad`, `-t op_vmap` run all of them."""

from __future__ import annotations

import pytest

torch = pytest.importorskip("torch")

from tests.conformance import transforms  # noqa: E402

ENTRIES = (
    "add cat cumsum gather index_put linalg.solve logsumexp masked_fill matmul softmax sort sum "
    "nn.functional.conv2d nn.functional.cross_entropy nn.functional.layer_norm var where"
).split()


@pytest.mark.parametrize("entry", ENTRIES)
@pytest.mark.parametrize("check", [transforms.check_forward_ad, transforms.check_vmap])
def test_transforms_of_operators(check, entry: str) -> None:
    assert check(entry) is None
