"""Fused steps become a plan that runs: kernels compiled, memory laid out, slots bound.

In: values, leaves and what is wanted of them.  Out: a `Compiled`.  Stretches of kernels are one
native call each; an operator that is left to NumPy stands between two of them.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache, partial
from typing import Any

from ..collector import without_collections
from ..config import config
from ..errors import InternalError
from ..ir.graph import Value
from ..ir.loops import Kernel
from .alike import Lowering
from .fuse import Fused, Group, Single, fuse
from .kept import Keeper
from .kinds import SIZE
from .llvm import jit
from .llvm.emit import kernel_text
from .llvm.target import Target, host
from .lower import Lowered
from .nodes import Invocation, Node, is_whole
from .order import arrange
from .placing import Placing
from .program import Program, build
from .running import Call, Compiled, Extern, Native, Place, Pointer, Result, Scalar, Source
from .templates.template import Form, Template

_WORK_PER_WORKER = 1 << 16  # operations below which another worker is not worth waking


@without_collections(settle=True)  # a hundred thousand objects, which the plan keeps
def compile_plan(
    values: Sequence[Value],
    leaves: Sequence[Value],
    wanted: Sequence[int],
    donated: frozenset[int],
) -> Compiled:
    """The plan that computes the wanted values; `donated` leaves may be written over."""
    program = build(values, leaves, wanted)
    outputs = {node for node, _ in program.outputs}
    fused = fuse(program.nodes, outputs)
    arrange(fused, outputs)
    with jit.Ahead(host(), config.num_threads) as ahead:
        made = _Assembly(program, fused, len(leaves), donated, ahead).assemble()
    made.reasons, made.fused, made.program = program.reasons, fused, program
    return made


class _Assembly:
    def __init__(
        self,
        program: Program,
        fused: Fused,
        leaves: int,
        donated: frozenset[int],
        ahead: jit.Ahead,
    ) -> None:
        self.program, self.fused, self.donated, self.ahead = program, fused, donated, ahead
        self.made = Compiled()
        self.made.size = leaves
        self.places: dict[Node, Place] = {}
        self.workers = config.num_threads
        self.target = host()

    def assemble(self) -> Compiled:
        made, scratch = self.made, self._invoke()
        self._lower()
        self.places = Placing(self.program, self.fused, self.donated, made).place(scratch)
        pending: list[Call] = []
        for step in self.fused.steps:
            found = self._step(step)
            if isinstance(found, Extern):
                self._flush(pending)
                made.steps.append(found)
            elif found is not None:
                pending.append(found)
        self._flush(pending)
        made.outputs = [(self.places[n].array, shape) for n, shape in self.program.outputs]
        return made

    def _flush(self, pending: list[Call]) -> None:
        if pending:
            self.made.steps.append(Native(pending))
            self.made.kernels += len(pending)
            pending.clear()

    def _invoke(self) -> dict[Node, int]:
        """What each template is called with; the bytes of scratch memory that it needs."""
        self.templates: dict[Node, tuple[Template, dict, int]] = {}
        scratch: dict[Node, int] = {}
        known: dict[tuple, tuple[tuple[Template, dict, int], int]] = {}  # layers repeat
        for step in self.fused.steps:
            if isinstance(step, Single) and step.node.what == "template":
                node = step.node
                key = (node.data.plan, *[i.layout for i in node.inputs])
                found = known.get(key)
                if found is None:
                    found = known[key] = self._called(node)
                self.templates[node], bytes = found
                if bytes:
                    scratch[node] = bytes
        return scratch

    def _called(self, node: Node) -> tuple[tuple[Template, dict, int], int]:
        """A node's template, slot values and workers; the scratch memory of all of them."""
        template, values = invoke(node)
        sizes = {k: v for k, v in values.items() if type(v) is int}
        workers = self._workers(template.work(sizes))
        text = partial(template_text, template, self.target)
        self.ahead.begin(template.name, repr(template.key), text)
        return (template, values, workers), template.scratch(sizes, self.target) * workers

    def _lower(self) -> None:
        """Loop nests of all groups."""
        self.lowered: dict[Group, Lowered] = {}
        # By identity, which alike groups share: hashing a loop nest goes through all of it.
        self.functions: dict[int, tuple[str, int] | str] = {}
        lowering = Lowering(self.fused.stored)
        for step in self.fused.steps:
            if isinstance(step, Group):
                made = self.lowered[step] = lowering.lower(step)
                if id(made.kernel) not in self.functions:
                    self.functions[id(made.kernel)] = self._begin(made.kernel)

    def _begin(self, kernel: Kernel) -> tuple[str, int] | str:
        """A kernel's name and address, or the key of one that is compiled when it is asked for."""
        found = _names.get(kernel)
        if found is not None:
            return found
        key = kernel_key(kernel)
        self.ahead.begin(kernel.name, key, partial(kernel_text, kernel, self.target))
        return key

    def _function(self, kernel: Kernel) -> tuple[str, int]:
        """The name and address of a kernel of this plan; groups that are alike have one."""
        found = self.functions[id(kernel)]
        if isinstance(found, str):
            found = self.functions[id(kernel)] = compiled_kernel(kernel, found)
        return found

    # ------------------------------------------------------------------ steps

    def _step(self, step: Any) -> Call | Extern | None:
        if isinstance(step, Group):
            return self._kernel(step)
        if step.node.what == "template":
            return self._template(step.node)
        if step.node.what == "extern":
            return self._extern(step.node)
        return None  # leaves and joined memory

    def _workers(self, work: int) -> int:
        return max(1, min(self.workers, work // _WORK_PER_WORKER))

    def _pointer(self, node: Node) -> Pointer:
        offset = node.layout[2] * SIZE[node.kind] if node.base is not node else 0
        return Pointer(self.places[node.base], offset)

    def _kernel(self, group: Group) -> Call:
        lowered = self.lowered[group]
        slots: list[Any] = [Pointer(self.places[n], 0) for n in lowered.buffers]
        slots += map(_slot, lowered.scalars)
        name, function = self._function(lowered.kernel)
        return Call(name, function, slots, self._workers(lowered.work), (group, lowered))

    def _template(self, node: Node) -> Call:
        template, values, workers = self.templates[node]
        results = [n for n in node.users if n.what == "item"]
        slots: list[Any] = []
        for name, kind in template.slots:
            value: Any = values.get(name)
            if template.form is not None and name == template.form.slot:
                value = self._keeper(node, template.form, values)
            elif name == "scratch" and node in self.places:
                value = Pointer(self.places[node], 0)
            elif kind == "ptr" and type(value) is str:
                value = self._named(node, value, results)
            elif kind == "f64" and type(value) is not Node:
                value = float(value)
            if value is None:
                raise InternalError(f"template {template.name}: no value for slot {name}")
            slots.append(_slot(value))
        function = compiled_template(template)
        return Call(template.name, function, slots, workers, (node, template))

    def _keeper(self, node: Node, form: Form, values: dict) -> Keeper | int:
        """What may be kept of an argument that is a leaf and read as it is; 0 for others."""
        argument = node.inputs[int(values[form.argument][2:])]
        if argument.base.what != "leaf" or not is_whole(argument):
            return 0
        sizes = {k: v for k, v in values.items() if type(v) is int}
        slots = {name: sizes.get(name, 0) for name, _ in form.template.slots}
        workers = self._workers(form.template.work(sizes))
        made = Keeper(
            argument.base.data,
            repr((form.template.key, tuple(slots.items()))),
            form.bytes(sizes),
            partial(compiled_template, form.template),
            slots,
            (form.argument, form.slot),
            workers,
        )
        self.made.keepers.append(made)
        return made

    def _named(self, node: Node, name: str, results: list[Node]) -> Pointer:
        """`in0` and `out0` as addresses."""
        if name.startswith("in"):
            return self._pointer(node.inputs[int(name[2:])])
        number = int(name[3:])
        for item in results:
            if item.data == number:
                return Pointer(self.places[item], 0)
        raise InternalError(f"template {node.data.name}: output {number} has no memory")

    def _extern(self, node: Node) -> Extern:
        op, attrs, where, arrays = node.data
        sources = [self._source(i) for i in node.inputs]
        results: list[Result | None] = [None] * len(arrays)
        for item in node.users:
            place = self.places[item]
            assert place.array >= 0, item
            results[item.data] = Result(place.array, *arrays[item.data])
        return Extern(node.origin, (op, attrs, where), sources, results, node)

    def _source(self, node: Node) -> Source:
        """How an extern gets an input as an array."""
        base, (shape, strides, offset) = node.base, node.layout
        if base.what == "number":
            return Source("number", node.kind, shape, value=base.data)
        if base.what == "scalar":
            return Source("scalar", node.kind, shape, base.data)
        if base.what == "iota":
            raise InternalError("an index as an argument of NumPy")
        place = self.places[base]
        if base is node and place.array >= 0:
            return Source("array", node.kind, shape, place.array)
        size = SIZE[node.kind]
        steps, start = tuple(s * size for s in strides), place.offset + offset * size
        return Source("view", node.kind, shape, place.array, None, steps, start)


def _slot(value: Any) -> Any:
    """What goes to a slot; numbers that may change from run to run are looked up by then."""
    return Scalar(value.data, value.kind) if type(value) is Node else value


def invoke(node: Node) -> tuple[Template, dict]:
    call: Invocation = node.data
    return call.plan(*(i.layout for i in node.inputs))


@cache
def compiled_template(template: Template) -> int:
    target = host()
    text = partial(template_text, template, target)
    return jit.address_by_key(template.name, repr(template.key), text, target)


def template_text(template: Template, target: Target) -> str:
    return template.text(target)


def kernel_key(kernel: Kernel) -> str:
    """What the text of a kernel depends on besides the target."""
    return repr(kernel)


_names: dict[Kernel, tuple[str, int]] = {}


def compiled_kernel(kernel: Kernel, key: str = "") -> tuple[str, int]:
    """The name and address of a kernel; each distinct one is compiled once.

    key  `kernel_key` of it, if that is known
    """
    found = _names.get(kernel)
    if found is None:
        name = f"loxley_{len(_names)}"
        target = host()
        text = partial(kernel_text, kernel, target)
        address = jit.address_by_key(kernel.name, key or kernel_key(kernel), text, target)
        found = _names[kernel] = (name, address)
    return found


__all__ = ["Call", "Compiled", "Lowered", "compile_plan"]
