"""Random programs of views, in-place writes, reads and backward passes.

In: a seed. Out: a program: a list of Python statements, one a line, over the name `torch` and over
variables v1, v2, ... (tensors), n3, ... (NumPy arrays), r4, ... (values read). The generator runs
each statement on PyTorch as it goes, so that it knows shapes; a statement that PyTorch refuses is
kept now and then, because refusals have to agree too.
"""

from __future__ import annotations

import warnings
from collections.abc import Callable

import torch

from tests.fuzz.writing import Writing

MAX_VARIABLES = 14
MAX_ELEMENTS = 64
MAX_DIMENSIONS = 4
LIMIT = 1000.0  # larger numbers would make rounding visible
KEEP_REFUSED = 0.25


class ProgramGenerator(Writing):
    """Grows one program statement by statement."""

    def generate(self, length: int) -> list[str]:
        """A program of about `length` statements."""
        for _ in range(self.random.randint(1, 3)):
            self._attempt(self._create())
        kinds, weights = zip(*self._kinds())
        tries = 0
        while len(self.lines) < length and tries < 10 * length:
            tries += 1
            line = self.random.choices(kinds, weights)[0]()
            if line:
                self._attempt(line)
        return self.lines

    def _kinds(self) -> list[tuple[Callable[[], str | None], int]]:
        return [
            (self._create, 6),
            (self._view, 30),
            (self._several_views, 5),
            (self._pure, 18),
            (self._inplace, 22),
            (self._assign_items, 10),
            (self._scatter, 5),
            (self._out, 5),
            (self._read, 8),
            (self._numpy, 3),
            (self._modes, 6),
            (self._leaf_changes, 5),
            (self._backward, 12),
            (self._gradients, 4),
            (self._use_gradient, 8),
        ]

    # -- statements and variables ------------------------------------------------------------

    def _attempt(self, line: str) -> None:
        """Run a statement on PyTorch and keep it, unless it is refused or grows too large."""
        space = dict(self.space)
        try:
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")
                exec(line, space)
        except Exception:
            if self.random.random() < KEEP_REFUSED:
                self.lines.append(line)
            elif not _harmless(line):
                self.lines.append(line)
            return
        self.space = space
        self.lines.append(line)
        for name in [n for n in self._tensors() if not _small(self.space[n])]:
            self.lines.append(f"del {name}")
            del self.space[name]
        names = self._tensors()
        if len(names) > MAX_VARIABLES:
            name = self.random.choice(names)
            self.lines.append(f"del {name}")
            del self.space[name]

    # -- autograd ----------------------------------------------------------------------------

    def _leaf_changes(self) -> str | None:
        name = self._pick(lambda t: t.is_floating_point())
        if name is None:
            return None
        lines = (
            f"{name}.requires_grad_()",
            f"{name}.requires_grad_(False)",
            f"{name}.detach_()",
            f"{name}.retain_grad()",
            # PyTorch 2.13.0 crashes on a hook for a view whose base was written to under no_grad.
            f"{name}.retain_grad()"
            if self.space[name]._is_view()
            else f"{name}.register_hook(lambda g: g * 2)",
            f"{self._new()} = {name}.detach().clone().requires_grad_()",
            f"{name}.grad = None",
            f"{name}.data = {name}.detach().clone()"
            if self._alone(name)
            else f"{name}.grad = None",
        )
        return self.random.choice(lines)

    def _alone(self, name: str) -> bool:
        """Whether no other variable lives in the same memory."""
        storage = self.space[name].untyped_storage()._cdata
        shares = self._tensors(lambda t: t.untyped_storage()._cdata == storage)
        return len(shares) == 1 and not self.space[name]._is_view()

    def _backward(self) -> str | None:
        name = self._pick(lambda t: t.requires_grad)
        if name is None:
            return None
        retain = "retain_graph=True" if self._chance(0.5) else ""
        tensor = self.space[name]
        if tensor.numel() == 1 and self._chance(0.4):
            return f"{name}.backward({retain})"
        if self._chance(0.3):
            comma = f", {retain}" if retain else ""
            return f"{name}.backward(torch.ones_like({name}){comma})"
        if self._chance(0.3):
            return f"({name} * {name}).sum().backward({retain})"
        return f"{name}.sum().backward({retain})"

    def _use_gradient(self) -> str | None:
        """What training loops do with gradients: step, clear, copy."""
        name = self._pick(lambda t: not t._is_view() and t.is_leaf and t.grad is not None)
        if name is None:
            return None
        lines = (
            f"with torch.no_grad(): {name} -= 0.5 * {name}.grad",
            f"with torch.no_grad(): {name}.add_({name}.grad, alpha=-0.25)",
            f"{name}.grad.zero_()",
            f"{name}.grad.mul_(0.5)",
            f"{name}.grad = None",
            f"{self._new()} = {name}.grad.clone(memory_format=torch.contiguous_format)",
            f"{self._new()} = {name} * {name}.grad.clone()",
        )
        return self.random.choice(lines)

    def _gradients(self) -> str | None:
        output = self._pick(lambda t: t.requires_grad)
        wanted = self._pick(lambda t: t.requires_grad)
        if output is None or wanted is None:
            return None
        option = self.random.choice(("", ", create_graph=True", ", retain_graph=True"))
        call = f"torch.autograd.grad({output}.sum(), {wanted}, materialize_grads=True{option})"
        # The strides of a gradient are nobody's promise: the variable is a copy in plain order.
        return f"{self._new()} = {call}[0].clone(memory_format=torch.contiguous_format)"


def _harmless(line: str) -> bool:
    """Whether a refused statement certainly changed nothing: then it may be dropped."""
    return "backward" not in line and "autograd" not in line


def _small(tensor: torch.Tensor) -> bool:
    if tensor.numel() > MAX_ELEMENTS or tensor.dim() > MAX_DIMENSIONS:
        return False
    if not tensor.numel():
        return True
    peak = tensor.detach().abs().max() if tensor.dtype != torch.bool else torch.tensor(1)
    return bool(peak <= LIMIT)  # false for NaN


def generate(seed: int, length: int = 18) -> list[str]:
    """The program of a seed."""
    return ProgramGenerator(seed).generate(length)
