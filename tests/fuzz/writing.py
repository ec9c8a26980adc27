"""Random statements that write: in-place operations, assignments, scatters, out=, NumPy arrays.

In: the ground and what reads (`tests.fuzz.reading`). Out: methods that give a statement as text.
"""

from __future__ import annotations

import re

import torch

from tests.fuzz.ground import separate, tangled
from tests.fuzz.reading import Reading

_UNARY_INPLACE = ("neg_", "abs_", "relu_", "square_", "zero_", "sign_", "floor_")
_BINARY_INPLACE = ("add_", "sub_", "mul_", "copy_", "div_")
_AUGMENTED = ("+=", "-=", "*=")
_RESTRIDE = re.compile(r"\.(squeeze_|unsqueeze_|t_|transpose_)\(")


class Writing(Reading):
    """Statements that write through any alias."""

    # -- writes ------------------------------------------------------------------------------

    def _inplace(self) -> str | None:
        target = self._pick(lambda t: not tangled(t))
        if target is None:
            return None
        line = self._write(target, self.space[target])
        if self._chance(0.12) and not _RESTRIDE.search(line):  # a leaf keeps its shape
            return f"with torch.no_grad(): {line}"
        return line

    def _write(self, name: str, tensor: torch.Tensor) -> str:
        choice = self.random.randrange(10)
        if choice <= 3:
            operation = self.random.choice(_BINARY_INPLACE)
            operand = "2" if operation == "div_" else self._operand_into(tensor)
            return (
                f"{name}.{operation}({operand})"
                if operation != "copy_"
                else (f"{name}.copy_({self._fitting(tensor, into=True)})")
            )
        if choice == 4:
            return f"{name} {self.random.choice(_AUGMENTED)} {self._operand_into(tensor)}"
        if choice == 5 and 0 not in tensor.stride():
            return f"{name}.{self.random.choice(_UNARY_INPLACE)}()"
        if choice == 6:
            clamps = tensor.dtype != torch.bool and self._chance(0.3)
            return f"{name}.{'clamp_' if clamps else 'fill_'}({self._number()})"
        if choice in (5, 7, 8) and 0 in tensor.stride():
            return f"{name}.fill_({self._number()})"  # a partial write to memory seen twice
        if choice == 7:
            return f"{name}.masked_fill_({name} > {self._number()}, {self._number()})"
        if choice == 8:
            return self._write_indexed(name, tensor)
        return self._restride(name, tensor)

    def _operand_into(self, tensor: torch.Tensor) -> str:
        return self._number() if self._chance(0.4) else self._fitting(tensor, into=True)

    def _write_indexed(self, name: str, tensor: torch.Tensor) -> str:
        if not tensor.dim() or not tensor.numel():
            return f"{name}.fill_({self._number()})"
        dim = self._dim(tensor)
        size = tensor.shape[dim]
        index = f"torch.tensor([{self.random.randint(0, max(size - 1, 0))}])"
        if self._chance(0.5):
            return f"{name}.index_fill_({dim}, {index}, {self._number()})"
        return f"{name}.index_add_({dim}, {index}, {name}.detach().narrow({dim}, 0, 1).clone())"

    def _restride(self, name: str, tensor: torch.Tensor) -> str:
        """In-place changes of the view itself."""
        if tensor.retains_grad:  # PyTorch 2.13.0 crashes where such a tensor changes its layout
            return f"{name}.detach().mul_({self._number()})"
        choices = (
            f"{name}.transpose_({self._dim(tensor)}, {self._dim(tensor)})",
            f"{name}.unsqueeze_({self._dim(tensor, extra=1)})",
            f"{name}.squeeze_()",
            f"{name}.t_()",
            f"{name}.data.add_({self._number()})",
            f"{name}.detach().mul_({self._number()})",
        )
        return self.random.choice(choices)

    def _scatter(self) -> str | None:
        """Reads and writes through index tensors along one dimension."""
        name = self._pick(separate)
        if name is None:
            return None
        tensor = self.space[name]
        dim = self._dim(tensor)
        # PyTorch saves all of the input of gather, whose shape would do, and so refuses more.
        source = f"{name}.detach()" if tensor.requires_grad else name
        size = tensor.shape[dim]
        shape = [1 if self._chance(0.5) else n for n in tensor.shape]
        shape[dim] = 1  # each place is written at most once: the order of writes is not defined
        picks = [self.random.randrange(size) for _ in range(torch.Size(shape).numel())]
        index = f"torch.tensor({picks}).view({tuple(shape)})"
        first = f"torch.tensor([{self.random.randrange(tensor.shape[0])}])"
        part = f"{name}.detach().select(0, 0).clone()"
        choices = (
            f"{self._new()} = {source}.gather({dim}, {index})",
            f"{self._new()} = torch.take_along_dim({source}, {index}, {dim})",
            f"{self._new()} = {name}.scatter({dim}, {index}, {self._number()})",
            f"{name}.scatter_({dim}, {index}, {self._number()})",
            f"{name}.scatter_add_({dim}, {index}, {name}.detach().clone())",
            f"{name}.index_copy_(0, {first}, {part}.unsqueeze(0))",
            f"{name}.index_put_(({first},), {part}, accumulate=True)",
        )
        return self.random.choice(choices)

    def _assign_items(self) -> str | None:
        target = self._pick(lambda t: not tangled(t))
        if target is None:
            return None
        tensor = self.space[target]
        index = self._index(tensor, advanced=self._chance(0.5) and 0 not in tensor.stride())
        try:
            eval(f"tensor[{index}]", {**self.space, "tensor": tensor.detach()})
        except IndexError:  # PyTorch may have written a part before it refuses
            index = self._index(tensor, advanced=False)
        value = self._assigned_value(tensor, index)
        if self._chance(0.1):
            return f"{target}[{index}] {self.random.choice(_AUGMENTED)} {value}"
        return f"{target}[{index}] = {value}"

    def _assigned_value(self, tensor: torch.Tensor, index: str) -> str:
        if self._chance(0.4):
            return self._number()
        try:
            part = eval(f"tensor[{index}]", {**self.space, "tensor": tensor.detach()})
        except Exception:
            return self._number()
        value = self._fitting(part, into=True)
        source = self.space.get(value)
        if source is not None and source.requires_grad and not tensor.is_floating_point():
            return f"{value}.detach()"  # PyTorch gives history to integers that a number fills
        basic = part.untyped_storage()._cdata == tensor.untyped_storage()._cdata
        return value if basic else self._apart(value, tensor, part)

    def _out(self) -> str | None:
        first = self._pick()
        if first is None:
            return None
        tensor = self.space[first]
        second = self._operand_into(tensor)  # a result that resizes `out` would overlap it
        out = self._pick(
            lambda t: t.shape == tensor.shape and t.dtype == tensor.dtype and not tangled(t)
        )
        if out is not None:
            first, second = (self._apart(one, self.space[out]) for one in (first, second))
        if getattr(self.space.get(second), "shape", tensor.shape) != tensor.shape:
            first = f"{first}.detach().clone()"  # out may grow over what is being read
        if self._chance(0.3):
            return f"torch.{self.random.choice(('neg', 'abs', 'square'))}({first}, out={out})"
        operation = self.random.choice(("add", "mul", "sub"))
        return f"torch.{operation}({first}, {second}, out={out})"

    # -- reads -------------------------------------------------------------------------------

    def _read(self) -> str | None:
        source = self._pick()
        if source is None:
            return None
        tensor, name = self.space[source], self._new("r")
        if tensor.numel() == 1 and self._chance(0.5):
            return f"{name} = {source}.{self.random.choice(('item()', 'tolist()', '__bool__()'))}"
        expressions = (
            f"{source}.tolist()",
            f"str({source})",
            f"bool(({source} == {source}).all())",
            f"{source}.detach().sum().item()",
        )
        return f"{name} = {self.random.choice(expressions)}"

    def _numpy(self) -> str | None:
        arrays = [n for n, value in self.space.items() if n.startswith("n")]
        if arrays and self._chance(0.6):
            array = self.random.choice(arrays)
            if self._chance(0.5):
                return f"{array}[...] = {self.random.randint(-2, 2)}"
            return f"{self._new()} = torch.from_numpy({array})"
        source = self._pick()
        return f"{self._new('n')} = {source}.detach().numpy()" if source else None

    def _modes(self) -> str | None:
        """The same statements under no_grad, and functions of the mode itself."""
        line = self.random.choice((self._view, self._pure, self._several_views))()
        if line is None:
            return None
        mode = "torch.enable_grad()" if self._chance(0.1) else "torch.no_grad()"
        return f"with {mode}: {line}"
