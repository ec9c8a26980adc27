"""`embedding_bag`: rows of a table reduced bag by bag."""

from __future__ import annotations

import numpy as np

from ..ir.graph import Op
from .family import wide
from .nn_embedding import rows_added


def _bags(indices, starts, padding):
    """The bag of every index, and which indices count."""
    sizes = np.diff(starts)
    bags = np.repeat(np.arange(len(sizes)), sizes)
    return bags, indices[: len(bags)] != padding


def _counts(bags, keep, count):
    return np.bincount(bags[keep], minlength=count)


def _eval(weight, indices, scales, /, starts, mode, padding, by_frequency):
    bags, keep = _bags(indices, starts, padding)
    count = len(starts) - 1
    rows = wide(weight)[indices[: len(bags)][keep]]
    if mode == "max":
        return _maxima(rows, bags[keep], count)[0]
    if scales is not None:
        rows = rows * wide(scales)[: len(bags)][keep][:, None]
    made = rows_added(rows, bags[keep], count)
    if mode == "mean":
        made /= np.maximum(_counts(bags, keep, count), 1)[:, None].astype(made.dtype)
    return made


def _maxima(rows, bags, count):
    """The maxima of every bag, and for each the place among `rows` it came from (-1: none)."""
    made = np.zeros((count, rows.shape[1]), rows.dtype)
    places = np.full(made.shape, -1, np.int64)
    for i, (bag, row) in enumerate(zip(bags, rows)):
        better = (places[bag] < 0) | (row > made[bag])
        made[bag] = np.where(better, row, made[bag])
        places[bag] = np.where(better, i, places[bag])
    return made, places


def _weight_backward(dy, weight, indices, scales, /, starts, mode, padding, by_frequency):
    bags, keep = _bags(indices, starts, padding)
    count = len(starts) - 1
    picked = indices[: len(bags)][keep]
    dy = wide(dy)
    if mode == "max":
        _, places = _maxima(wide(weight)[picked], bags[keep], count)
        made = np.zeros(weight.shape, dy.dtype)
        bag, column = np.nonzero(places >= 0)
        np.add.at(made, (picked[places[bag, column]], column), dy[bag, column])
        return made
    rows = dy[bags[keep]]
    if mode == "mean":
        rows = rows / np.maximum(_counts(bags, keep, count), 1)[bags[keep], None].astype(dy.dtype)
    if scales is not None:
        rows = rows * wide(scales)[: len(bags)][keep][:, None]
    if by_frequency:
        frequency = np.bincount(picked, minlength=weight.shape[0])
        rows = rows / frequency[picked][:, None].astype(dy.dtype)
    return rows_added(rows, picked, weight.shape[0])


def _scales_backward(dy, weight, indices, /, starts, padding):
    bags, keep = _bags(indices, starts, padding)
    made = np.zeros(indices.shape, wide(dy).dtype)
    picked = indices[: len(bags)]
    dots = np.einsum("ij,ij->i", wide(dy)[bags], wide(weight)[picked])
    made[: len(bags)] = np.where(keep, dots, 0)
    return made


weight_backward = Op(
    "embedding_bag_backward",
    rule=lambda dy, weight, indices, scales, *_: (weight.shape, weight.dtype),
    eval=_weight_backward,
)
scales_backward = Op(
    "embedding_bag_per_sample_weights_backward",
    rule=lambda dy, weight, indices, starts, padding: (indices.shape, dy.dtype),
    eval=_scales_backward,
)
# (V, D) rows at flat indices, bags from starts[i] to starts[i + 1]: (bags, D)
embedding_bag = Op(
    "embedding_bag",
    rule=lambda weight, indices, scales, starts, mode, padding, by_frequency: (
        (len(starts) - 1, weight.shape[1]),
        weight.dtype,
    ),
    eval=_eval,
    vjp=(
        lambda g, weight, indices, scales, starts, mode, padding, by_frequency: weight_backward(
            g, weight, indices, scales, starts, mode, padding, by_frequency
        ),
        None,
        lambda g, weight, indices, starts, padding: scales_backward(
            g, weight, indices, starts, padding
        ),
    ),
)
