"""Normalization, attention, losses and images on batched values.

Slices join the samples where samples are independent, and the channels where statistics are per
channel.  Gradients of affine parameters are composed of elementary operators, one per slice.
"""

from __future__ import annotations

from typing import Any

from ..ir.graph import Op, Value, record
from ..ops import movement
from ..ops import nn_cross_entropy as ce
from ..ops.elementwise import ne, where
from ..ops.family import cast
from ..ops.indexing import index
from ..ops.nn_norm import group_norm, layer_norm
from ..ops.nn_rms_norm import rms_norm
from ..ops.reduce import mean as mean_op
from ..ops.reduce import sum as sum_op
from .core import COMPOSED, RULES, aligned, every, level_of, lifted, looped, slice_ndims
from .products import joined, parted

_NONE, _MEAN, _SUM = 0, 1, 2


def _plain(*values: Value | None) -> bool:
    return all(v is None or not level_of(v) for v in values)


def _with_parameters(x: Value, weight: Value | None, bias: Value | None) -> Value:
    made = x if weight is None else x * weight
    return made if bias is None else made + bias


def _per_channel(v: Value | None, rank: int) -> Value | None:
    return None if v is None else movement.view(v, (1, v.shape[0], *(1,) * (rank - 2)))


# Normalization


def _layer_norm(x: Value, weight: Any, bias: Any, axes: int, eps: float) -> Any:
    if _plain(weight, bias):
        return NotImplemented
    y, mean, rstd = layer_norm(x, None, None, axes, eps)
    return _with_parameters(y, weight, bias), mean, rstd


def _rms_norm(x: Value, weight: Any, axes: int, eps: float) -> Any:
    if _plain(weight):
        return NotImplemented
    y, rstd = rms_norm(x, None, axes, eps)
    return y * weight, rstd


def _group_norm(x: Value, weight: Any, bias: Any, groups: int, eps: float) -> Any:
    if _plain(weight, bias):
        return NotImplemented
    y, mean, rstd = group_norm(x, None, None, groups, eps)
    rank = x.ndim
    made = _with_parameters(y, _per_channel(weight, rank), _per_channel(bias, rank))
    return made, mean, rstd


def _first_batched(op: Op, inputs: list, flags: tuple, attrs: tuple, size: int) -> Any:
    return record(op, tuple(inputs), attrs)


def _layer_norm_backward(
    dy: Value, x: Value, mean: Value, rstd: Value, weight: Any, axes: int, needs: tuple
) -> Any:
    n, kind = x.ndim, x.dtype
    inner, outer = tuple(range(n - axes, n)), tuple(range(n - axes))
    unit = (x - mean) * rstd
    h = dy if weight is None else dy * weight
    along = unit * mean_op(h * unit, inner, True, kind)
    dx = (h - mean_op(h, inner, True, kind) - along) * rstd
    return dx, sum_op(dy * unit, outer, False, kind), sum_op(dy, outer, False, kind)


def _rms_norm_backward(
    dy: Value, x: Value, weight: Any, rstd: Value, axes: int, needs: tuple
) -> Any:
    n, kind = x.ndim, x.dtype
    inner, outer = tuple(range(n - axes, n)), tuple(range(n - axes))
    unit = x * rstd
    h = dy if weight is None else dy * weight
    dx = (h - unit * mean_op(h * unit, inner, True, kind)) * rstd
    return dx, sum_op(dy * unit, outer, False, kind)


def _group_norm_backward(
    dy: Value, x: Value, mean: Value, rstd: Value, weight: Any, groups: int, needs: tuple
) -> Any:
    n, kind, shape = x.shape[0], x.dtype, x.shape
    split = (n, groups, x.numel() // max(n * groups, 1))
    mean, rstd = (movement.view(v, (n, groups, 1)) for v in (mean, rstd))
    unit = (movement.view(x, split) - mean) * rstd
    h = dy if weight is None else dy * _per_channel(weight, x.ndim)
    h = movement.view(h, split)
    along = unit * mean_op(h * unit, (2,), True, kind)
    dx = (h - mean_op(h, (2,), True, kind) - along) * rstd
    others = (0, *range(2, x.ndim))
    dw = sum_op(dy * movement.view(unit, shape), others, False, kind)
    return movement.view(dx, shape), dw, sum_op(dy, others, False, kind)


def _by_sample(op: Op, inputs: list, flags: tuple, attrs: tuple, size: int) -> Any:
    """Slices join the samples; only inputs that have samples are batched."""
    given = tuple(joined(v, 0) if f else v for v, f in zip(inputs, flags))
    made = record(op, given, attrs)
    if type(made) is tuple:
        return tuple(parted(one, 0, size) for one in made)
    return parted(made, 0, size)


def _by_sample_all(op: Op, inputs: list, flags: tuple, attrs: tuple, size: int) -> Any:
    given = every(inputs, flags, size)
    return _by_sample(op, given, tuple(v is not None for v in given), attrs, size)


def _by_channel(count: int) -> Any:
    """Batch normalization: the first `count` inputs have samples, the others channels alone."""

    def rule(op: Op, inputs: list, flags: tuple, attrs: tuple, size: int) -> Any:
        given = every(inputs, flags, size)
        joint = [
            None if v is None else joined(v, 1 if i < count else 0) for i, v in enumerate(given)
        ]
        made = record(op, tuple(joint), attrs)
        return (parted(made[0], 1, size), *(parted(one, 0, size) for one in made[1:]))

    return rule


# Attention


def _attention(at: int) -> Any:
    """`at` is where q stands; k, v and the mask follow."""

    def rule(op: Op, inputs: list, flags: tuple, attrs: tuple, size: int) -> Any:
        mask = inputs[at + 3]
        given = every(inputs, flags, size)
        given[at + 3] = lifted(mask, given[at].ndim - 1) if flags[at + 3] else mask
        return record(op, tuple(given), attrs)

    return rule


# Losses


def _reduced(losses: Value, reduction: int) -> Value:
    """Losses of slices, reduced slice by slice; physical in and out."""
    if reduction == _NONE:
        return losses
    reduce = mean_op if reduction == _MEAN else sum_op
    return reduce(losses, tuple(range(1, losses.ndim)), False, losses.dtype)


def _pointwise(op: Op, inputs: list, flags: tuple, attrs: tuple, size: int) -> Any:
    ndim = max(slice_ndims(inputs, flags))
    x = every(inputs[:1], flags[:1], size)
    made = aligned(op, [*x, *inputs[1:]], (True, *flags[1:]), (_NONE, *attrs[1:]), size)
    return _reduced(made, attrs[0]) if ndim or attrs[0] == _NONE else made


def _margin(op: Op, inputs: list, flags: tuple, attrs: tuple, size: int) -> Any:
    """Margin losses of rows (N, C) or of one row: every row of every slice alone."""
    if any(flags[2:]) or inputs[0].ndim == flags[0]:  # or rows of no dimension
        return looped(op, inputs, flags, attrs, size)
    x, y = every(inputs[:2], flags[:2], size)
    rank, reduction = x.ndim - 1, attrs[-1]
    given = (_samples(x, rank), _samples(y, rank), *inputs[2:])
    losses = record(op, given, (*attrs[:-1], _NONE))
    return _reduced(movement.view(losses, (size, losses.numel() // max(size, 1))), reduction)


def _margin_backward(op: Op, inputs: list, flags: tuple, attrs: tuple, size: int) -> Any:
    if any(flags[3:]) or inputs[1].ndim == flags[1]:
        return looped(op, inputs, flags, attrs, size)
    dy, x, y = every(inputs[:3], flags[:3], size)
    rank, reduction = x.ndim - 1, attrs[-1]
    rows = x.shape[1] if rank > 1 else 1
    if reduction != _NONE:
        dy = movement.view(dy, (size, 1))
        dy = movement.expand(dy / max(rows, 1) if reduction == _MEAN else dy, (size, rows))
    dy = movement.view(dy, (size * rows,))
    given = (dy, _samples(x, rank), _samples(y, rank), *inputs[3:])
    return record(op, given, (*attrs[:-1], _NONE))


def _samples(x: Value, rank: int) -> Value:
    """(B, N, C, *) as (B N, C, *); a slice of one sample (C,) is one."""
    return x if rank == 1 else joined(x, 0)


def _total_weight(target: Value, weight: Any, ignore: int, kind: Any) -> Value:
    """The weights of the targets that count, summed: on batched values."""
    counted = ne(target, ignore)
    if weight is None:
        weights = cast(counted, kind)
    else:
        places = where(counted, target, 0)
        weights = where(counted, index(weight, places, (0,)), 0)
    return sum_op(cast(weights, kind), tuple(range(target.ndim)), False, kind)


def _sample_losses(op: Op) -> Any:
    """cross_entropy and nll_loss: losses of single samples, then reduced by their weights."""

    def composed(x: Value, target: Value, weight: Any, ignore: int, reduction: int, *rest: Any):
        if not _plain(weight) or reduction == _NONE:
            return NotImplemented
        first, *others = op(x, target, weight, ignore, _NONE, *rest)
        total = _total_weight(target, weight, ignore, first.dtype)
        loss = sum_op(first, tuple(range(target.ndim)), False, first.dtype)
        loss = loss / total if reduction == _MEAN else loss
        return (loss, *others[:-1], cast(total, others[-1].dtype))

    return composed


def _sample_losses_rule(op: Op, inputs: list, flags: tuple, attrs: tuple, size: int) -> Any:
    """Without reduction: every sample of every slice alone."""
    if flags[2]:
        return looped(op, inputs, flags, attrs, size)
    x, target = every(inputs[:2], flags[:2], size)
    rank = x.ndim - 1
    made = record(op, (_samples(x, rank), _samples(target, rank), inputs[2]), attrs)
    total = movement.zeros((size,), made[-1].dtype)  # read by means alone
    return (*made[:-1], total)


def _shares(g: Value, total: Value, shape: tuple, reduction: int) -> Value:
    """The gradient of each single loss, on batched values."""
    if reduction == _NONE:
        return g
    return movement.expand(g / cast(total, g.dtype) if reduction == _MEAN else g, shape)


def _cross_entropy_backward(g, x, target, weight, logsum, total, ignore, reduction, smoothing):
    if not _plain(weight) or reduction == _NONE:
        return NotImplemented
    shares = _shares(g, total, target.shape, reduction)
    return ce.cross_entropy_backward(
        shares, x, target, weight, logsum, total, ignore, _NONE, smoothing
    )


def _cross_entropy_backward_rule(op, inputs, flags, attrs, size) -> Any:
    if flags[3]:
        return looped(op, inputs, flags, attrs, size)
    g, x, target, weight, logsum, total = every_but(inputs, flags, size, 3)
    rank = x.ndim - 1
    one = movement.full((), 1, inputs[5].dtype)
    given = [_samples(v, rank) for v in (g, x, target)]
    return record(op, (*given, weight, _samples(logsum, rank), one), attrs)


def every_but(inputs: list, flags: tuple, size: int, place: int) -> list:
    """All inputs with slices except one, which is not batched."""
    made = every(inputs, flags, size)
    made[place] = inputs[place]
    return made


def _nll_backward(g, target, weight, total, shape, ignore, reduction) -> Any:
    if not _plain(weight) or reduction == _NONE:
        return NotImplemented
    shares = _shares(g, total, target.shape, reduction)
    return ce.nll_loss_backward(shares, target, weight, total, shape, ignore, _NONE)


def _nll_backward_rule(op, inputs, flags, attrs, size) -> Any:
    if flags[2]:
        return looped(op, inputs, flags, attrs, size)
    g, target, weight, total = every_but(inputs, flags, size, 2)
    shape, rank = attrs[0], len(attrs[0])
    whole = (size, *shape) if rank == 1 else (size * shape[0], *shape[1:])
    one = movement.full((), 1, inputs[3].dtype)
    given = (_samples(g, rank), _samples(target, rank), weight, one)
    return record(op, given, (whole, *attrs[1:]))


def _class_factors(target, weight, shape, kind, ignore, reduction, smoothing) -> Any:
    if not _plain(weight) or reduction != _MEAN:
        return NotImplemented
    made = ce.class_factors(target, weight, shape, kind, ignore, _SUM, smoothing)
    return made / _total_weight(target, weight, ignore, kind)


def _class_factors_rule(op, inputs, flags, attrs, size) -> Any:
    if flags[1]:
        return looped(op, inputs, flags, attrs, size)
    shape, rank = attrs[0], len(attrs[0])
    whole = (size, *shape) if rank == 1 else (size * shape[0], *shape[1:])
    return record(op, (_samples(inputs[0], rank), inputs[1]), (whole, *attrs[1:]))


# Images


def _upsample_backward(op, inputs, flags, attrs, size) -> Any:
    shape = attrs[0]
    made = record(op, (joined(inputs[0], 0),), ((size * shape[0], *shape[1:]), *attrs[1:]))
    return parted(made, 0, size)


for _name in ("native_layer_norm", "rms_norm"):
    RULES[_name] = _first_batched
for _name in ("native_group_norm", "upsample", "im2col", "col2im"):
    RULES[_name] = _by_sample
for _name in ("grid_sample", "grid_sample_backward"):
    RULES[_name] = _by_sample_all
for _name in (
    "mse_loss smooth_l1_loss huber_loss soft_margin_loss binary_cross_entropy "
    "binary_cross_entropy_with_logits"
).split():
    RULES[_name] = _pointwise
RULES.update(
    {
        "native_batch_norm": _by_channel(1),
        "native_batch_norm_legit": _by_channel(1),
        "native_batch_norm_no_stats": _by_channel(1),
        "batch_norm_with_update": _by_channel(1),
        "native_batch_norm_backward": _by_channel(2),
        "scaled_dot_product_flash_attention_for_cpu": _attention(0),
        "attention_backward": _attention(1),
        "cross_entropy_loss": _sample_losses_rule,
        "nll_loss": _sample_losses_rule,
        "cross_entropy_backward": _cross_entropy_backward_rule,
        "nll_loss_backward": _nll_backward_rule,
        "class_factors": _class_factors_rule,
        "multi_margin_loss": _margin,
        "multi_margin_loss_backward": _margin_backward,
        "multilabel_margin_loss": _margin,
        "multilabel_margin_loss_backward": _margin_backward,
        "upsample_backward": _upsample_backward,
    }
)
COMPOSED.update(
    {
        "native_layer_norm": _layer_norm,
        "native_layer_norm_backward": _layer_norm_backward,
        "native_group_norm": _group_norm,
        "native_group_norm_backward": _group_norm_backward,
        "rms_norm": _rms_norm,
        "rms_norm_backward": _rms_norm_backward,
        "cross_entropy_loss": _sample_losses(ce.cross_entropy),
        "nll_loss": _sample_losses(ce.nll_loss),
        "cross_entropy_backward": _cross_entropy_backward,
        "nll_loss_backward": _nll_backward,
        "class_factors": _class_factors,
    }
)
