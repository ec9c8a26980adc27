"""Random expressions that read: views of every kind, indices, operations that make new tensors.

In: the ground (`tests.fuzz.ground`). Out: methods that give one statement as text, or None.
"""

from __future__ import annotations

import torch

from tests.fuzz.ground import Ground

_UNARY = ("neg", "abs", "relu", "square", "sign", "clone", "floor", "contiguous")
_BINARY = ("add", "sub", "mul", "maximum", "minimum", "div")
_REDUCTIONS = ("sum", "mean", "amax", "amin", "cumsum")


class Reading(Ground):
    """Statements that write to no tensor."""

    # -- views -------------------------------------------------------------------------------

    def _view(self) -> str | None:
        source = self._pick()
        if source is None:
            return None
        makers = (
            self._view_index,
            self._view_index,
            self._view_index,
            self._view_shape,
            self._view_shape,
            self._view_order,
            self._view_order,
            self._view_expand,
            self._view_part,
            self._view_part,
            self._view_diagonal,
            self._view_window,
            self._view_strided,
            self._view_alias,
        )
        expression = self.random.choice(makers)(source, self.space[source])
        return f"{self._new()} = {expression}" if expression else None

    def _view_index(self, name: str, tensor: torch.Tensor) -> str:
        return f"{name}[{self._index(tensor, advanced=False)}]"

    def _view_shape(self, name: str, tensor: torch.Tensor) -> str | None:
        method = self.random.choice(("view", "reshape", "reshape", "flatten", "ravel", "unflatten"))
        if method == "ravel":
            return f"{name}.ravel()"
        if method == "flatten":
            start = self._dim(tensor)
            return f"{name}.flatten({start})"
        if method == "unflatten" and tensor.dim():
            dim = self._dim(tensor)
            return f"{name}.unflatten({dim}, (1, -1))" if tensor.shape[dim] else None
        return f"{name}.{method if method != 'unflatten' else 'view'}({self._refactor(tensor)})"

    def _refactor(self, tensor: torch.Tensor) -> tuple[int, ...]:
        """Another shape of as many elements, at times with -1 in it."""
        left, shape = tensor.numel(), []
        if left == 0:
            return (0,) if self._chance(0.5) else (0, 2)
        while left > 1 and len(shape) < 3:
            divisors = [d for d in range(2, left + 1) if left % d == 0]
            factor = self.random.choice(divisors)
            shape.append(factor)
            left //= factor
        shape += [left] if left > 1 else [1] if self._chance(0.3) else []
        if shape and self._chance(0.3):
            shape[self.random.randrange(len(shape))] = -1
        return tuple(shape)

    def _view_order(self, name: str, tensor: torch.Tensor) -> str:
        rank = tensor.dim()
        choice = self.random.randrange(6)
        if choice == 0:
            order = self.random.sample(range(rank), rank)
            return f"{name}.permute({', '.join(map(str, order))})" if order else f"{name}.t()"
        if choice == 1 and rank == 2:
            return f"{name}.{self.random.choice(('t()', 'T', 'mT'))}"
        if choice == 2:
            return f"{name}.movedim({self._dim(tensor)}, {self._dim(tensor)})"
        if choice == 3:
            return f"{name}.unsqueeze({self._dim(tensor, extra=1)})"
        if choice == 4:
            argument = self._dim(tensor) if self._chance(0.5) else ""
            return f"{name}.squeeze({argument})"
        return f"{name}.transpose({self._dim(tensor)}, {self._dim(tensor)})"

    def _view_expand(self, name: str, tensor: torch.Tensor) -> str:
        sizes = [self.random.choice((2, 3)) if n == 1 else n for n in tensor.shape]
        sizes = [-1 if self._chance(0.2) else n for n in sizes]
        if self._chance(0.4):
            sizes = [2, *sizes]
        if self._chance(0.2):
            other = self._pick()
            return f"{name}.expand_as({other})"
        return f"{name}.expand({tuple(sizes)})"

    def _view_part(self, name: str, tensor: torch.Tensor) -> str | None:
        if not tensor.dim():
            return None
        dim = self._dim(tensor)
        size = tensor.shape[dim]
        choice = self.random.randrange(4)
        if choice == 0:
            start = self.random.randint(0, size)
            return f"{name}.narrow({dim}, {start}, {self.random.randint(0, max(size - start, 0))})"
        if choice == 1:
            return f"{name}.select({dim}, {self.random.randint(-size, size)})"
        if choice == 2:
            return f"{name}.chunk({self.random.randint(1, 3)}, {dim})[0]"
        return f"{name}.split({self.random.randint(1, 3)}, {dim})[-1]"

    def _view_diagonal(self, name: str, tensor: torch.Tensor) -> str | None:
        if tensor.dim() < 2:
            return f"{name}.detach()"
        first, second = self.random.sample(range(tensor.dim()), 2)
        return f"{name}.diagonal({self.random.randint(-1, 1)}, {first}, {second})"

    def _view_window(self, name: str, tensor: torch.Tensor) -> str | None:
        if not tensor.dim():
            return None
        dim = self._dim(tensor)
        size = self.random.randint(1, max(tensor.shape[dim], 1))
        return f"{name}.unfold({dim}, {size}, {self.random.randint(1, 2)})"

    def _view_strided(self, name: str, tensor: torch.Tensor) -> str:
        total = tensor.untyped_storage().nbytes() // tensor.element_size()
        rank = self.random.randint(0, 2)
        shape = tuple(self.random.randint(1, 3) for _ in range(rank))
        strides = tuple(self.random.randint(0 if self._chance(0.1) else 1, 4) for _ in range(rank))
        last = sum((n - 1) * step for n, step in zip(shape, strides))
        offset = self.random.randint(0, max(total - last - 1, 0))
        if self._chance(0.3):
            return f"{name}.as_strided({shape}, {strides})"
        return f"{name}.as_strided({shape}, {strides}, {offset})"

    def _view_alias(self, name: str, tensor: torch.Tensor) -> str:
        other = self._pick()
        choices = ("{}.detach()", "{}.data", "{}.view_as({})", "{}.reshape_as({})", "{}[...]")
        return self.random.choice(choices).format(name, other)

    def _several_views(self) -> str | None:
        source = self._pick(lambda t: t.dim() > 0)
        if source is None:
            return None
        tensor = self.space[source]
        dim = self._dim(tensor)
        size = tensor.shape[dim]
        choice = self.random.randrange(3)
        if choice == 0:
            call, count = f"unbind({dim})", size
        elif choice == 1:
            part = self.random.randint(1, max(size, 1))
            call, count = f"split({part}, {dim})", max(1, -(-size // part))
        else:
            parts = self.random.randint(1, 3)
            step = max(1, -(-size // parts))
            call, count = f"chunk({parts}, {dim})", max(1, -(-size // step))
        if not 1 <= count <= 3:
            return None
        names = [self._new() for _ in range(count)]
        return (
            f"{', '.join(names)}, = {source}.{call}"
            if count == 1
            else (f"{', '.join(names)} = {source}.{call}")
        )

    # -- indices -----------------------------------------------------------------------------

    def _index(self, tensor: torch.Tensor, *, advanced: bool) -> str:
        if advanced and self._chance(0.25):
            return self._mask_index(tensor)
        items: list[str] = []
        count = self.random.randint(0, tensor.dim())
        for dim in range(count):
            if self._chance(0.12):
                items.append("None")
            items.append(self._index_item(tensor.shape[dim], advanced))
        if self._chance(0.2) or not items:
            items.insert(self.random.randint(0, len(items)), "...")
        if items.count("...") and count < tensor.dim() and self._chance(0.3):
            items.append(self._index_item(tensor.shape[-1], advanced))
        return ", ".join(items)

    def _index_item(self, size: int, advanced: bool) -> str:
        if advanced and self._chance(0.35):
            count = self.random.choice((1, 2, 2, 3))
            picks = [self.random.randint(-size, size - 1) if size else 0 for _ in range(count)]
            return f"torch.tensor({picks})" if self._chance(0.7) else f"{picks}"
        if self._chance(0.35):
            return str(self.random.randint(-size, max(size - 1, 0)))
        if self._chance(0.3):
            return ":"
        start = self.random.choice(("", str(self.random.randint(-size, size))))
        stop = self.random.choice(("", str(self.random.randint(-size, size + 1))))
        step = self.random.choice(("", "", ":2"))
        return f"{start}:{stop}{step}"

    def _mask_index(self, tensor: torch.Tensor) -> str:
        mask = self._pick(lambda t: t.dtype == torch.bool and t.shape == tensor.shape)
        if mask is not None and self._chance(0.5):
            return mask
        same = self._pick(lambda t: t.shape == tensor.shape)
        return f"{same} > {self._number()}"

    # -- operations that make new tensors ----------------------------------------------------

    def _pure(self) -> str | None:
        source = self._pick()
        if source is None:
            return None
        makers = (
            self._pure_unary,
            self._pure_binary,
            self._pure_binary,
            self._pure_binary,
            self._pure_reduce,
            self._pure_index,
            self._pure_index,
            self._pure_join,
            self._pure_choose,
            self._pure_matmul,
            self._pure_cast,
            self._pure_order,
        )
        expression = self.random.choice(makers)(source, self.space[source])
        return f"{self._new()} = {expression}" if expression else None

    def _pure_unary(self, name: str, tensor: torch.Tensor) -> str:
        return f"{name}.{self.random.choice(_UNARY)}()"

    def _pure_binary(self, name: str, tensor: torch.Tensor) -> str:
        other = self._operand(tensor)
        if self._chance(0.5):
            return f"{name} {self.random.choice('+-*')} {other}"
        operation = self.random.choice(_BINARY)
        if operation == "div":
            return f"{name} / {self.random.choice(('2', '4', '-0.5', other))}"
        if operation in ("maximum", "minimum"):
            other = self._fitting(tensor)
        return f"torch.{operation}({name}, {other})"

    def _operand(self, tensor: torch.Tensor) -> str:
        return self._number() if self._chance(0.35) else self._fitting(tensor)

    def _fitting(self, tensor: torch.Tensor, *, into: bool = False) -> str:
        """A variable that broadcasts with a tensor (into it), most of the time."""
        if self._chance(0.06):
            other = self._pick() or "1"
            return self._apart(other, tensor) if into else other

        def fits(other: torch.Tensor) -> bool:
            try:
                shape = torch.broadcast_shapes(other.shape, tensor.shape)
            except RuntimeError:
                return False
            return shape == tensor.shape or not into

        other = self._pick(fits) or "1"
        return self._apart(other, tensor) if into else other

    def _apart(self, other: str, written: torch.Tensor, like: torch.Tensor | None = None) -> str:
        """An operand that does not overlap what is written, whose result PyTorch leaves open."""
        tensor = self.space.get(other)
        if tensor is None:
            return other
        if tensor.requires_grad and not written.dtype.is_floating_point:
            return f"{other}.detach()"  # PyTorch gives even integers a history then
        memory = written.untyped_storage()
        if not memory.data_ptr() <= tensor.data_ptr() < memory.data_ptr() + memory.nbytes():
            return other
        layouts = [(t.shape, t.stride(), t.storage_offset()) for t in (tensor, written)]
        exact = layouts[0] == layouts[1] and like is None and 0 not in written.stride()
        return other if exact else f"{other}.clone()"

    def _pure_reduce(self, name: str, tensor: torch.Tensor) -> str:
        operation = self.random.choice(_REDUCTIONS)
        if operation == "cumsum":
            return f"{name}.cumsum({self._dim(tensor)})"
        if self._chance(0.3):
            return f"{name}.{operation}()"
        keep = ", keepdim=True" if self._chance(0.3) else ""
        return f"{name}.{operation}({self._dim(tensor)}{keep})"

    def _pure_index(self, name: str, tensor: torch.Tensor) -> str:
        if tensor.dim() and self._chance(0.25):
            dim = self._dim(tensor)
            size = tensor.shape[dim]
            picks = [self.random.randint(0, max(size - 1, 0)) for _ in range(2)]
            return f"{name}.index_select({dim}, torch.tensor({picks}))"
        return f"{name}[{self._index(tensor, advanced=True)}]"

    def _pure_join(self, name: str, tensor: torch.Tensor) -> str:
        if self._chance(0.5):
            other = self._pick(lambda t: t.shape == tensor.shape)
            return f"torch.stack([{name}, {other}], {self._dim(tensor, extra=1)})"
        return f"torch.cat([{name}, {name if self._chance(0.3) else self._pick()}])"

    def _pure_choose(self, name: str, tensor: torch.Tensor) -> str:
        condition = f"{name} {self.random.choice(('>', '<=', '=='))} {self._number()}"
        choice = self.random.randrange(4)
        if choice == 0:
            return condition
        if choice == 1:
            return f"{name}.masked_fill({condition}, {self._number()})"
        if choice == 2:
            return f"{name}.clamp(-1, 2)"
        return f"torch.where({condition}, {name}, {self._operand(tensor)})"

    def _pure_matmul(self, name: str, tensor: torch.Tensor) -> str | None:
        if tensor.dim() != 2 or not tensor.dtype.is_floating_point:
            return None  # how PyTorch takes the other products apart is no matter of views
        inner = tensor.shape[-1]

        def fits(other: torch.Tensor) -> bool:
            rank = other.dim() if other.dim() == 2 else 0
            return (
                other.dtype == tensor.dtype and bool(rank) and other.shape[-min(rank, 2)] == inner
            )

        other = self._pick(fits)
        return f"{name} @ {other}" if other else None

    def _pure_order(self, name: str, tensor: torch.Tensor) -> str:
        """The same elements elsewhere."""
        dim = self._dim(tensor)
        choices = (
            f"{name}.flip({dim})" if tensor.dim() else f"{name}.clone()",
            f"{name}.roll({self.random.randint(-2, 2)}, {dim})" if tensor.dim() else f"{name} * 2",
            f"{name}.repeat({(2, *([1] * tensor.dim()))})",
            f"{name}.tril()" if tensor.dim() >= 2 else f"{name}.neg()",
            f"{name}.sort({dim}).values.clone(memory_format=torch.contiguous_format)"
            if tensor.dim()
            else f"{name}.abs()",
        )
        return self.random.choice(choices)

    def _pure_cast(self, name: str, tensor: torch.Tensor) -> str:
        kind = self.random.choice(("float32", "float64", "float16", "bool"))
        if self._chance(0.2):
            return f"{name}.clamp(-9, 9).long()"
        return f"{name}.to(torch.{kind})"
