"""The compressed sparse forms that there are not: asking raises NotImplementedError.

Coordinate form is in `coordinate.py`, compressed rows in `compressed.py`; the
methods that PyTorch allows on strided tensors work.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from .. import dtypes as dt
from .api import expose, method
from .tensor import Tensor


def _missing(name: str) -> Callable:
    def refused(*args: Any, **kwargs: Any) -> Any:
        raise NotImplementedError(f"{name}: sparse tensors are not implemented")

    refused.__name__ = name.rpartition(".")[2]
    return refused


for _name in (
    "to_sparse_csc to_sparse_bsr to_sparse_bsc sparse_mask sparse_resize_ sparse_resize_and_clear_"
).split():
    setattr(Tensor, _name, _missing(f"torch.Tensor.{_name}"))
expose(
    **{
        name: _missing(f"torch.{name}")
        for name in (
            "sparse_csc_tensor sparse_bsr_tensor sparse_bsc_tensor sparse_compressed_tensor"
        ).split()
    }
)


def _of_sparse(name: str) -> Callable:
    def refused(self: Tensor) -> Any:
        raise RuntimeError(f"{name} expected sparse coordinate tensor layout but got Strided")

    refused.__name__ = name
    return refused


for _name in ("coalesce", "indices", "values", "_indices", "_values", "_nnz"):
    setattr(Tensor, _name, _of_sparse(_name))


@method
def to_dense(
    self: Tensor, dtype: dt.dtype | None = None, *, masked_grad: bool | None = None
) -> Tensor:
    """The tensor itself, which is dense already. Source: torch.Tensor.to_dense."""
    return self.to(dtype) if dtype is not None else self
