"""Random calls: a sample of PyTorch's operator table with some of its arguments mutated.

In: a seed. Out: a `Call`: the entry, its form (function, method, in place, `out=`) and arguments of
PyTorch. A call is made from its seed alone: the entry by position, everything else by a generator.
"""

from __future__ import annotations

import functools
import itertools
import random
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import torch

from tests.conformance import operators as ops
from tests.fuzz.mutations import NUMBERS, mutated, random_tensor

SAMPLES = 12
ELEMENTS = 3000
ENTRIES = tuple(sorted(ops.ENTRIES))
DTYPES = (torch.float32, torch.float32, torch.int64, torch.bool, torch.complex64, torch.bfloat16)


@dataclass
class Call:
    """One call of PyTorch; `function` takes the arguments as they are."""

    entry: str
    form: str
    function: Callable[..., Any]
    args: list[Any]
    kwargs: dict[str, Any]

    def __str__(self) -> str:
        text = ops._brief(tuple(map(_shown, self.args)))[1:-1]
        named = ops._brief({key: _shown(value) for key, value in self.kwargs.items()})
        return f"{self.entry} {self.form}({text}{', ' if named and text else ''}{named})"


def _shown(value: Any) -> Any:
    """Tensors of one to six elements by their values as well."""
    if isinstance(value, torch.Tensor) and value.layout == torch.strided:
        return _Shown(value)
    return value


class _Shown:
    def __init__(self, tensor: torch.Tensor):
        self.tensor = tensor

    def __repr__(self) -> str:
        tensor = self.tensor.detach()
        text = ops._brief(tensor)
        if tensor.dim() and not tensor.is_contiguous():
            text += f"/{list(tensor.stride())}"
        if 0 < tensor.numel() <= 6 and not tensor.dtype.is_complex:
            text += str([float(f"{x:.4g}") for x in tensor.flatten().tolist()])
        return text


@functools.lru_cache(maxsize=8)
def _samples(entry: str, dtype: torch.dtype) -> tuple[Any, ...]:
    """The first small samples of an entry, in this dtype where the entry has it."""
    op = ops.ENTRIES[entry]
    kind = dtype if dtype in op.supported_dtypes("cpu") else ops._forward_dtype(op)
    ops._seed_all()
    seed = torch.default_generator.manual_seed
    with ops.mock.patch.object(torch, "manual_seed", seed):
        made = itertools.islice(op.sample_inputs("cpu", kind, requires_grad=False), SAMPLES)
        return tuple(sample for sample in made if _small(sample))


def _small(sample: Any) -> bool:
    tensors = ops._tensors([sample.input, sample.args, sample.kwargs])
    return all(t.layout == torch.strided and t.numel() <= ELEMENTS for t in tensors)


def _copied(value: Any) -> Any:
    """Containers and tensors anew, so that a call in place leaves the samples as they were."""
    if isinstance(value, torch.Tensor):
        return value.detach().clone()
    if isinstance(value, (list, tuple)) and not hasattr(value, "_fields"):
        items = [_copied(item) for item in value]
        return items if type(value) is list else type(value)(items)
    if isinstance(value, dict):
        return {key: _copied(item) for key, item in value.items()}
    return value


def _forms(op: Any) -> Iterator[tuple[str, Callable[..., Any]]]:
    yield "function", op.op
    yield "function", op.op
    if op.supports_out:
        yield "out", op.op
    for form, names in (
        ("method", ("method_variant", "operator_variant")),
        ("in place", ("inplace_variant", "inplace_operator_variant")),
    ):
        for variant in ops._variants(op, *names):
            yield form, variant


def _paths(value: Any, path: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    """The places of all values, containers before what they hold."""
    if path:
        yield path
    if isinstance(value, (list, tuple)) and not hasattr(value, "_fields"):
        for index, item in enumerate(value):
            yield from _paths(item, (*path, index))
    elif isinstance(value, dict):
        for key, item in value.items():
            yield from _paths(item, (*path, key))


def _replaced(value: Any, path: tuple[Any, ...], change: Callable[[Any], Any]) -> Any:
    if not path:
        return change(value)
    if isinstance(value, dict):
        return {k: _replaced(v, path[1:], change) if k == path[0] else v for k, v in value.items()}
    items = list(value)
    items[path[0]] = _replaced(items[path[0]], path[1:], change)
    return items if type(value) is list else tuple(items)


def _mutate(rng: random.Random, call: Call) -> None:
    """One change of the arguments: mostly of a value, sometimes of how many there are."""
    choice = rng.random()
    if choice < 0.03 and len(call.args) > 1:
        call.args.pop()
    elif choice < 0.06:
        call.args.append(rng.choice(NUMBERS))
    elif choice < 0.07:
        call.kwargs["unknown"] = 1
    elif choice < 0.09 and call.kwargs:
        call.kwargs.pop(rng.choice(sorted(call.kwargs)))
    else:
        every = [call.args, call.kwargs]
        paths = [path for path in _paths(every) if len(path) > 1]
        # As often the first argument as any other one, whatever lists of numbers there are.
        top = rng.choice([path for path in paths if len(path) == 2])
        path = rng.choice([p for p in paths if p[:2] == top])
        call.args, call.kwargs = _replaced(every, path, lambda value: mutated(rng, value))


def _with_out(rng: random.Random, call: Call) -> None:
    """`out=`: as the result is, empty, or of another shape or dtype."""
    torch.default_generator.manual_seed(ops.SEED)
    result, error = ops._run(call.function, *_copied(call.args), **_copied(call.kwargs))
    found = [t.detach() for t in ops._tensors(result)] if error is None else [random_tensor(rng)]
    outs = [torch.zeros_like(t, memory_format=torch.contiguous_format) for t in found]
    if rng.random() < 0.3:
        outs = [t.new_empty(0) for t in outs]
    elif rng.random() < 0.6 and outs:
        outs[rng.randrange(len(outs))] = random_tensor(rng)
    single = isinstance(result, torch.Tensor) or error is not None
    call.kwargs["out"] = outs[0] if single and outs else tuple(outs)


def generate(seed: int) -> Call:
    """The call of a seed. ops.Skip where the entry has no small samples."""
    entry = ENTRIES[seed % len(ENTRIES)]
    op, rng = ops.ENTRIES[entry], random.Random(seed)
    torch.default_generator.manual_seed(seed)
    try:
        samples = _samples(entry, rng.choice(DTYPES))
    except Exception as error:
        raise ops.Skip(f"no samples: {error}") from None
    if not samples:
        raise ops.Skip("no small samples")
    sample = rng.choice(samples)
    form, function = rng.choice(list(_forms(op)))
    args, kwargs = _copied([sample.input, *sample.args]), _copied(sample.kwargs)
    call = Call(entry, form, function, args, {} if ops._is_operator(function) else kwargs)
    torch.default_generator.manual_seed(seed)
    for _ in range(rng.choice((0, 1, 1, 1, 2, 2, 3))):
        _mutate(rng, call)
    if form == "out":
        _with_out(rng, call)
    return call
