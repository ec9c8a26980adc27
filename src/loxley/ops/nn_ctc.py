"""Connectionist temporal classification: the loss of an unaligned sequence.

Source: Graves et al., "Connectionist Temporal Classification", ICML 2006;
https://docs.pytorch.org/docs/stable/generated/torch.nn.functional.ctc_loss.html
"""

from __future__ import annotations

import numpy as np

from ..ir.graph import Op


def _extended(target: np.ndarray, blank: int) -> np.ndarray:
    """The target with blanks before, between and after its labels."""
    made = np.full(2 * len(target) + 1, blank, np.int64)
    made[1::2] = target
    return made


def _may_skip(labels: np.ndarray, blank: int) -> np.ndarray:
    """Where a path may jump over the blank before a label."""
    skip = np.zeros(len(labels), np.bool_)
    skip[2:] = (labels[2:] != blank) & (labels[2:] != labels[:-2])
    return skip


def _alphas(lp: np.ndarray, labels: np.ndarray, blank: int) -> np.ndarray:
    """log of the probability of each prefix, (T, 2S + 1)."""
    skip = _may_skip(labels, blank)
    made = np.full((len(lp), len(labels)), -np.inf, lp.dtype)
    made[0, 0] = lp[0, blank]
    if len(labels) > 1:
        made[0, 1] = lp[0, labels[1]]
    for t in range(1, len(lp)):
        before = made[t - 1]
        total = before.copy()
        total[1:] = np.logaddexp(total[1:], before[:-1])
        jumped = np.full_like(before, -np.inf)
        jumped[2:] = before[:-2]
        total = np.where(skip, np.logaddexp(total, jumped), total)
        made[t] = total + lp[t, labels]
    return made


def _loss_of(alpha: np.ndarray) -> float:
    if not len(alpha):
        return 0.0
    last = alpha[-1]
    return -(np.logaddexp(last[-1], last[-2]) if len(last) > 1 else last[-1])


def _eval(lp, targets, /, input_lengths, target_lengths, blank):
    made = np.zeros(lp.shape[1], lp.dtype)
    for b, (length, labels) in enumerate(_samples(targets, input_lengths, target_lengths, blank)):
        if length == 0:
            made[b] = 0.0 if len(labels) == 1 else np.inf
        else:
            made[b] = _loss_of(_alphas(lp[:length, b], labels, blank))
    return made


def _samples(targets, input_lengths, target_lengths, blank):
    start = 0
    for b, (length, count) in enumerate(zip(input_lengths, target_lengths)):
        if targets.ndim == 1:
            target = targets[start : start + count]
            start += count
        else:
            target = targets[b, :count]
        yield length, _extended(target, blank)


def _backward(dy, lp, targets, loss, /, input_lengths, target_lengths, blank, zero_infinity):
    made = np.zeros_like(lp)
    for b, (length, labels) in enumerate(_samples(targets, input_lengths, target_lengths, blank)):
        if zero_infinity and np.isinf(loss[b]) or length == 0:
            continue
        rows = lp[:length, b]
        alpha = _alphas(rows, labels, blank)
        beta = _alphas(rows[::-1], labels[::-1], blank)[::-1, ::-1]
        both = alpha + beta
        total = np.full(rows.shape, -np.inf, lp.dtype)
        for s, label in enumerate(labels):
            total[:, label] = np.logaddexp(total[:, label], both[:, s])
        made[:length, b] = dy[b] * (np.exp(rows) - np.exp(total + loss[b] - rows))
    return made


ctc_loss_backward = Op(
    "ctc_loss_backward",
    rule=lambda dy, lp, targets, loss, *_: (lp.shape, lp.dtype),
    eval=_backward,
)
# (T, N, C) log-probabilities -> (N) losses
ctc_loss = Op(
    "ctc_loss",
    rule=lambda lp, targets, input_lengths, target_lengths, blank, zero_infinity: (
        (lp.shape[1],),
        lp.dtype,
    ),
    eval=lambda lp, targets, /, input_lengths, target_lengths, blank, zero_infinity: _eval(
        lp, targets, input_lengths, target_lengths, blank
    ),
    vjp=(
        lambda g, lp, targets, out, input_lengths, target_lengths, blank, zero_infinity: (
            ctc_loss_backward(
                g, lp, targets, out, input_lengths, target_lengths, blank, zero_infinity
            )
        ),
        None,
    ),
)
