"""The `*_copy` operators: what the view operators give, as tensors of their own."""

from __future__ import annotations

from ..ir.graph import Op
from . import joining, movement, slicing


def _copy_of(row: Op, name: str) -> Op:
    return Op(
        name,
        rule=row.rule,
        eval=row.eval,
        vjp=row.vjp,
        names=row.input_names,
        attrs=row.attr_names,
        grad_name=row.grad_name + "_copy",
        outputs=row.outputs,
    )


COPIES = {
    name: _copy_of(row, name + "_copy")
    for name, row in (
        ("alias", movement.alias),
        ("as_strided", slicing.as_strided),
        ("diagonal", slicing.diagonal),
        ("expand", movement.EXPAND),
        ("permute", movement.permute),
        ("select", slicing.select),
        ("slice", slicing.slice_),
        ("split", joining.split),
        ("split_with_sizes", joining.split_with_sizes),
        ("squeeze", movement.squeeze),
        ("squeeze_dim", movement.squeeze_dim),
        ("squeeze_dims", movement.squeeze_dims),
        ("t", movement.t),
        ("transpose", movement.transpose),
        ("unbind", joining.unbind),
        ("unfold", slicing.unfold),
        ("unsqueeze", movement.unsqueeze),
        ("view", movement.VIEW),
    )
}
narrow_copy = Op(
    "narrow_copy",
    rule=slicing.slice_.rule,
    eval=slicing.slice_.eval,
    vjp=slicing.slice_.vjp,
    names=slicing.slice_.input_names,
    attrs=slicing.slice_.attr_names,
)
