"""Linear maps: `linear` and `bilinear`."""

from __future__ import annotations

from ...ops import nn_linear
from ...tensor import Tensor
from ...tensor.api import public

__all__ = ["bilinear", "linear"]


@public(method=False, function=False, out=True)
def linear(input: Tensor, weight: Tensor, bias: Tensor | None = None) -> Tensor:
    """input @ weight.T + bias: (*, in), (out, in), (out,) -> (*, out).

    RuntimeError where shapes or dtypes don't fit. Source: torch.nn.functional.linear.
    """
    return nn_linear.linear(input, weight, bias)


@public(method=False)
def bilinear(input1: Tensor, input2: Tensor, weight: Tensor, bias: Tensor | None = None) -> Tensor:
    """y_k = input1 @ weight_k @ input2 + bias_k: (*, in1), (*, in2), (out, in1, in2) -> (*, out).

    Source: torch.nn.functional.bilinear.
    """
    lead = input1._shape[:-1]
    _check_bilinear(input1, input2, weight, bias)
    out, wide1, wide2 = weight._shape
    flat1, flat2 = input1.reshape(-1, wide1), input2.reshape(-1, wide2)
    rows = (flat1 @ weight.permute(1, 0, 2).reshape(wide1, out * wide2)).view(-1, out, wide2)
    made = (rows @ flat2.unsqueeze(-1)).view(*lead, out)
    return made if bias is None else made + bias


def _check_bilinear(input1: Tensor, input2: Tensor, weight: Tensor, bias: Tensor | None) -> None:
    if len(input1._shape) != len(input2._shape):
        raise RuntimeError(
            f"bilinear(): input dimensions do not match: got {len(input1._shape)} and "
            f"{len(input2._shape)}"
        )
    for i, (a, b) in enumerate(zip(input1._shape[:-1], input2._shape[:-1])):
        if a != b:
            raise RuntimeError(
                f"bilinear(): input batch dimensions do not match at dim {i}: got {a} and {b}"
            )
    for i, x in ((1, input1), (2, input2)):
        if x._shape[-1] != weight._shape[i]:
            raise RuntimeError(
                f"bilinear(): input{i} size does not match weight size: got {x._shape[-1]} but "
                f"expected {weight._shape[i]}"
            )
    if bias is not None and bias._shape[0] != weight._shape[0]:
        raise RuntimeError(
            f"bilinear(): bias size does not match weight size: got {bias._shape[0]} but expected "
            f"{weight._shape[0]}"
        )
