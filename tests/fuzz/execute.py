"""Run one program on PyTorch and on the target and find where they part.

In: a program (`tests.fuzz.programs`). Out: a `Failure`, or None. After each statement everything
that can be seen without computing is compared: shapes, strides, offsets, dtypes, versions, leaf and
gradient flags, names of grad_fn, which tensors share memory, exceptions. Values are compared where
the program reads and at its end, so that the comparison itself forces nothing earlier.
"""

from __future__ import annotations

import functools
import warnings
from collections.abc import Callable
from dataclasses import dataclass
from types import CodeType, ModuleType
from typing import Any

import numpy as np
import torch

from tests.bridge import Bridge

Space = dict[str, Any]


@dataclass(frozen=True)
class Failure:
    """Statement number, what was compared, and both sides' answers."""

    line: int
    what: str
    expected: str
    actual: str

    def __str__(self) -> str:
        return f"after line {self.line}: {self.what}: expected {self.expected}, got {self.actual}"


@functools.lru_cache(maxsize=4096)
def _compiled(line: str) -> CodeType:
    return compile(line, "<program>", "exec")


def _run(line: str, space: Space) -> Exception | None:
    try:
        exec(_compiled(line), space)
    except Exception as error:
        return error
    return None


def _storage(tensor: Any) -> int:
    """An identity of the memory that a tensor lives in."""
    if isinstance(tensor, torch.Tensor):
        return tensor.untyped_storage()._cdata
    return id(tensor._storage)


def _steps(tensor: Any) -> tuple[int, ...] | None:
    """The strides that say anything: not those of one element, nor of none."""
    if 0 in tensor.shape:
        return None
    return tuple(step for step, size in zip(tensor.stride(), tensor.shape) if size > 1)


_FACTS: dict[str, Callable[[Any], Any]] = {
    "dtype": lambda tensor: str(tensor.dtype),
    "shape": lambda tensor: tuple(tensor.shape),
    "stride": lambda tensor: _steps(tensor),
    "storage_offset": lambda tensor: tensor.storage_offset() if tensor.numel() else None,
    "_version": lambda tensor: tensor._version,
    "is_leaf": lambda tensor: tensor.is_leaf,
    "requires_grad": lambda tensor: tensor.requires_grad,
    "grad_fn": lambda tensor: None if tensor.grad_fn is None else type(tensor.grad_fn).__name__,
}


def _fact(tensor: Any, name: str) -> Any:
    """One thing that a tensor shows without being computed, or its refusal to show it."""
    try:
        return _FACTS[name](tensor)
    except RuntimeError as error:
        return _message(error)


# What is wrong with a tensor whatever is done to it. A statement may be wrong besides, and which of
# two faults is named first is nobody's promise.
_FAULTS_OF_STATE = (
    "unsupported operation: more than one element of the written-to tensor",
    "A view was created in no_grad mode and its base or another view",
    "is a view and its base or another view of its base has been modified",
)


def _message(error: Exception) -> str:
    return str(error).split("\n")[0].strip()


class Execution:
    """One program on both sides, side by side."""

    def __init__(self, target: ModuleType, *, messages: bool = True):
        self.bridge = Bridge(target)
        self.messages = messages
        self.here: Space = {"torch": torch}
        self.there: Space = {"torch": target}

    def run(self, lines: list[str]) -> Failure | None:
        """The first difference, or None."""
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            for number, line in enumerate(lines, 1):
                error, raised = _run(line, self.here), _run(line, self.there)
                failure = self._compare_errors(number, error, raised)
                if failure is None:
                    failure = self._compare_facts(number)
                if failure is None and "r" in line[:1] and error is None:
                    failure = self._compare_read(number, line.split(" ")[0])
                if failure:
                    return failure
                if error is not None and ("backward" in line or "autograd" in line):
                    return None  # how far a refused backward pass came is nobody's promise
            return self._compare_values(len(lines))

    def _compare_errors(
        self, line: int, error: Exception | None, raised: Exception | None
    ) -> Failure | None:
        if error is None and raised is None:
            return None
        expected = "no error" if error is None else f"{type(error).__name__}: {_message(error)}"
        actual = "no error" if raised is None else f"{type(raised).__name__}: {_message(raised)}"
        if error is None or raised is None:
            return Failure(line, "error", expected, actual)
        if any(fault in expected or fault in actual for fault in _FAULTS_OF_STATE):
            return None
        same_type = type(error).__name__ == type(raised).__name__
        if not same_type or (self.messages and expected != actual):
            return Failure(line, "error", expected, actual)
        return None

    def _tensors(self) -> list[tuple[str, Any, Any]]:
        found = []
        for name, value in self.here.items():
            if isinstance(value, torch.Tensor):
                found.append((name, value, self.there.get(name)))
        return found

    def _compare_facts(self, line: int) -> Failure | None:
        first_here: dict[int, str] = {}
        first_there: dict[int, str] = {}
        for name, here, there in self._tensors():
            if not self.bridge.is_tensor(there):
                return Failure(line, name, "a tensor", repr(type(there)))
            for fact in _FACTS:
                expected, actual = _fact(here, fact), _fact(there, fact)
                if expected != actual:
                    return Failure(line, f"{name}.{fact}", str(expected), str(actual))
            owner = first_here.setdefault(_storage(here), name)
            other = first_there.setdefault(_storage(there), name)
            if owner != other:
                return Failure(line, f"{name} shares memory with", owner, other)
        return None

    def _compare_read(self, line: int, name: str) -> Failure | None:
        here, there = self.here[name], self.there[name]
        if type(here) is not type(there):
            return Failure(line, name, repr(here), repr(there))
        same = here == there if isinstance(here, str) else _same_numbers(here, there)
        return None if same else Failure(line, name, repr(here), repr(there))

    def _compare_values(self, line: int) -> Failure | None:
        for name, here, there in self._tensors():
            failure = self._compare_tensor(line, name, here, there)
            if failure:
                return failure
            if _fact(here, "is_leaf") is not True and not here.retains_grad:
                continue
            grads = here.grad, there.grad
            if grads[0] is None or grads[1] is None:
                if grads[0] is not grads[1]:
                    return Failure(line, f"{name}.grad", str(grads[0]), str(grads[1]))
                continue
            failure = self._compare_tensor(line, f"{name}.grad", *grads)
            if failure:
                return failure
        return self._compare_arrays(line)

    def _compare_tensor(self, line: int, name: str, here: Any, there: Any) -> Failure | None:
        expected, actual = here.detach(), self.bridge.back(there)
        if expected.dtype != actual.dtype or expected.shape != actual.shape:
            return Failure(line, name, str(expected), str(actual))
        if not _same_values(expected, actual):
            return Failure(line, name, str(expected.tolist()), str(actual.tolist()))
        return None

    def _compare_arrays(self, line: int) -> Failure | None:
        for name, value in self.here.items():
            if isinstance(value, np.ndarray):
                other = self.there[name]
                same = value.dtype == other.dtype and np.array_equal(value, other, equal_nan=True)
                if not same:
                    return Failure(line, name, str(value.tolist()), str(other.tolist()))
        return None


def _same_values(expected: torch.Tensor, actual: torch.Tensor) -> bool:
    if torch.equal(expected, actual):
        return True
    if not expected.dtype.is_floating_point:
        return False
    expected, actual = expected.double(), actual.double()
    finite = expected[expected.isfinite()]
    scale = max(float(finite.abs().max()) if finite.numel() else 0.0, 100.0)
    return torch.allclose(actual, expected, rtol=1e-5, atol=1e-5 * scale, equal_nan=True)


def _same_numbers(expected: Any, actual: Any) -> bool:
    try:
        here = torch.tensor(expected, dtype=torch.float64)
        there = torch.tensor(actual, dtype=torch.float64)
    except (TypeError, ValueError):
        return expected == actual
    return here.shape == there.shape and _same_values(here, there)


def execute(lines: list[str], target: ModuleType, *, messages: bool = True) -> Failure | None:
    """Run a program on both sides."""
    return Execution(target, messages=messages).run(lines)
