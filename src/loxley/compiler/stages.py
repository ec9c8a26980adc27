"""What became of a plan, stage by stage, as text: for the log, for dumps and for `explain`.

In: a `Compiled`, and a name for each recorded value ("add at program.py:3").  Out: lines, and for
each step its kernel with loop nest, LLVM text, assembly, elements, bytes and operations.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from math import prod
from typing import Any

from ..ir.loops import Expr, Ref
from .assemble import invoke, kernel_key
from .fuse import Fused, Group, Single, Step, accesses
from .kinds import SIZE
from .llvm import jit
from .llvm.emit import kernel_text
from .llvm.target import host
from .loops.printer import expression, kernel_lines
from .lower import substituted
from .nodes import FREE, Layout, Node
from .running import Call, Compiled, Extern

Names = Sequence[str]


class Kernel:
    """One step of a plan that runs.

    name        the kernel's, or "NumPy" for an operator that is left to it
    digest      the name of its text in dumps and overrides; "" for NumPy
    origins     positions in the plan of the recorded values that it computes
    elements    of the frame it runs over, or of its results
    bytes       read and written, each element once
    operations  roughly, counting functions like `exp` as 8
    """

    def __init__(self, step: Call | Extern, fused: Fused) -> None:
        self.step = step
        self.digest, self.operations, self.workers = "", 0, 1
        if isinstance(step, Extern):
            self.name, self.nodes = "NumPy", [step.node]
            self.elements = sum(prod(shape) for shape, _ in step.node.data[3])
            self.bytes = 0
            self.index = fused.steps.index(fused.step_of[step.node])
        else:
            self._native(step, fused)
        self.origins = sorted({n.origin for n in self.nodes if n.origin >= 0})

    def _native(self, call: Call, fused: Fused) -> None:
        what, made = call.step
        self.name, self.workers = call.name, call.workers
        if isinstance(what, Group):
            self.nodes, self.elements = what.nodes, prod(what.frame)
            self.operations, self.bytes = made.work, _group_bytes(what, fused)
            self.digest = jit.digest_by_key(kernel_key(made.kernel), host())
            self.index = fused.steps.index(what)
            return
        self.nodes = [what, *(n for n in what.users if n.what == "item")]
        self.elements = sum(prod(shape) for shape, _ in what.data.outputs)
        sizes = {k: v for k, v in invoke(what)[1].items() if type(v) is int}
        self.operations, self.bytes = made.work(sizes), _template_bytes(what)
        self.digest = jit.digest_by_key(repr(made.key), host())
        self.index = fused.steps.index(fused.step_of[what])

    def loops(self) -> str:
        """Its loop nest; what it is where it was not made from one."""
        if isinstance(self.step, Extern):
            return f"NumPy: {self.step.op.name}"
        what, made = self.step.step
        if isinstance(what, Group):
            return kernel_lines(made.kernel)
        return f"template {made.name}: {made.key}"

    def llvm(self) -> str:
        """The text as it was generated."""
        if isinstance(self.step, Extern):
            return ""
        what, made = self.step.step
        return kernel_text(made.kernel, host()) if isinstance(what, Group) else made.text(host())

    def optimized(self) -> str:
        return jit.optimized(self.llvm(), host()) if self.digest else ""

    def assembly(self) -> str:
        return jit.assembly(self.llvm(), host()) if self.digest else ""


def kernels(compiled: Compiled) -> list[Kernel]:
    """The steps in the order in which they run."""
    made: list[Kernel] = []
    assert compiled.fused is not None
    for step in compiled.steps:
        parts: Sequence[Any] = (step,) if isinstance(step, Extern) else step.calls
        made.extend(Kernel(part, compiled.fused) for part in parts)
    return made


# ---------------------------------------------------------------- bytes


def _seen(layout: Layout) -> int:
    """How many different elements a layout shows; what is broadcast counts once."""
    shape, strides, _ = layout
    return prod(n for n, s in zip(shape, strides) if s)


def _read(sources: dict[tuple, int]) -> int:
    """Bytes of the elements that are read, none of them twice."""
    total: dict[Node, int] = {}
    for (base, _), count in sources.items():
        total[base] = min(base.size, total.get(base, 0) + count)
    return sum(count * SIZE[base.kind] for base, count in total.items())


def _group_bytes(group: Group, fused: Fused) -> int:
    sources: dict[tuple, int] = {}
    for node in group.nodes:
        for i in accesses(node):
            if i.base.what not in FREE and fused.step_of.get(i.base) is not group:
                sources[i.base, i.layout] = _seen(i.layout)
        if node.what == "gather":
            sources[node.inputs[0].base, node] = node.size
    written = sum(n.size * SIZE[n.kind] for n in group.nodes if n in fused.stored)
    return _read(sources) + written


def _template_bytes(node: Node) -> int:
    sources = {(i.base, i.layout): _seen(i.layout) for i in node.inputs if i.base.what not in FREE}
    return _read(sources) + sum(prod(shape) * SIZE[kind] for shape, kind in node.data.outputs)


# ---------------------------------------------------------------- lines


def graph(compiled: Compiled, names: Names) -> Iterator[str]:
    """The primitives, one a line, with the recorded value that each was made for."""
    assert compiled.program is not None
    for node in compiled.program.nodes:
        origin = f"    # {names[node.origin]}" if node.origin >= 0 else ""
        yield f"{node}{_detail(node)}{origin}"


def _detail(node: Node) -> str:
    """What a primitive does besides its kind."""
    if node.what == "map":
        arguments: dict[str, Expr] = {
            str(k): Ref(f"%{i.index}", i.kind) for k, i in enumerate(node.inputs)
        }
        text = expression(substituted(node.data, arguments))
        return f"  {text[:200]}{'...' * (len(text) > 200)}"
    if node.what == "reduce":
        return f"  {node.data[0]} over {list(node.data[1])}"
    if node.what in ("number", "scalar", "leaf"):
        return f"  {'' if node.what == 'number' else 'leaf '}{node.data}"
    if node.what == "template":
        return f"  {node.data.name}"
    return f"  {node.data[0].name}" if node.what == "extern" else ""


def fusion(compiled: Compiled, names: Names) -> Iterator[str]:
    """The groups, then what was left to NumPy, then every refusal; each with its reason."""
    fused = compiled.fused
    assert fused is not None
    for number, step in enumerate(fused.steps):
        if not isinstance(step, Single) or step.node.what != "leaf":
            yield f"step {number}: {_step_text(step)}"
    for name, reason in compiled.reasons:
        yield f"{name} is left to NumPy: {reason}"
    yield from (f"not fused: {text}" for text in unfused(compiled, names))


def unfused(compiled: Compiled, names: Names) -> Iterator[str]:
    """Each primitive that did not join a group that it might have joined, and the reason."""
    assert compiled.fused is not None
    for node, reason in compiled.fused.refusals:
        yield f"{node} of {_name(node, names)}: {reason}"


def _step_text(step: Step) -> str:
    if isinstance(step, Single):
        return repr(step.node) + _detail(step.node)
    reduces = f", reduces {list(step.reduced)}" if step.reduced else ""
    members = " ".join(f"%{n.index}" for n in step.nodes)
    return f"group over {list(step.frame)}{reduces}: {members}"


def _name(node: Node, names: Names) -> str:
    return names[node.origin] if node.origin >= 0 else "a leaf"


def memory(compiled: Compiled, names: Names) -> Iterator[str]:
    """The arena: offset, size, steps in which a buffer is alive, whose it is."""
    yield f"arena of {compiled.arena_bytes:,} bytes"
    for node, place, life in sorted(compiled.lifetimes, key=lambda x: (x[1], x[2].first)):
        what = "scratch of" if node.what == "template" else f"%{node.index} of"
        steps = f"steps {life.first} to {life.last}"
        where = f" in result {place.array}" if place.array >= 0 else ""
        line = f"{place.offset:10,} {life.size:12,} bytes{where}, {steps}: {what}"
        yield f"{line} {_name(node, names)}"


def launch(compiled: Compiled, names: Names) -> Iterator[str]:
    """The steps in running order: kernel, workers, and what it computes."""
    for kernel in kernels(compiled):
        of = "; ".join(names[i] for i in kernel.origins)
        digest = f" {kernel.digest}" if kernel.digest else ""
        workers = f"{kernel.workers} worker{'s' * (kernel.workers != 1)}"
        yield f"step {kernel.index}: {kernel.name}{digest}, {workers}: {of}"
