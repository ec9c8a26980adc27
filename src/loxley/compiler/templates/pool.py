"""Pooling and its gradients in one to three dimensions: specs, slots, templates.

In: a `Spec`.  Out: a `Template` that computes what the operators of `ops.nn_pool` compute, on
contiguous planes x (P, D, H, W) and y (P, od, oh, ow); fewer dimensions are three with sizes of
one (`arguments` adds them).  P is the product of all leading dimensions.

    operator                     name                 read        written
    max_pool_with_indices        max                  x           y, where
    max_pool_backward            max_backward         y, where    x
    avg_pool                     mean                 x           y
    avg_pool_backward            mean_backward        y           x
    adaptive_avg_pool            adaptive             x           y
    adaptive_avg_pool_backward   adaptive_backward    y           x

`where` holds numbers of taps within their windows, u8 or i32 as the operator's rule says.  16-bit
floats are summed in float32.  Each plane belongs to one worker.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import lru_cache
from math import prod
from typing import NamedTuple

from ..llvm.builder import Function, Module
from ..llvm.target import Target
from .conv_plan import Plan
from .frame import Frame, window_sizes
from .pool_planes import PLANES, define_planes, planes_scratch
from .pool_windows import define_windows
from .template import Template

NAMES = ("max", "max_backward", "mean", "mean_backward", "adaptive", "adaptive_backward")


class Spec(NamedTuple):
    """What is fixed in a kernel's text.

    name    one of NAMES
    memory  type of x and y: f32, f64, bf16, f16
    step    1 or 2 where the innermost stride of "max" or "mean" is, else 0 (any)
    where   its type, "u8" or "i32"; "" without it
    divide  what a "mean" divides by: "window" (padding counts), "inside" (it does not) or "given"
            (the slot "divisor", f64); "" for others
    """

    name: str
    memory: str
    step: int = 0
    where: str = ""
    divide: str = ""


def spec_of(
    name: str,
    memory: str,
    kernel: Sequence[int] = (),
    stride: Sequence[int] = (),
    include_pad: bool = True,
    divisor: int | None = None,
) -> Spec:
    """The spec of an operator's attributes."""
    step = stride[-1] if name in ("max", "mean") and stride[-1] in (1, 2) else 0
    where = ("u8" if prod(kernel) < 256 else "i32") if name.startswith("max") else ""
    divide = "given" if divisor is not None else "window" if include_pad else "inside"
    return Spec(name, memory, step, where, divide if name.startswith("mean") else "")


def arguments(
    planes: int,
    size: Sequence[int],
    out: Sequence[int],
    kernel: Sequence[int] = (),
    stride: Sequence[int] = (),
    padding: Sequence[int] = (),
    dilation: Sequence[int] = (),
) -> dict[str, int]:
    """The i64 slots; the last four are those of `numerics.pooling.Windows`, adaptive without."""
    made = {"planes": planes}
    parts = (size, kernel, out, stride, padding, dilation)
    return made | window_sizes(*parts)


@lru_cache(maxsize=256)
def template(spec: Spec) -> Template:
    """The kernel of a spec; ValueError if there is none.

    Slots: "x", "y", "where" with a type, the sizes that `arguments` makes, "divisor" if given,
    "scratch".
    """
    _check(spec)
    slots = [("x", "ptr"), ("y", "ptr")] + [("where", "ptr")] * bool(spec.where)
    slots += [("planes", "i64")]
    slots += [(name, "i64") for name in window_sizes()]
    slots += [("divisor", "f64")] * (spec.divide == "given") + [("scratch", "ptr")]
    name = "_".join(("pool", *(str(part) for part in spec if part != "")))
    return Template(
        name,
        ("pool", spec),
        lambda target: _text(name, spec, slots, target),
        tuple(slots),
        lambda sizes, target: _scratch(spec, sizes, target),
        _work,
    )


def _check(spec: Spec) -> None:
    if spec.name not in NAMES:
        raise ValueError(f"pool: expected one of {NAMES}, but got {spec.name!r}")
    if spec.memory not in ("f32", "f64", "bf16", "f16"):
        raise ValueError(
            f"pool: expected elements of f32, f64, bf16 or f16, but got {spec.memory!r}"
        )
    indices = ("u8", "i32") if spec.name.startswith("max") else ("",)
    divisions = ("window", "inside", "given") if spec.name.startswith("mean") else ("",)
    if spec.where not in indices or spec.divide not in divisions:
        raise ValueError(f"pool: no {spec.name!r} with {spec.where!r} and {spec.divide!r}")


def _scratch(spec: Spec, sizes: Mapping[str, int], target: Target) -> int:
    if spec.name in PLANES:
        return planes_scratch(spec.memory, sizes)
    return Plan(target, spec.memory, "positions").scratch


def _work(sizes: Mapping[str, int]) -> int:
    """Elements that are looked at, about; windows of the adaptive kind cover x once."""
    size, out, kernel = (prod(sizes[f"{s}_{a}"] for a in "dhw") for s in ("size", "out", "kernel"))
    return sizes["planes"] * max(size, out * kernel)


def _text(name: str, spec: Spec, slots: Sequence[tuple[str, str]], target: Target) -> str:
    module = Module()
    parameters = [("ptr", "args"), ("i64", "worker"), ("i64", "workers")]
    f = Function(module, name, parameters)
    given = Frame(f, [n for n, _ in slots], f["args"])
    plan = Plan(target, spec.memory, "positions")
    define = define_planes if spec.name in PLANES else define_windows
    define(f, plan, given, spec)
    f.ret()
    return str(module)
