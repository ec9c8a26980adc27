"""`replace_pattern`: where a graph does what a pattern does, a replacement is put.

Source: https://docs.pytorch.org/docs/stable/fx.html#torch.fx.replace_pattern
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple

from ..nn.modules.module import Module
from ._symbolic_trace import symbolic_trace
from .graph import Graph
from .graph_module import GraphModule
from .node import Node


class Match(NamedTuple):
    """One place where the pattern was found: the last node, and what stands for each of its."""

    anchor: Node
    nodes_map: dict[Node, Node]


def _traced(code: Callable | GraphModule | Module) -> Graph:
    return code.graph if isinstance(code, GraphModule) else symbolic_trace(code).graph


def _same_arguments(pattern: Any, actual: Any, found: dict[Node, Any]) -> bool:
    if isinstance(pattern, Node):
        return _matches(pattern, actual, found)
    if isinstance(pattern, (tuple, list)):
        same = isinstance(actual, (tuple, list)) and len(pattern) == len(actual)
        return same and all(_same_arguments(p, a, found) for p, a in zip(pattern, actual))
    if isinstance(pattern, dict):
        same = isinstance(actual, dict) and pattern.keys() == actual.keys()
        return same and all(_same_arguments(p, actual[k], found) for k, p in pattern.items())
    return type(pattern) is type(actual) and pattern == actual


def _matches(pattern: Node, actual: Any, found: dict[Node, Any]) -> bool:
    if pattern in found:
        return found[pattern] is actual
    if pattern.op == "placeholder":
        found[pattern] = actual
        return True
    if not isinstance(actual, Node) or (pattern.op, pattern.target) != (actual.op, actual.target):
        return False
    found[pattern] = actual
    return _same_arguments(pattern.args, actual.args, found) and _same_arguments(
        pattern.kwargs, actual.kwargs, found
    )


def _is_closed(found: dict[Node, Any], outputs: set[Node]) -> bool:
    """Whether nothing outside of the match reads what the replacement will not make."""
    inner = {a for p, a in found.items() if p.op != "placeholder" and isinstance(a, Node)}
    for pattern, actual in found.items():
        if pattern.op != "placeholder" and pattern not in outputs and isinstance(actual, Node):
            if any(user not in inner for user in actual.users):
                return False
    return True


def _found(graph: Graph, pattern: Graph) -> list[tuple[Node, dict[Node, Any]]]:
    result = pattern.output_node().args[0]
    if not isinstance(result, Node):
        raise NotImplementedError("torch.fx.replace_pattern: a pattern of several results")
    made: list[tuple[Node, dict[Node, Any]]] = []
    taken: set[Node] = set()
    for node in reversed(graph.nodes):
        found: dict[Node, Any] = {}
        if not _matches(result, node, found) or not _is_closed(found, {result}):
            continue
        inner = {a for p, a in found.items() if p.op != "placeholder" and isinstance(a, Node)}
        if not inner & taken:
            taken |= inner
            made.append((node, found))
    return made[::-1]


def replace_pattern(
    gm: GraphModule,
    pattern: Callable | GraphModule,
    replacement: Callable | GraphModule,
) -> list[Match]:
    """Changes the module where it does what `pattern` does; the places that were found.

    Matching is by operators, constants and wiring; values inside of a match may have no other
    reader. Source: torch.fx.replace_pattern.
    """
    sought, put = _traced(pattern), _traced(replacement)
    inputs = [n for n in sought.nodes if n.op == "placeholder"]
    new_inputs = [n for n in put.nodes if n.op == "placeholder"]
    if len(inputs) != len(new_inputs):
        raise AssertionError("pattern and replacement must have the same number of inputs")
    matches: list[Match] = []
    replaced: dict[Node, Any] = {}
    for anchor, found in _found(gm.graph, sought):
        values = [replaced.get(found[one], found[one]) for one in inputs]
        _replace(gm.graph, anchor, found, put, dict(zip(new_inputs, values)), replaced)
        matches.append(Match(anchor, found))
    gm.recompile()
    return matches


def _replace(
    graph: Graph,
    anchor: Node,
    found: dict[Node, Any],
    put: Graph,
    values: dict[Node, Any],
    replaced: dict[Node, Any],
) -> None:
    with graph.inserting_before(anchor):
        made = graph.graph_copy(put, values)
    anchor.replace_all_uses_with(made)
    replaced[anchor] = made
    for pattern, actual in reversed(list(_in_order(found))):
        if pattern.op != "placeholder" and not actual.users and not actual._erased:
            graph.erase_node(actual)


def _in_order(found: dict[Node, Any]) -> list[tuple[Node, Any]]:
    inner = {a: p for p, a in found.items() if isinstance(a, Node)}
    graph = next(iter(inner)).graph
    return [(inner[node], node) for node in graph.nodes if node in inner]
