"""Functions traced into graphs, changed, and run again."""

from __future__ import annotations

import copy
import operator
import pickle

import pytest

import loxley as torch
from loxley import fx


def f(x, w):
    return torch.relu(x + w).sum(dim=-1) * 2


CODE = """


def forward(self, x, w):
    add = x + w;  x = w = None
    relu = torch.relu(add);  add = None
    sum_1 = relu.sum(dim = -1);  relu = None
    mul = sum_1 * 2;  sum_1 = None
    return mul
    """
GRAPH = """graph():
    %x : [num_users=1] = placeholder[target=x]
    %w : [num_users=1] = placeholder[target=w]
    %add : [num_users=1] = call_function[target=operator.add](args = (%x, %w), kwargs = {})
    %relu : [num_users=1] = call_function[target=torch.relu](args = (%add,), kwargs = {})
    %sum_1 : [num_users=1] = call_method[target=sum](args = (%relu,), kwargs = {dim: -1})
    %mul : [num_users=1] = call_function[target=operator.mul](args = (%sum_1, 2), kwargs = {})
    return mul"""


def test_code_and_graph_are_printed_as_pytorch_does() -> None:
    gm = fx.symbolic_trace(f)
    assert gm.code == CODE and str(gm.graph) == GRAPH
    assert gm(torch.ones(2), torch.ones(2)).item() == 8
    gm.graph.lint()


def test_a_changed_graph_runs_changed() -> None:
    gm = fx.symbolic_trace(f)
    for node in gm.graph.nodes:
        if node.target is operator.mul:
            with gm.graph.inserting_after(node):
                new = gm.graph.call_function(operator.sub, node.args)
            node.replace_all_uses_with(new)
            gm.graph.erase_node(node)
    gm.recompile()
    assert gm(torch.ones(2), torch.ones(2)).item() == 2


def test_patterns_are_replaced() -> None:
    gm = fx.symbolic_trace(f)
    found = fx.replace_pattern(gm, lambda a, b: torch.relu(a + b), lambda a, b: a * b)
    assert len(found) == 1 and "relu" not in gm.code
    assert gm(torch.ones(2), torch.full((2,), 3.0)).item() == 12


def test_copies_and_pickles_compute_the_same() -> None:
    gm = fx.symbolic_trace(torch.nn.Sequential(torch.nn.Linear(2, 3), torch.nn.ReLU()))
    x = torch.ones(1, 2)
    for other in (copy.deepcopy(gm), pickle.loads(pickle.dumps(gm))):
        assert other(x).tolist() == gm(x).tolist() and other.code == gm.code


def test_what_cannot_be_traced_is_said() -> None:
    with pytest.raises(fx.proxy.TraceError, match="inputs to control flow"):
        fx.symbolic_trace(lambda x: x if x.sum() > 0 else -x)
    with pytest.raises(RuntimeError, match="'len' is not supported in symbolic tracing"):
        fx.symbolic_trace(lambda x: len(x))


def test_tables_are_printed(capsys: pytest.CaptureFixture) -> None:
    fx.symbolic_trace(lambda x: x + 1).graph.print_tabular()
    assert (
        capsys.readouterr().out.splitlines()[0].split() == "opcode name target args kwargs".split()
    )
