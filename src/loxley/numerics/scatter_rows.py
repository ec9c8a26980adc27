"""Adding (or otherwise combining) rows into places given by an index, fast and in a fixed order.

In: a C-ordered `whole` of shape (outer, places, width), an index of n places, a source of shape
(outer, n, width).  Rows that meet in one place are combined one after the other in the index's
order, as a plain loop would, so results do not depend on how the work is cut.
"""

from __future__ import annotations

import numpy as np

_ROUNDS = 8  # places with at most so many rows are done in rounds, the others one place at a time
_NARROW = 16  # rows of fewer elements are added column by column


def add_rows(whole: np.ndarray, index: np.ndarray, source: np.ndarray) -> None:
    """whole[:, index[i]] += source[:, i] for each i."""
    if index.size == 0 or whole.size == 0:
        return
    if whole.shape[2] < _NARROW:
        for rows, parts in zip(whole, source):
            for column in range(whole.shape[2]):
                _add_elements(rows[:, column], index, np.ascontiguousarray(parts[:, column]))
        return
    groups = _grouped(index)
    for rows, parts in zip(whole, source):
        _add_groups(rows, parts, *groups)


def _add_groups(whole, source, order, places, starts, counts) -> None:
    """Rows of one matrix, grouped by place: few of a kind in rounds, many of a kind summed."""
    source = np.take(source, order, axis=0, mode="clip")
    many = counts > _ROUNDS
    few = ~many
    for i in range(int(counts[few].max(initial=0))):
        chosen = few & (counts > i)
        whole[places[chosen]] += source[starts[chosen] + i]
    for k in np.flatnonzero(many):
        start = starts[k]
        whole[places[k]] += np.add.reduce(
            source[start : start + counts[k]], axis=0, dtype=whole.dtype
        )


def _grouped(index: np.ndarray):
    """A stable order by place, the distinct places, where each begins and how often it occurs."""
    order = np.argsort(index, kind="stable")
    ordered = index[order]
    first = np.empty(len(ordered), bool)
    first[0] = True
    np.not_equal(ordered[1:], ordered[:-1], out=first[1:])
    starts = np.flatnonzero(first)
    return order, ordered[starts], starts, np.diff(np.append(starts, len(ordered)))


def _add_elements(flat: np.ndarray, index: np.ndarray, source: np.ndarray) -> None:
    if flat.dtype.kind == "c":
        _add_elements(flat.real, index, np.ascontiguousarray(source.real))
        _add_elements(flat.imag, index, np.ascontiguousarray(source.imag))
        return
    if flat.dtype.kind == "b":
        flat[index[source]] = True
        return
    np.add.at(flat, index, source)
