"""The register of decompositions: operator name -> how it is made of primitives.

A rule is called as `rule(inputs, attrs, metas)`: nodes (None for an absent input; one list of
nodes for a variadic operator), the operator's attributes, and the (shape, kind) of each output.
It returns a node per output (a bare node for one), each of the shape and kind that its meta says.
`None` for the whole, or for the rule, means that NumPy carries the operator out.
"""

from __future__ import annotations

from collections.abc import Callable

RULES: dict[str, Callable] = {}


def rule(*names: str) -> Callable[[Callable], Callable]:
    """Registers a function as the decomposition of the operators of these names."""

    def register(function: Callable) -> Callable:
        for name in names:
            if name in RULES:
                raise ValueError(f"operator {name} is decomposed twice")
            RULES[name] = function
        return function

    return register
