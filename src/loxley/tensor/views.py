"""How history follows writes through views: PyTorch's `CopySlices` and `AsStridedBackward0`.

A write to a view changes its base.  The base's new `grad_fn` is a `CopySlices` node, which sends
the gradient of the written region through the operator that wrote it and the rest to the base's
former history; a view made before the write gets a fresh `AsStridedBackward0` of the base.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from ..ops.movement import AS_STRIDED, STRIDED_SCATTER, spread, zeros
from ..shapes import Shape, extent
from .grad import RELEASED, Node, short_name

if TYPE_CHECKING:
    from .tensor import Tensor

MULTI_VIEW, NO_GRAD_VIEW, INFERENCE_VIEW = 1, 2, 3  # how a view was made, where that matters
Layout = tuple[Shape, Shape, int]  # shape, strides, offset relative to the base's first element


def _layouts(base: Tensor, view: Tensor) -> tuple[Layout, Layout, int]:
    """Both layouts counted from the lowest element, and how many elements they span.

    NotImplementedError where the two have different dtypes.
    """
    if base.dtype is not view.dtype:
        raise NotImplementedError(
            f"gradients through a write to a {view.dtype} view of a {base.dtype} tensor"
        )
    start = min(base._offset, view._offset)
    a = (base._shape, base._strides, base._offset - start)
    b = (view._shape, view._strides, view._offset - start)
    span = max(a[2] + extent(a[0], a[1]), b[2] + extent(b[0], b[1]), 1)
    return a, b, span


class AsStridedBackward0(Node):
    """The gradient of a base from that of a view of it, by the two layouts."""

    def __init__(self, view: Tensor, base: Tensor) -> None:
        super().__init__((base._edge(),), [(view._shape, view.dtype)])
        self.base_layout, self.view_layout, self.span = _layouts(base, view)

    def apply(self, grads: list, create_graph: bool) -> tuple:
        flat = spread(grads[0], self.span, *self.view_layout)
        return (AS_STRIDED(flat, *self.base_layout),)


_HINTS = {
    MULTI_VIEW: (
        " This view is the output of a function that returns multiple views. Such functions do not "
        "allow the output views to be modified inplace. You should replace the inplace operation "
        "by "
        "an out-of-place one."
    ),
    NO_GRAD_VIEW: (
        " Given that this use case is ambiguous and error-prone, it is forbidden. You can clarify "
        "your "
        "code by moving both the view and the inplace either both inside the no_grad block (if you "
        "don't want the inplace to be tracked) or both outside (if you want the inplace to be "
        "tracked)."
    ),
}
_HINTS[INFERENCE_VIEW] = _HINTS[NO_GRAD_VIEW].replace("no_grad", "inference_mode")


def refuse_rebase(view: Tensor, indirect: bool) -> None:
    """RuntimeError where the history of a view can't follow a write to its memory.

    indirect  the write went through the base or another view of it
    """
    kind, fn = view._view_kind, view._grad_fn
    if not kind:
        return
    how = "its base or another view of its base has been" if indirect else "is being"
    made = "" if fn is None else f"Output {view._output_nr} of {short_name(fn.name())} is a view"
    if kind == MULTI_VIEW and fn is not None:
        raise RuntimeError(f"{made} and {how} modified inplace.{_HINTS[kind]}")
    made = f"{made} of a view which was created in" if made else "A view was created in"
    if kind == INFERENCE_VIEW:
        what = f"{made} inference mode and {how} modified inplace in normal mode."
    else:
        what = f"{made} no_grad mode and {how} modified inplace with grad mode enabled."
    raise RuntimeError(what + _HINTS[kind])


def strided_grad_fn(view: Tensor, base: Tensor) -> AsStridedBackward0:
    """The node that a view's history starts from once its base has been overwritten."""
    return AsStridedBackward0(view, base)


class CopySlices(Node):
    """A base whose region `view` was overwritten by `node`."""

    def __init__(self, base: Tensor, view: Tensor, node: Node, output_nr: int) -> None:
        edges = (base._edge(), *node.edges[1:])
        super().__init__(edges, [(base._shape, base.dtype)])
        self.base_layout, self.view_layout, self.span = _layouts(base, view)
        self.node, self.output_nr = node, output_nr
        self.shown = (edges[0] or (None, 0), *node.next_functions[1:])

    @classmethod
    def name(cls) -> str:
        return "torch::autograd::CopySlices"

    @property
    def next_functions(self) -> tuple:
        return self.shown

    def release(self) -> None:
        if self.node is not None:
            self.node.release()
        self.node = None

    def apply(self, grads: list, create_graph: bool) -> tuple:
        if self.node is None:
            raise RuntimeError(RELEASED)
        shape, strides, _ = self.view_layout
        if 0 not in shape and any(s == 0 and n > 1 for n, s in zip(shape, strides)):
            raise RuntimeError(
                "unsupported operation: more than one element of the written-to tensor refers to a "
                "single memory location. Please clone() the tensor before performing the operation."
            )
        flat = spread(grads[0], self.span, *self.base_layout)
        outputs = [None] * len(self.node.out_metas)
        outputs[self.output_nr] = AS_STRIDED(flat, *self.view_layout)
        passed = self.node.apply(outputs, create_graph)
        region = passed[0] if passed else None
        if region is None:
            region = zeros(self.view_layout[0], grads[0].dtype)
        kept = STRIDED_SCATTER(flat, region, *self.view_layout)
        return (AS_STRIDED(kept, *self.base_layout), *passed[1:])
