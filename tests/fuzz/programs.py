"""Random programs of views, in-place writes, reads and backward passes.

In: a seed. Out: a program: a list of Python statements, one a line, over the name `torch` and over
variables v1, v2, ... (tensors), n3, ... (NumPy arrays), r4, ... (values read). The generator runs
each statement on PyTorch as it goes, so that it knows shapes; a statement that PyTorch refuses is
kept now and then, because refusals have to agree too.
"""

from __future__ import annotations

import itertools
import random
import warnings
from collections.abc import Callable
from typing import Any

import torch

MAX_VARIABLES = 14
MAX_ELEMENTS = 64
MAX_DIMENSIONS = 4
LIMIT = 1000.0  # larger numbers would make rounding visible
KEEP_REFUSED = 0.25

_DTYPES = ("float32",) * 6 + ("float64",) * 2 + ("int64",) * 2 + ("bool", "int32", "float16")
_UNARY = ("neg", "abs", "relu", "square", "sign", "clone", "floor", "contiguous")
_UNARY_INPLACE = ("neg_", "abs_", "relu_", "square_", "zero_", "sign_", "floor_")
_BINARY = ("add", "sub", "mul", "maximum", "minimum", "div")
_BINARY_INPLACE = ("add_", "sub_", "mul_", "copy_", "div_")
_REDUCTIONS = ("sum", "mean", "amax", "amin", "cumsum")
_AUGMENTED = ("+=", "-=", "*=")


def _tangled(tensor: torch.Tensor) -> bool:
    """Whether elements share memory in a way that PyTorch neither refuses nor defines."""
    pairs = zip(tensor.shape, tensor.stride())
    places = [tuple(i * step for i in range(size)) for size, step in pairs if step]
    offsets = [sum(place) for place in itertools.product(*places)]
    return len(set(offsets)) != len(offsets)


class ProgramGenerator:
    """Grows one program statement by statement."""

    def __init__(self, seed: int):
        self.random = random.Random(seed)
        self.lines: list[str] = []
        self.space: dict[str, Any] = {"torch": torch}
        self.counter = 0

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
            (self._out, 5),
            (self._read, 8),
            (self._numpy, 3),
            (self._modes, 6),
            (self._leaf_changes, 5),
            (self._backward, 12),
            (self._gradients, 4),
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

    def _tensors(self, test: Callable[[torch.Tensor], bool] = lambda t: True) -> list[str]:
        return [
            name
            for name, value in self.space.items()
            if isinstance(value, torch.Tensor) and test(value)
        ]

    def _pick(self, test: Callable[[torch.Tensor], bool] = lambda t: True) -> str | None:
        """A variable, one of the newest more often than not."""
        names = self._tensors(test)
        if not names:
            return None
        if self.random.random() < 0.5:
            return self.random.choice(names[-3:])
        return self.random.choice(names)

    def _new(self, prefix: str = "v") -> str:
        self.counter += 1
        return f"{prefix}{self.counter}"

    def _chance(self, probability: float) -> bool:
        return self.random.random() < probability

    def _number(self) -> str:
        choices = ("0", "1", "2", "-1", "3", "0.5", "-0.25", "1.5", "True")
        return self.random.choice(choices)

    # -- creation ----------------------------------------------------------------------------

    def _shape(self) -> tuple[int, ...]:
        if self._chance(0.04):
            return self.random.choice([(0,), (2, 0), (0, 3)])
        count = self.random.choices([0, 1, 2, 3], [1, 3, 6, 3])[0]
        return tuple(self.random.randint(1, 4) for _ in range(count))

    def _create(self) -> str:
        shape, kind = self._shape(), self.random.choice(_DTYPES)
        size = torch.Size(shape).numel()
        floating = "float" in kind
        wants = ", requires_grad=True" if floating and self._chance(0.55) else ""
        name = self._new()
        if self._chance(0.25):
            maker = self.random.choice(("ones", "zeros"))
            return f"{name} = torch.{maker}({shape}, dtype=torch.{kind}{wants})"
        if self._chance(0.3) and kind != "bool" and size:
            after = ".requires_grad_()" if wants else ""
            return f"{name} = torch.arange({size}, dtype=torch.{kind}).reshape({shape}){after}"
        values = [self._value(kind) for _ in range(size)]
        nested = _nested(values, shape)
        return f"{name} = torch.tensor({nested}, dtype=torch.{kind}{wants})"

    def _value(self, kind: str) -> Any:
        if kind == "bool":
            return self._chance(0.5)
        if kind.startswith("int"):
            return self.random.randint(-4, 5)
        return self.random.randint(-12, 12) / 4

    # -- views -------------------------------------------------------------------------------

    def _dim(self, tensor: torch.Tensor, extra: int = 0) -> int:
        rank = tensor.dim() + extra
        dim = self.random.randrange(max(rank, 1))
        return dim - max(rank, 1) if self._chance(0.3) else dim

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

    def _apart(self, other: str, written: torch.Tensor) -> str:
        """An operand that does not overlap what is written, whose result PyTorch leaves open."""
        tensor = self.space.get(other)
        if tensor is None or tensor.untyped_storage()._cdata != written.untyped_storage()._cdata:
            return other
        layouts = [(t.shape, t.stride(), t.storage_offset()) for t in (tensor, written)]
        return other if layouts[0] == layouts[1] else f"{other}.clone()"

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
        if tensor.dim() < 2 or not tensor.dtype.is_floating_point:
            return None  # how PyTorch takes the other products apart is no matter of views
        inner = tensor.shape[-1]

        def fits(other: torch.Tensor) -> bool:
            rank = other.dim() if other.dim() == 2 else 0
            return (
                other.dtype == tensor.dtype and bool(rank) and other.shape[-min(rank, 2)] == inner
            )

        other = self._pick(fits)
        return f"{name} @ {other}" if other else None

    def _pure_cast(self, name: str, tensor: torch.Tensor) -> str:
        kind = self.random.choice(("float32", "float64", "float16", "bool"))
        if self._chance(0.2):
            return f"{name}.clamp(-9, 9).long()"
        return f"{name}.to(torch.{kind})"

    # -- writes ------------------------------------------------------------------------------

    def _inplace(self) -> str | None:
        target = self._pick(lambda t: not _tangled(t))
        if target is None:
            return None
        line = self._write(target, self.space[target])
        if self._chance(0.12):
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
        if choice == 5:
            return f"{name}.{self.random.choice(_UNARY_INPLACE)}()"
        if choice == 6:
            return f"{name}.{self.random.choice(('fill_', 'fill_', 'clamp_'))}({self._number()})"
        if choice in (7, 8) and 0 in tensor.stride():
            return f"{name}.fill_({self._number()})"  # a partial write to memory seen twice
        if choice == 7:
            return f"{name}.masked_fill_({name} > {self._number()}, {self._number()})"
        if choice == 8:
            return self._write_indexed(name, tensor)
        return self._restride(name, tensor)

    def _operand_into(self, tensor: torch.Tensor) -> str:
        return self._number() if self._chance(0.4) else self._fitting(tensor, into=True)

    def _write_indexed(self, name: str, tensor: torch.Tensor) -> str:
        if not tensor.dim():
            return f"{name}.fill_({self._number()})"
        dim = self._dim(tensor)
        size = tensor.shape[dim]
        index = f"torch.tensor([{self.random.randint(0, max(size - 1, 0))}])"
        if self._chance(0.5):
            return f"{name}.index_fill_({dim}, {index}, {self._number()})"
        return f"{name}.index_add_({dim}, {index}, {name}.detach().narrow({dim}, 0, 1).clone())"

    def _restride(self, name: str, tensor: torch.Tensor) -> str:
        """In-place changes of the view itself."""
        choices = (
            f"{name}.transpose_({self._dim(tensor)}, {self._dim(tensor)})",
            f"{name}.unsqueeze_({self._dim(tensor, extra=1)})",
            f"{name}.squeeze_()",
            f"{name}.t_()",
            # Hidden from autograd: what was saved for backward may or may not see it.
            f"{name}.t_()" if tensor.requires_grad else f"{name}.data.add_({self._number()})",
            f"{name}.detach().mul_({self._number()})",
        )
        return self.random.choice(choices)

    def _assign_items(self) -> str | None:
        target = self._pick(lambda t: not _tangled(t))
        if target is None:
            return None
        tensor = self.space[target]
        index = self._index(tensor, advanced=self._chance(0.5) and 0 not in tensor.stride())
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
        return self._apart(tensor, self._fitting(part, into=True))

    def _apart(self, tensor: torch.Tensor, name: str) -> str:
        """A copy where the source shares the target's memory: what a copy onto itself leaves
        behind depends on the order of its steps."""
        source = self.space.get(name)
        if not isinstance(source, torch.Tensor):
            return name
        if source.untyped_storage()._cdata != tensor.untyped_storage()._cdata:
            return name
        return f"{name}.clone()"

    def _out(self) -> str | None:
        first = self._pick()
        if first is None:
            return None
        tensor = self.space[first]
        second = self._operand(tensor)
        out = self._pick(lambda t: t.shape == tensor.shape and t.dtype == tensor.dtype)
        if out is not None:
            first, second = (self._apart(one, self.space[out]) for one in (first, second))
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
            f"{name}.register_hook(lambda g: g * 2)",
            f"{self._new()} = {name}.detach().clone().requires_grad_()",
            f"{name}.grad = None",
        )
        return self.random.choice(lines)

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

    def _gradients(self) -> str | None:
        output = self._pick(lambda t: t.requires_grad)
        wanted = self._pick(lambda t: t.requires_grad)
        if output is None or wanted is None:
            return None
        option = self.random.choice(("", ", create_graph=True", ", retain_graph=True"))
        call = f"torch.autograd.grad({output}.sum(), {wanted}, materialize_grads=True{option})"
        # The strides of a gradient are nobody's promise: the variable is a copy in plain order.
        return f"{self._new()} = {call}[0].clone(memory_format=torch.contiguous_format)"


def _nested(values: list[Any], shape: tuple[int, ...]) -> Any:
    if not shape:
        return values[0]
    if len(shape) == 1:
        return values
    step = torch.Size(shape[1:]).numel()
    return [_nested(values[i * step : (i + 1) * step], shape[1:]) for i in range(shape[0])]


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
