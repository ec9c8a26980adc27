"""`embedding`: rows of a table by index, and the table's gradient."""

from __future__ import annotations

import numpy as np

from ..ir.graph import Op
from .family import LOW
from .movement import unsqueeze
from .reduce import wide


def rows_added(rows: np.ndarray, places: np.ndarray, count: int) -> np.ndarray:
    """A table of `count` rows into which `rows[i]` was added at `places[i]`, in order of i.

    Sorting the places first makes the sums deterministic and ten times as fast as `np.add.at`.
    """
    rows = wide(rows)
    table = np.zeros((count, rows.shape[1]), rows.dtype)
    if not len(places):
        return table
    order = np.argsort(places, kind="stable")
    sorted_places = places[order]
    starts = np.flatnonzero(np.diff(sorted_places, prepend=sorted_places[0] - 1))
    if len(starts) == len(places):
        table[places] = rows
    else:
        table[sorted_places[starts]] = np.add.reduceat(rows[order], starts, axis=0)
    return table


def _backward_eval(dy, indices, /, count, padding, by_frequency):
    places = indices.reshape(-1)
    rows = wide(dy).reshape(len(places), dy.shape[-1])
    if by_frequency:
        often = np.bincount(places, minlength=count)
        rows = rows / often[places].astype(rows.dtype)[:, None]
    if padding >= 0:
        keep = places != padding
        places, rows = places[keep], rows[keep]
    return rows_added(rows, places, count)


def _frequency_eval(indices, /, count, kind):
    return 1 / np.bincount(indices.reshape(-1), minlength=count)[indices].astype(kind.numpy)


# One over how often each index occurs.
inverse_frequency = Op(
    "inverse_frequency",
    rule=lambda indices, count, kind: (indices.shape, kind),
    eval=_frequency_eval,
)


def _select_rows(g, indices, count, padding, by_frequency):
    made = embedding(g, indices, padding, False)
    if by_frequency:
        made = made * unsqueeze(inverse_frequency(indices, count, g.dtype), len(indices.shape))
    return made if padding < 0 else zero_padding(made, indices, padding)


# The rows of a gradient of a gradient at the padding index are zero.
zero_padding = Op(
    "zero_padding",
    rule=lambda x, indices, padding: (x.shape, x.dtype),
    eval=lambda x, indices, /, padding: np.where((indices != padding)[..., None], x, 0),
    vjp=(lambda g, indices, padding: zero_padding(g, indices, padding), None),
)
embedding_backward = Op(
    "embedding_dense_backward",
    rule=lambda dy, indices, count, padding, by_frequency: ((count, dy.shape[-1]), dy.dtype),
    eval=_backward_eval,
    vjp=(
        lambda g, indices, count, padding, by_frequency: _select_rows(
            g, indices, count, padding, by_frequency
        ),
        None,
    ),
)
# (V, D), (*) -> (*, D); rows at `padding` (-1: none) get no gradient
embedding = Op(
    "embedding",
    rule=lambda weight, indices, padding, by_frequency: (
        indices.shape + weight.shape[1:],
        weight.dtype,
    ),
    eval=lambda weight, indices, /, padding, by_frequency: weight[indices],
    vjp=(
        lambda g, indices, weight_shape, padding, by_frequency: embedding_backward(
            g, indices, weight_shape[0], padding, by_frequency
        ),
        None,
    ),
)


def _renorm_eval(weight, rows, /, limit, order):
    made = np.array(weight, order="C")
    picked = wide(made[rows])
    norms = np.linalg.norm(picked, order, axis=1)
    kept = weight.dtype if weight.dtype in LOW else norms.dtype  # PyTorch rounds norm and factor
    norms = norms.astype(kept).astype(np.float64)
    scale = np.where(norms > limit, limit / (norms + 1e-7), 1).astype(kept).astype(norms.dtype)
    made[rows] = picked * scale[:, None].astype(picked.dtype)
    return made


# A table whose given rows have at most a norm of `limit`.
renorm = Op(
    "embedding_renorm",
    rule=lambda weight, rows, limit, order: (weight.shape, weight.dtype),
    eval=_renorm_eval,
)
