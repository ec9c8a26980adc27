"""Reductions over dimensions: sums, products, extrema, moments.

Every operator takes `dims` (sorted, normalized; all of them for a full reduction) and `keepdim`.
16-bit floats accumulate in float32.
"""

from __future__ import annotations

import numpy as np

from .. import dtypes as dt
from ..ir.graph import Op
from ..shapes import numel, reduced_shape
from .elementwise import conj, eq, isnan, where
from .family import LOW, cast, wide
from .movement import expand, view


def expand_reduced(g, shape: tuple[int, ...], dims: tuple[int, ...], keepdim: bool):
    """Spreads a reduction's gradient (or result) over the dimensions that were reduced."""
    if not keepdim and len(g.shape) != len(shape):
        g = view(g, reduced_shape(shape, dims, True))
    return expand(g, shape)


def count_of(shape: tuple[int, ...], dims: tuple[int, ...]) -> int:
    """How many elements are reduced into one."""
    return numel(tuple(shape[d] for d in dims))


def _same(x, dims, keepdim):
    return reduced_shape(x.shape, dims, keepdim), x.dtype


def _sum_eval(x, /, dims, keepdim, kind):
    if not dims:
        return x.astype(kind.numpy)
    accumulate = np.float32 if kind.numpy in LOW else kind.numpy
    return np.add.reduce(x, axis=dims, keepdims=keepdim, dtype=accumulate)


sum = Op(  # noqa: A001 - the operator's name
    "sum",
    rule=lambda x, dims, keepdim, kind: (reduced_shape(x.shape, dims, keepdim), kind),
    eval=_sum_eval,
    vjp=lambda g, x_shape, dims, keepdim: expand_reduced(g, x_shape, dims, keepdim),
    grad_name="SumBackward1",
)


def mean_eval(x, /, dims, keepdim, kind):
    """The mean over `dims` of an array at dtype `kind`."""
    count = count_of(x.shape, dims)
    total = _sum_eval(x, dims, keepdim, kind)
    scale = np.asarray(count, total.real.dtype)
    return np.divide(total, scale)


mean = Op(
    "mean",
    rule=lambda x, dims, keepdim, kind: (reduced_shape(x.shape, dims, keepdim), kind),
    eval=mean_eval,
    vjp=lambda g, x_shape, dims, keepdim: (
        expand_reduced(g, x_shape, dims, keepdim) / max(count_of(x_shape, dims), 1)
    ),
    grad_name="MeanBackward1",
)


def _prod_eval(x, /, dims, keepdim, kind):
    accumulate = np.float32 if kind.numpy in LOW else kind.numpy
    return np.multiply.reduce(x, axis=dims, keepdims=keepdim, dtype=accumulate)


def _others_product(x, /, dims):
    """For every element the product of the other elements that are reduced with it."""
    if not x.size:
        return x
    rest = tuple(d for d in range(x.ndim) if d not in dims)
    moved = wide(x).transpose(rest + dims)
    flat = moved.reshape((*moved.shape[: len(rest)], count_of(x.shape, dims)))
    ones = np.ones(flat.shape[:-1] + (1,), flat.dtype)
    before = np.cumprod(np.concatenate([ones, flat[..., :-1]], -1), -1)
    reverse = flat[..., ::-1]
    after = np.cumprod(np.concatenate([ones, reverse[..., :-1]], -1), -1)[..., ::-1]
    back = np.argsort(rest + dims)
    return (before * after).reshape(moved.shape).transpose(back)


def _others_vjp(g, x, dims):
    # d(others_i)/dx_j is the product of all but i and j: the others of x_j in the masked row.
    total = None
    for i in range(count_of(x.shape, dims)):
        part = _others_part(g, x, dims, i)
        total = part if total is None else total + part
    return total


def _others_part(g, x, dims, i):
    mask = ONE_HOT_REDUCED(tuple(x.shape), tuple(dims), i, x.dtype)
    rest = x * (1 - mask) + mask  # element i replaced by one
    weight = expand_reduced(sum(g * mask, dims, True, x.dtype), x.shape, dims, True)
    return weight * conj(others_product(rest, dims)) * (1 - mask)


def _one_hot_eval(shape, dims, i, kind):
    place = np.unravel_index(i, tuple(shape[d] for d in dims))
    made = np.zeros(shape, kind.numpy)
    index = [slice(None)] * len(shape)
    for d, p in zip(dims, place):
        index[d] = p
    made[tuple(index)] = 1
    return made


ONE_HOT_REDUCED = Op(
    "one_hot_reduced",
    rule=lambda shape, dims, i, kind: (shape, kind),
    eval=_one_hot_eval,
    names=(),
    attrs=("shape", "dims", "i", "kind"),
)

others_product = Op(
    "others_product", rule=lambda x, dims: (x.shape, x.dtype), eval=_others_product, vjp=_others_vjp
)


prod = Op(
    "prod",
    rule=lambda x, dims, keepdim, kind: (reduced_shape(x.shape, dims, keepdim), kind),
    eval=_prod_eval,
    vjp=lambda g, x, dims, keepdim: (
        expand_reduced(g, x.shape, dims, keepdim) * conj(others_product(x, dims))
    ),
    grad_name="ProdBackward1",
)


def _total(name: str, along: Op, grad_name: str) -> Op:
    """The form of a reduction that takes no dimensions: a row of its own, as in PyTorch."""

    def every(shape):
        return tuple(range(len(shape)))

    def vjp_linear(g, x_shape):
        scale = max(numel(tuple(x_shape)), 1)
        return expand(g / scale if along is mean else g, tuple(x_shape))

    def vjp_product(g, x):
        return expand(g, x.shape) * conj(others_product(x, every(x.shape)))

    return Op(
        name,
        rule=lambda x, kind: ((), kind),
        eval=lambda x, kind: along.eval(x, every(x.shape), False, kind),
        names=("x",),
        attrs=("kind",),
        vjp=vjp_product if along is prod else vjp_linear,
        grad_name=grad_name,
    )


sum_all = _total("sum_all", sum, "SumBackward0")
mean_all = _total("mean_all", mean, "MeanBackward0")
prod_all = _total("prod_all", prod, "ProdBackward0")


ISZERO = Op("is_zero", rule=lambda x: (x.shape, dt.bool_), eval=lambda x, /: x == 0)


def spread_evenly(g, x, out, dims, keepdim):
    """The gradient of an extremum shared among the elements that attain it."""
    hit = EQUAL_NAN(x, expand_reduced(out, x.shape, dims, keepdim))
    count = sum(cast(hit, g.dtype), dims, True, g.dtype)
    share = expand_reduced(g, x.shape, dims, keepdim) / expand(count, x.shape)
    return where(hit, share, 0.0)


def shared_by_mask(g, x, out, dims, keepdim):
    """As `spread_evenly`, by a product: NaN where no element equals the extremum any more."""
    hit = cast(eq(x, expand_reduced(out, x.shape, dims, keepdim)), g.dtype)
    count = sum(hit, dims, True, g.dtype)
    return expand_reduced(g, x.shape, dims, keepdim) / expand(count, x.shape) * hit


EQUAL_NAN = Op(
    "equal_or_nan",
    rule=lambda a, b: (a.shape, dt.bool_),
    eval=lambda a, b, /: (a == b) | ((a != a) & (b != b)),
)

amax = Op(
    "amax",
    rule=_same,
    eval=lambda x, /, dims, keepdim: np.maximum.reduce(x, axis=dims, keepdims=keepdim),
    vjp=shared_by_mask,
)
amin = Op(
    "amin",
    rule=_same,
    eval=lambda x, /, dims, keepdim: np.minimum.reduce(x, axis=dims, keepdims=keepdim),
    vjp=shared_by_mask,
)
max_all = Op(
    "max",
    rule=lambda x: ((), x.dtype),
    eval=lambda x, /: np.maximum.reduce(x, axis=None),
    vjp=lambda g, x, out: spread_evenly(g, x, out, tuple(range(len(x.shape))), False),
    grad_name="MaxBackward1",
)
min_all = Op(
    "min",
    rule=lambda x: ((), x.dtype),
    eval=lambda x, /: np.minimum.reduce(x, axis=None),
    vjp=lambda g, x, out: spread_evenly(g, x, out, tuple(range(len(x.shape))), False),
    grad_name="MinBackward1",
)


def _extremum_along(find):
    def along(x, /, dim, keepdim):
        if x.ndim == 0:
            return x, np.zeros((), np.int64)
        places = find(x, axis=dim, keepdims=True)
        values = np.take_along_axis(x, places, dim)
        return (values, places) if keepdim else (values.squeeze(dim), places.squeeze(dim))

    return along


def _extremum_rule(x, dim, keepdim):
    shape = reduced_shape(x.shape, (dim,) if x.shape else (), keepdim)
    return [(shape, x.dtype), (shape, dt.int64)]


def _put_along_eval(g, indices, /, shape, dim, keepdim):
    if not shape:
        return g
    made = np.zeros(shape, g.dtype)
    if not keepdim:
        g, indices = np.expand_dims(g, dim), np.expand_dims(indices, dim)
    np.put_along_axis(made, indices, g, dim)
    return made


def _take_along_eval(x, indices, /, dim, keepdim):
    if not x.ndim:
        return x
    if keepdim:
        return np.take_along_axis(x, indices, dim)
    return np.take_along_axis(x, np.expand_dims(indices, dim), dim).squeeze(dim)


# The gradient of values selected along a dimension: put back where they came from.
put_along = Op(
    "value_selecting_reduction",
    rule=lambda g, indices, shape, dim, keepdim: (shape, g.dtype),
    eval=_put_along_eval,
    vjp=(lambda g, indices, dim, keepdim: take_along(g, indices, dim, keepdim), None),
)
take_along = Op(
    "take_selected",
    rule=lambda x, indices, dim, keepdim: (indices.shape, x.dtype),
    eval=_take_along_eval,
    vjp=(
        lambda g, indices, x_shape, dim, keepdim: put_along(g, indices, x_shape, dim, keepdim),
        None,
    ),
)


def _selected_vjp(g, out, x_shape, dim, keepdim):
    return put_along(g[0], out[1], tuple(x_shape), dim, keepdim)


max_dim = Op(
    "max_dim",
    rule=_extremum_rule,
    eval=_extremum_along(np.argmax),
    vjp=_selected_vjp,
    outputs=2,
    grad_name="MaxBackward0",
)
min_dim = Op(
    "min_dim",
    rule=_extremum_rule,
    eval=_extremum_along(np.argmin),
    vjp=_selected_vjp,
    outputs=2,
    grad_name="MinBackward0",
)


def _arg_eval(function):
    def find(x, /, dim, keepdim):
        if dim is None:
            flat = function(x.reshape(-1))
            return np.asarray(flat).reshape((1,) * x.ndim if keepdim else ())
        if x.ndim == 0:
            return np.zeros((), np.int64)
        return function(x, axis=dim, keepdims=keepdim)

    return find


def _arg_rule(x, dim, keepdim):
    dims = tuple(range(len(x.shape))) if dim is None else (dim,) if x.shape else ()
    return reduced_shape(x.shape, dims, keepdim), dt.int64


argmax = Op("argmax", rule=_arg_rule, eval=_arg_eval(np.ndarray.argmax))
argmin = Op("argmin", rule=_arg_rule, eval=_arg_eval(np.ndarray.argmin))

all = Op(  # noqa: A001
    "all",
    rule=lambda x, dims, keepdim: (
        reduced_shape(x.shape, dims, keepdim),
        dt.uint8 if x.dtype is dt.uint8 else dt.bool_,
    ),
    eval=lambda x, /, dims, keepdim: np.logical_and.reduce(x, axis=dims, keepdims=keepdim),
)
any = Op(  # noqa: A001
    "any",
    rule=lambda x, dims, keepdim: (
        reduced_shape(x.shape, dims, keepdim),
        dt.uint8 if x.dtype is dt.uint8 else dt.bool_,
    ),
    eval=lambda x, /, dims, keepdim: np.logical_or.reduce(x, axis=dims, keepdims=keepdim),
)
count_nonzero = Op(
    "count_nonzero",
    rule=lambda x, dims: (reduced_shape(x.shape, dims, False), dt.int64),
    eval=lambda x, /, dims: np.count_nonzero(x, axis=dims),
)


def _aminmax_vjp(g, x, out, dims, keepdim):
    made = None
    for one, extremum in zip(g, out):
        if one is not None:
            part = shared_by_mask(one, x, extremum, dims, keepdim)
            made = part if made is None else made + part
    return made


aminmax = Op(
    "aminmax",
    rule=lambda x, dims, keepdim: [_same(x, dims, keepdim)] * 2,
    eval=lambda x, /, dims, keepdim: (
        np.minimum.reduce(x, axis=dims, keepdims=keepdim),
        np.maximum.reduce(x, axis=dims, keepdims=keepdim),
    ),
    vjp=_aminmax_vjp,
    outputs=2,
    undefined_grads=True,
)

# The sum where NaN counts as zero.
nansum = Op(
    "nansum",
    rule=lambda x, dims, keepdim, kind: (reduced_shape(x.shape, dims, keepdim), kind),
    eval=lambda x, /, dims, keepdim, kind: _sum_eval(
        np.where(x == x, x, x.dtype.type(0)), dims, keepdim, kind
    ),
    vjp=lambda g, x, dims, keepdim: where(isnan(x), 0.0, expand_reduced(g, x.shape, dims, keepdim)),
)


def _logsumexp_eval(x, /, dims, keepdim):
    x = wide(x)
    if x.size == 0:
        return np.log(np.sum(np.exp(x), axis=dims, keepdims=keepdim))
    top = np.max(x.real, axis=dims, keepdims=True)
    top = np.where(np.isfinite(top), top, x.real.dtype.type(0))
    total = np.log(np.sum(np.exp(x - top), axis=dims, keepdims=True)) + top
    return total if keepdim else total.reshape(reduced_shape(x.shape, dims, False))


def _logsumexp_vjp(g, x, out, dims, keepdim):
    shape = x.shape
    weight = EXP_DIFFERENCE(x, expand_reduced(out, shape, dims, keepdim))
    return expand_reduced(g, shape, dims, keepdim) * conj(weight)


EXP_DIFFERENCE = Op(
    "exp_difference",
    rule=lambda a, b: (a.shape, a.dtype),
    eval=lambda a, b, /: np.exp(wide(a) - wide(b)),
    vjp=(lambda g, out: g * conj(out), lambda g, out: -(g * conj(out))),
)

logsumexp = Op("logsumexp", rule=_same, eval=_logsumexp_eval, vjp=_logsumexp_vjp)


def _sum_to_eval(x, /, shape):
    lead = x.ndim - len(shape)
    dims = tuple(i for i, n in enumerate(shape) if n == 1 and x.shape[lead + i] != 1)
    axes = tuple(range(lead)) + tuple(lead + d for d in dims)
    accumulate = np.float32 if x.dtype in LOW else x.dtype
    return np.sum(x, axis=axes, dtype=accumulate).reshape(shape)


_SUM_TO = Op(
    "sum_to_size",
    rule=lambda x, shape: (shape, x.dtype),
    eval=_sum_to_eval,
    vjp=lambda g, x_shape: expand(g, x_shape),
    grad_name="SumBackward1",
)


def sum_to(g, shape: tuple[int, ...]):
    """Sums a broadcast result's gradient back to the shape that was broadcast."""
    return g if tuple(g.shape) == tuple(shape) else _SUM_TO(g, tuple(shape))


def accept_grad(g, shape: tuple[int, ...], kind: dt.dtype):
    """A gradient as the node that receives it must have it: its shape and dtype."""
    if tuple(g.shape) != shape:
        g = _SUM_TO(g, shape)
    if g.dtype is not kind:
        g = cast(g, kind)
    return g
