"""Subclasses and modes that take over the public functions (`__torch_function__`)."""

from __future__ import annotations

from typing import Any

import pytest

import loxley as torch
from loxley import overrides


class Told(torch.Tensor):
    """Notes what is done with it."""

    calls: list[str] = []

    @classmethod
    def __torch_function__(cls, func: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
        cls.calls.append(func.__name__)
        return super().__torch_function__(func, types, args, kwargs or {})


class Shout:
    """No tensor, but means something to `mean` and `add`."""

    @classmethod
    def __torch_function__(cls, func: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
        return f"{func.__name__}!" if func in (torch.mean, torch.Tensor.add) else NotImplemented


def test_results_are_of_the_subclass() -> None:
    class Mine(torch.Tensor):
        pass

    t = torch.ones(2).as_subclass(Mine)
    made = (t + 1, 1 - t, t.sum(), torch.relu(t), torch.stack([t, torch.ones(2)]), t.T, t[0])
    assert all(type(one) is Mine for one in made)
    assert type(t.max(0).values) is Mine and type(t.shape) is torch.Size
    assert repr(t + 1) == "Mine([2., 2.])"
    with torch.DisableTorchFunctionSubclass():
        assert type(t + 1) is torch.Tensor
    assert type(torch.nn.Parameter(torch.ones(2)) + 1) is torch.Tensor


def test_what_a_subclass_is_told() -> None:
    t = torch.ones(2, 2).as_subclass(Told)
    Told.calls.clear()
    t + 1
    2 * t
    torch.add(t, 1, alpha=2)
    torch.nn.functional.linear(t, torch.ones(3, 2))
    t.shape  # noqa: B018
    t *= 2
    float(t.sum())
    wanted = "add mul add linear __get__ mul_ sum __float__"
    assert Told.calls == wanted.split()


def test_any_class_may_take_part() -> None:
    assert torch.mean(Shout()) == "mean!"
    assert torch.ones(1) + Shout() == "add!"
    with pytest.raises(TypeError, match="Multiple dispatch failed for 'torch.sum'; all __torch"):
        torch.sum(Shout())
    assert overrides.has_torch_function((Shout(),)) and overrides.is_tensor_like(Shout())
    assert not overrides.has_torch_function((torch.ones(1), torch.nn.Parameter(torch.ones(1))))


def test_modes_see_every_call() -> None:
    seen: list[str] = []

    class Mode(overrides.TorchFunctionMode):
        def __torch_function__(self, func: Any, types: Any, args: Any = (), kwargs: Any = None):
            seen.append(func.__name__)
            return func(*args, **(kwargs or {}))

    with Mode():
        torch.zeros(3) + torch.tensor([1.0])
        torch.nn.functional.relu(torch.ones(1))
    torch.zeros(3)
    assert seen == "zeros tensor add ones relu".split()


def test_gradients_flow_through_subclasses() -> None:
    a = torch.ones(2, requires_grad=True)
    (a.as_subclass(Told) * 2).sum().backward()
    assert a.grad.tolist() == [2.0, 2.0]
