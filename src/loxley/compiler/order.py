"""In which order the steps of a plan run.

In: fused steps, each with the steps that it needs.  Out: the same steps, what is needed first, as
the program recorded them: a gradient is taken as soon as it can be, and what it was taken from dies
there.  Elementwise groups that nobody wants are put off until a step needs them, so that a mask or
a cast that only the backward pass reads does not lie in memory from the forward pass on.
"""

from __future__ import annotations

from .fuse import Fused, Group, Single, Step
from .nodes import Node


def arrange(fused: Fused, wanted: set[Node]) -> None:
    """Puts `fused.steps` in order."""
    recorded = {step: _recorded(step) for step in fused.steps}
    steps: dict[Step, None] = {}
    for step in sorted(recorded, key=recorded.__getitem__):
        if not _may_wait(step, wanted):
            _visit(step, steps, recorded)
    fused.steps = list(steps)


def _visit(step: Step, steps: dict[Step, None], recorded: dict[Step, tuple]) -> None:
    """Appends a step and before it what it needs."""
    stack: list[tuple[Step, bool]] = [(step, False)]
    while stack:
        current, ready = stack.pop()
        if current in steps:
            continue
        if ready:
            steps[current] = None
            continue
        stack.append((current, True))
        needs = [n for n in current.needs if n not in steps]
        needs.sort(key=recorded.__getitem__, reverse=True)
        stack += [(n, False) for n in needs]


def _may_wait(step: Step, wanted: set[Node]) -> bool:
    return (
        isinstance(step, Group)
        and not step.reduced
        and all(n.what == "map" and n not in wanted for n in step.nodes)
    )


def _recorded(step: Step) -> tuple[int, int, int]:
    """When the last of what a step computes was recorded.

    What a group does with its sums (the update of a bias by its gradient) does not count: its
    large arguments die where the sums are taken.
    """
    nodes = (step.node,) if isinstance(step, Single) else step.nodes
    large = nodes
    if isinstance(step, Group) and step.reduced:
        large = [n for n in nodes if n.what == "reduce" or n not in step.rows]
    latest = max(n.origin for n in nodes)
    return max(n.origin for n in large), latest, max(n.index for n in nodes)
