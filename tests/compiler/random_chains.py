"""Random chains of operators, run compiled and interpreted.

In: a seed.  Out: statements over tensors v0, v1 ...; `results` runs them in one flush in a mode.

    LOXLEY_TARGET=avx2 python -m tests.compiler.random_chains 0 20
"""

from __future__ import annotations

import random
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import numpy as np

import loxley as torch
from loxley.config import config
from loxley.runtime.interpreter import flush

FLOATS = ("float32", "float32", "float64", "bfloat16", "float16")
INTEGERS = ("int64", "int32", "int16", "int8", "uint8", "bool")
SIZES = (1, 1, 2, 3, 4, 5, 7, 17, 33, 0)
MOST_ELEMENTS = 4000
# Statements over A and B (tensors so far), D and E (dimensions of A), N (the size of D).
UNARY = """exp(-A.abs()) tanh(A) sigmoid(A) relu(A) neg(A) abs(A) sin(A) cos(A) floor(A) square(A)
    sign(A) isnan(A) isfinite(A) logical_not(A) bitwise_not(A) erf(A) atan(A) nn.functional.gelu(A)
    nn.functional.silu(A) nn.functional.hardswish(A) nn.functional.softplus(A) sinc(A) trunc(A)"""
BINARY = """A+B A-B A*B A<B A>=B A==B maximum(A,B) fmin(A,B) atan2(A,B) hypot(A,B) logaddexp(A,B)
    logical_and(A,B) bitwise_xor(A,B) where(A>0,A,B) where(B>0,A,2) A*2.5 A-1 3-A xlogy(A,B)
    lerp(A,B,0.25) addcmul(A,B,B) clamp(A,-1,2)"""
VIEWS = """A.reshape(-1) A.flip(D) A.transpose(D,E) A.unsqueeze(D) A.squeeze() A.movedim(D,-1)
    A[...,::2] A[1:] A.select(D,N-1) A.narrow(D,0,N-1) A.unsqueeze(0).expand(3,*A.shape)
    A.diagonal() A.contiguous().as_strided((2,2),(1,0),1) A.unfold(D,1,2)
    A.unflatten(D,(1,N)) A.mT A.t()"""
REDUCTIONS = """A.sum() A.sum(D) A.sum((D,E),keepdim=True) A.mean(D) A.amax(D) A.amin((D,E))
    A.var(D) A.any(D) A.all() A.logsumexp(D) A.prod(D) A.cumsum(D) A.max(D)[0] A.argmin(D) std(A,D)
    count_nonzero(A,D) softmax(A,D) log_softmax(A,D) nn.functional.layer_norm(A,A.shape[D:])
    nn.functional.rms_norm(A,A.shape[D:]) nn.functional.normalize(A,dim=D)"""
OTHERS = """cat([A,A],D) cat([A,B],D) stack([A,B],D) nn.functional.pad(A,(1,2)) roll(A,1,D) tril(A)
    A.index_select(D,tensor([N-1,0])) A[tensor([0,0])] A@A.mT A.mT@A A@B nn.functional.linear(A,B)
    gather(A,D,zeros_like(A,dtype=int64)) masked_fill(A,A>0,2) A.to(float32) A.to(bfloat16)
    A.to(float16) A.to(int32) A.to(bool) A.to(float64) A.to(uint8)"""
WRITES = """A[...,1:]=1 A[0]=-2 A[::2]+=1 A.mul_(2) A.add_(B) A.transpose(D,E).add_(1)
    A.flip(0).zero_() A.select(D,0).copy_(B.sum()) A[A>0.5]=3 A[...]=B"""
TABLE = [
    (text.split(), weight)
    for text, weight in (
        *((UNARY, 3), (BINARY, 5), (VIEWS, 5), (REDUCTIONS, 4), (OTHERS, 4), (WRITES, 3)),
    )
]


def made(seed: int, shape: tuple[int, ...], kind: str) -> Any:
    """A tensor of random numbers, zeros and ones among them."""
    source = np.random.RandomState(seed)
    if kind in INTEGERS:
        numbers = source.randint(0 if kind == "uint8" else -9, 10, shape)
    else:
        numbers = source.randn(*shape) * (source.rand(*shape) > 0.1)
    return torch.tensor(np.asarray(numbers)).to(getattr(torch, kind))


class _Names(dict):
    """What a statement sees: functions of `torch`, then variables."""

    def __missing__(self, name: str) -> Any:
        try:
            return getattr(torch, name)
        except AttributeError:
            raise NameError(name) from None


def _names() -> _Names:
    return _Names(made=made)


def chain(seed: int, length: int = 9) -> list[str]:
    """Statements that run, found by running them interpreted."""
    with _mode("0"):
        return _grown(seed, length)


def _grown(seed: int, length: int) -> list[str]:
    source = random.Random(seed)
    lines: list[str] = []
    names, count = _names(), 0
    groups, weights = zip(*TABLE)
    for _attempt in range(12 * length):
        tensors = [n for n in names if n[0] == "v"]
        name = f"v{count}"
        if len(tensors) < 2 or source.random() < 0.1:
            shape = tuple(source.choice(SIZES) for _ in range(source.choice((0, 1, 2, 2, 3, 3, 4))))
            kind = source.choice(FLOATS if source.random() < 0.75 else INTEGERS)
            line = f"{name} = made({source.randrange(1000)}, {shape}, {kind!r})"
        else:
            statement = source.choice(source.choices(groups, weights)[0])
            line = _filled(statement, name, source, names, tensors[-5:])
        try:
            exec(line, {}, names)
            result = names.get(name)
            if result is not None and result.numel() > MOST_ELEMENTS:
                del names[name]
                continue
            flush()
        except (RuntimeError, TypeError, IndexError, ValueError, NotImplementedError):
            names.pop(name, None)
            continue
        count += name in names
        lines.append(line)
        if len(lines) == length:
            break
    return lines


def _filled(statement: str, name: str, source, names, tensors: list[str]) -> str:
    a, b = source.choice(tensors), source.choice(tensors)
    rank = names[a].dim()
    d, e = (source.randrange(max(rank, 1)) for _ in range(2))
    size = names[a].shape[d] if rank else 1
    values = {"A": a, "B": b, "D": str(d), "E": str(e), "N": str(size)}
    line = "".join(values.get(c, c) for c in statement)
    writes = "_(" in statement and "softmax" not in statement and statement in WRITES.split()
    return line if writes or statement in WRITES.split() else f"{name} = {line}"


@contextmanager
def _mode(mode: str, threads: int = 1) -> Iterator[None]:
    before = config.compile, config.compile_strict, config.num_threads
    config.compile, config.compile_strict, config.num_threads = mode, True, threads
    try:
        yield
    finally:
        config.compile, config.compile_strict, config.num_threads = before


def results(lines: list[str], mode: str, threads: int = 1) -> dict[str, np.ndarray]:
    """The tensors that the statements leave, computed in one flush."""
    with _mode(mode, threads):
        names = _names()
        for line in lines:
            exec(line, {}, names)
        flush()
        return {n: _array(v) for n, v in names.items() if n[0] == "v"}


def _array(tensor: Any) -> np.ndarray:
    tensor = tensor.double() if tensor.dtype is torch.bfloat16 else tensor
    return tensor.numpy().copy()


def difference(lines: list[str], threads: int = 1) -> str | None:
    """What differs between compiled and interpreted results; None if nothing does."""
    expected, found = results(lines, "0"), results(lines, "1", threads)
    text = " ".join(lines)
    tolerance = 5e-2 if "float16" in text else 5e-5  # of what it was made of, the coarsest
    if "float64'" in text and not any(kind in text for kind in (*INTEGERS, "float16", "float32")):
        tolerance = 1e-10
    for name, x in expected.items():
        y = found[name]
        if x.shape != y.shape or x.dtype != y.dtype:
            return f"{name}: {x.dtype}{x.shape} interpreted, {y.dtype}{y.shape} compiled"
        if x.dtype.kind != "f":
            if not np.array_equal(x, y):
                return f"{name}: {x} interpreted, {y} compiled"
            continue
        size = np.abs(np.where(np.isfinite(x), x, 0)).max(initial=1.0)
        if not np.allclose(y, x, rtol=tolerance, atol=tolerance * float(size), equal_nan=True):
            return f"{name}: {x} interpreted, {y} compiled"
    return None


if __name__ == "__main__":
    first, last = map(int, sys.argv[1:3])
    wrong = 0
    for number in range(first, last):
        statements = chain(number)
        problem = difference(statements)
        if problem:
            wrong += 1
            print(f"# seed {number}: {problem}", *statements, sep="\n")
    sys.exit(bool(wrong))
