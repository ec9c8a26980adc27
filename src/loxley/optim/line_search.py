"""A line search for the strong Wolfe conditions, by bracketing and cubic interpolation.

In: a function of the step length giving loss and gradient, and the start.  Out: the point found.
Source: Nocedal and Wright, Numerical Optimization, algorithms 3.5 and 3.6; Schmidt's minFunc.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from ..tensor import Tensor

_SUFFICIENT_DECREASE = 1e-4
_CURVATURE = 0.9
_SMALLEST_MOVE = 1e-9


@dataclass(frozen=True)
class Point:
    """A place on the line: step length, loss, gradient, and the slope along the line."""

    t: Any
    loss: float
    grad: Tensor
    slope: Any


def cubic_minimum(a: Point, b: Point, bounds: tuple | None = None) -> Any:
    """Where the cubic through both points and slopes has its minimum, kept within bounds."""
    if bounds is not None:
        low, high = bounds
    else:
        low, high = (a.t, b.t) if a.t <= b.t else (b.t, a.t)
    d1 = a.slope + b.slope - 3 * (a.loss - b.loss) / (a.t - b.t)
    square = d1**2 - a.slope * b.slope
    if not square >= 0:
        return (low + high) / 2.0
    d2 = square**0.5
    if a.t <= b.t:
        at = b.t - (b.t - a.t) * ((b.slope + d2 - d1) / (b.slope - a.slope + 2 * d2))
    else:
        at = a.t - (a.t - b.t) * ((a.slope + d2 - d1) / (a.slope - b.slope + 2 * d2))
    return min(max(at, low), high)


class StrongWolfe:
    """One search along `direction` from `start` (at t = 0); `run(t)` gives the point to take."""

    def __init__(
        self,
        evaluate: Callable[[Any], tuple[float, Tensor]],
        start: Point,
        direction: Tensor,
        most_steps: int,
    ) -> None:
        self._evaluate = evaluate
        self._start = start
        self._direction = direction
        self._most_steps = most_steps
        self._steps = 0
        self.evaluations = 0

    def _at(self, t: Any) -> Point:
        loss, grad = self._evaluate(t)
        self.evaluations += 1
        return Point(t, loss, grad.clone(), grad.dot(self._direction))

    def _too_high(self, p: Point) -> Any:
        start = self._start
        return p.loss > start.loss + _SUFFICIENT_DECREASE * p.t * start.slope

    def _flat_enough(self, p: Point) -> Any:
        return abs(p.slope) <= -_CURVATURE * self._start.slope

    def run(self, t: Any) -> Point:
        """Search, beginning with step length t."""
        bracket = self._bracket(t)
        return bracket[0] if len(bracket) == 1 else self._zoom(bracket)

    def _bracket(self, t: Any) -> list[Point]:
        """Two points around a good one, or the good one itself."""
        previous, point = self._start, self._at(t)
        while self._steps < self._most_steps:
            rising = self._steps > 1 and point.loss >= previous.loss
            if self._too_high(point) or rising:
                return [previous, point]
            if self._flat_enough(point):
                return [point]
            if point.slope >= 0:
                return [previous, point]
            bounds = (point.t + 0.01 * (point.t - previous.t), point.t * 10)
            t = cubic_minimum(previous, point, bounds)
            previous, point = point, self._at(t)
            self._steps += 1
        return [self._start, point]

    def _zoom(self, bracket: list[Point]) -> Point:
        """Narrow the bracket until a point in it is good, or no more is to be gained."""
        width_scale = self._direction.abs().max()
        low = 0 if bracket[0].loss <= bracket[1].loss else 1
        stuck = False
        while self._steps < self._most_steps:
            if abs(bracket[1].t - bracket[0].t) * width_scale < _SMALLEST_MOVE:
                break
            t, stuck = _inside(cubic_minimum(*bracket), bracket, stuck)
            point = self._at(t)
            self._steps += 1
            high = 1 - low
            if self._too_high(point) or point.loss >= bracket[low].loss:
                bracket[high] = point
                low = 0 if bracket[0].loss <= bracket[1].loss else 1
                continue
            done = self._flat_enough(point)
            if not done and point.slope * (bracket[high].t - bracket[low].t) >= 0:
                bracket[high] = bracket[low]
            bracket[low] = point
            if done:
                break
        return bracket[low]


def _inside(t: Any, bracket: list[Point], stuck: bool) -> tuple[Any, bool]:
    """Keep t a tenth of the bracket away from its ends if the last one was near an end as well."""
    lower, upper = min(p.t for p in bracket), max(p.t for p in bracket)
    margin = 0.1 * (upper - lower)
    if not min(upper - t, t - lower) < margin:
        return t, False
    if not (stuck or t >= upper or t <= lower):
        return t, True
    return (upper - margin if abs(t - upper) < abs(t - lower) else lower + margin), False
