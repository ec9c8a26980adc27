"""Scripting and tracing: the same values as the Python source, and what is refused."""

from __future__ import annotations

import io
import warnings
from typing import Any

import pytest

import loxley
import loxley as torch
from loxley import nn
from loxley.nn import functional as F
from tests.jit.loading import assert_same, inputs, programs

OURS = programs(loxley)


@pytest.mark.parametrize("name", OURS.CASES)
def test_scripts_give_what_their_source_gives(name: str) -> None:
    make, shapes = OURS.CASES[name]
    module = make().eval()
    made = torch.jit.script(module)
    given = [torch.tensor(one) for one in inputs(shapes)]
    if name not in OURS.CONTROL:
        assert_same(module(*given), made(*given))
    assert made.state_dict().keys() == module.state_dict().keys()
    assert all(a is b for a, b in zip(made.parameters(), module.parameters(), strict=True))
    file = io.BytesIO()
    torch.jit.save(made, file)
    file.seek(0)
    assert_same(torch.jit.load(file)(*given), made(*given))


@pytest.mark.parametrize("name", [one for one in OURS.CASES if one not in OURS.CONTROL])
def test_traces_give_what_their_source_gives(name: str) -> None:
    make, shapes = OURS.CASES[name]
    module = make().eval()
    given = [torch.tensor(one) for one in inputs(shapes)]
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        made = torch.jit.trace(module, tuple(given))
    more = [torch.tensor(one) for one in inputs(shapes, seed=1)]
    assert_same(module(*more), made(*more))


def branching(x, n: int = 3):
    total = torch.zeros_like(x)
    for i in range(n):
        if i % 2 == 0:
            total += x * i
        else:
            total = total - 1
    while bool(total.sum() > 100.0):
        total = total / 2
    return F.relu(total), [i * 2 for i in range(n)]


def test_control_flow_of_functions_is_kept() -> None:
    made = torch.jit.script(branching)
    for scale in (1.0, 50.0):
        assert_same(branching(torch.full((4,), scale), 5), made(torch.full((4,), scale), 5))
    assert made.name == "branching"
    assert "for i in range(n)" in made.code


def test_gradients_flow_through_scripts() -> None:
    x = torch.tensor([1.0, 2.0], requires_grad=True)
    torch.jit.script(branching)(x, 3)[0].sum().backward()
    expected = torch.tensor([1.0, 2.0], requires_grad=True)
    branching(expected, 3)[0].sum().backward()
    assert_same(x.grad, expected.grad)


def test_a_trace_freezes_branches_and_keeps_sizes_open() -> None:
    def function(x):
        y = x.view(x.size(0) * x.shape[1], -1)
        return y + 1 if x.sum() > 0 else y - 1

    with pytest.warns(torch.jit.TracerWarning, match="Python boolean"):
        made = torch.jit.trace(function, torch.ones(2, 3, 4))
    assert_same(made(-torch.ones(3, 2, 5)), -torch.ones(3, 2, 5).view(6, 5) + 1)


def test_a_trace_refuses_what_it_cannot_hold() -> None:
    weight = torch.ones(2, requires_grad=True)
    with pytest.raises(RuntimeError, match="requires grad as a constant"):
        torch.jit.trace(lambda x: x * weight, torch.ones(2))
    with pytest.raises(RuntimeError, match="cannot be traced"):
        torch.jit.trace(lambda x, n: x * n, (torch.ones(2), 3))
    with pytest.raises(RuntimeError, match="dictionary at the output"):
        torch.jit.trace(lambda x: {"a": x}, torch.ones(2))


def variadic(*values):
    return values


def trying(x):
    try:
        return x
    except ValueError:
        return x


def unknown(x):
    return nothing_of_that_name(x)  # noqa: F821


def capturing(x):
    return (lambda y: y)(x)


@pytest.mark.parametrize(
    ("function", "told"),
    [
        (variadic, "can't take variable number of arguments"),
        (trying, "try blocks aren't supported"),
        (unknown, "undefined value nothing_of_that_name"),
        (capturing, "aren't supported"),
    ],
)
def test_source_outside_of_the_subset_is_refused(function: Any, told: str) -> None:
    with pytest.raises(RuntimeError, match=told):
        torch.jit.script(function)


class Marked(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.scale = 2.0

    @torch.jit.ignore
    def python_only(self, x):
        return x + self.scale

    @torch.jit.unused
    def never(self, x):
        raise ValueError

    @torch.jit.export
    def also(self, x):
        return x * self.scale

    def forward(self, x, fail: bool = False):
        if torch.jit.is_scripting():
            x = x + 1
        else:
            x = anything_at_all(x)  # noqa: F821
        if fail:
            return self.never(x)
        return self.python_only(x)


def test_marked_methods() -> None:
    made = torch.jit.script(Marked())
    assert_same(made(torch.ones(1)), torch.tensor([4.0]))
    assert_same(made.also(torch.ones(1)), torch.tensor([2.0]))
    with pytest.raises(torch.jit.Error):
        made(torch.ones(1), True)
    with pytest.raises(RuntimeError, match="Could not export Python function call"):
        torch.jit.save(made, io.BytesIO())


def test_freezing_needs_evaluation_and_leaves_no_parameters() -> None:
    made = torch.jit.script(nn.Sequential(nn.Linear(2, 2), nn.BatchNorm1d(2)))
    with pytest.raises(RuntimeError, match="eval mode"):
        torch.jit.freeze(made)
    frozen = torch.jit.freeze(made.eval())
    assert not list(frozen.parameters())
    assert_same(frozen(torch.ones(3, 2)), made(torch.ones(3, 2)))
    with pytest.raises(RuntimeError, match="expects a ScriptModule"):
        torch.jit.freeze(nn.Linear(2, 2))


def test_scripted_modules_print_their_classes() -> None:
    made = torch.jit.script(nn.Sequential(nn.Linear(2, 2)))
    assert repr(made) == (
        "RecursiveScriptModule(\n  original_name=Sequential\n"
        "  (0): RecursiveScriptModule(original_name=Linear)\n)"
    )
