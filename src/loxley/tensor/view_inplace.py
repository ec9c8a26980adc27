"""In-place forms of views: the tensor itself takes the new shape and strides."""

from __future__ import annotations

from typing import Any

from ..ir.graph import Op
from ..ops import movement, slicing
from ..shapes import is_contiguous, normalize_dim
from .api import method, public
from .grad import OpNode, saving_of
from .modes import modes
from .shaping import squeeze_row, strided_arguments
from .tensor import Tensor, _row_major


def _in_place(name: str, row: Op, grad_name: str) -> Op:
    """The row under which PyTorch's grad graph shows the in-place form."""
    return Op(
        name,
        rule=row.rule,
        eval=row.eval,
        vjp=row.vjp,
        view=row.view,
        names=row.input_names,
        attrs=row.attr_names,
        grad_name=grad_name,
    )


_ROWS = {
    "t": _in_place("t_", movement.t, "TBackward1"),
    "transpose": _in_place("transpose_", movement.transpose, "TransposeBackward1"),
    "unsqueeze": _in_place("unsqueeze_", movement.unsqueeze, "UnsqueezeBackward1"),
    "squeeze": _in_place("squeeze_", movement.squeeze, "SqueezeBackward3"),
    "squeeze_dim": _in_place("squeeze_dim_", movement.squeeze_dim, "SqueezeBackward4"),
    "squeeze_dims": _in_place("squeeze_dims_", movement.squeeze_dims, "SqueezeBackward5"),
    "as_strided": _in_place("as_strided_", slicing.as_strided, "AsStridedBackward1"),
}


def relayout(self: Tensor, row: Op, attrs: tuple) -> Tensor:
    """Gives the tensor the layout of a view of itself, with the view's history."""
    tracked = modes.grad and self._tracks()
    if tracked:
        self._check_history()
        metas = ((self._shape, self.dtype),)
        node = OpNode.made(row, attrs, (self._edge(),), saving_of(row, (True,)), metas, [])
    if self._tangents is not None:
        self._tangents = {at: row(tangent, *attrs) for at, tangent in self._tangents.items()}
    shape, strides, offset = row.view(self._shape, self._strides, self._offset, *attrs)
    self._shape, self._strides, self._offset = shape, strides, offset
    self._contiguous = is_contiguous(shape, strides)
    self._plain = (
        self._contiguous
        and offset == 0
        and (strides, self._storage.size) == _row_major(shape)
        and self.dtype is self._storage.dtype
    )
    self._counter.version += 1
    if tracked:
        self._attr_version = self._counter.version
        node.out_metas = [(shape, self.dtype)]
        self._grad_fn, self._output_nr = node, 0
    return self


@method
def t_(self: Tensor) -> Tensor:
    """`t` of the tensor itself."""
    self._check_before_write()
    if len(self._shape) > 2:
        raise RuntimeError(
            f"t_() expects a tensor with <= 2 dimensions, but self is {len(self._shape)}D"
        )
    return relayout(self, _ROWS["t"], ())


@method
def transpose_(self: Tensor, dim0: int, dim1: int) -> Tensor:
    """`transpose` of the tensor itself. Source: torch.Tensor.transpose_."""
    self._check_before_write()
    n = len(self._shape)
    dims = normalize_dim(dim0, n), normalize_dim(dim1, n)
    return relayout(self, _ROWS["transpose"], dims)


@method
def swapaxes_(self: Tensor, axis0: int, axis1: int) -> Tensor:
    """`transpose_` under NumPy's name."""
    return transpose_(self, axis0, axis1)


@method
def swapdims_(self: Tensor, dim0: int, dim1: int) -> Tensor:
    """`transpose_` under another name."""
    return transpose_(self, dim0, dim1)


@method
def unsqueeze_(self: Tensor, dim: int) -> Tensor:
    """`unsqueeze` of the tensor itself."""
    self._check_before_write()
    return relayout(self, _ROWS["unsqueeze"], (normalize_dim(dim, len(self._shape) + 1),))


@method
def squeeze_(self: Tensor, dim: Any = None) -> Tensor:
    """`squeeze` of the tensor itself."""
    self._check_before_write()
    row, dims = squeeze_row(self, dim)
    return relayout(self, _ROWS[row.name], (dims,))


@public()
def as_strided_(self: Tensor, size: Any, stride: Any, storage_offset: int | None = None) -> Tensor:
    """`as_strided` of the tensor itself."""
    self._check_before_write()
    attrs = strided_arguments(self, size, stride, storage_offset)
    return relayout(self, _ROWS["as_strided"], attrs)
