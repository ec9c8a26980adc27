"""Products on AMX's tile registers: assembled, and run with emulated registers."""

from __future__ import annotations

import numpy as np
import pytest

from loxley.compiler.llvm import jit, target
from loxley.compiler.llvm.builder import Function, Module, V, i64
from loxley.compiler.templates import gemm

from .gemm_cases import LAYOUTS, assert_product, expected, product, run, spec_of, targets

AMX = target.named("avx512_amx")
KINDS = [("bf16", "bf16", "bf16"), ("f32", "bf16", "f32"), ("bf16", "f32", "bf16")]
INSTRUCTIONS = ("ldtilecfg", "tilerelease", "tilezero", "tileloadd64", "tilestored64", "tdpbf16ps")
ROW, SIZE = 64, 1024  # bytes of a tile register's row, and of all of it


def _register(f, name):
    return f.address(V("@registers", "ptr"), f"[{SIZE} x i8]", f.convert("zext", f[name], "i64"))


def _cell(f, register, row, column):
    at = f.binary("add", f.binary("mul", row, i64(ROW // 4)), column)
    return f.address(register, "i32", at)


def _move(module, name, load):
    f = Function(module, name, [("i8", "n"), ("ptr", "at"), ("i64", "stride")])
    register = _register(f, "n")
    with f.loop(i64(0), i64(16)) as row, f.loop(i64(0), i64(16)) as column:
        line = f.address(f["at"], "i8", f.binary("mul", row, f["stride"]))
        places = [f.address(line, "i32", column), _cell(f, register, row, column)]
        source, to = places if load else reversed(places)
        f.store(f.load(source, "i32", 4), to, 4)
    f.ret()


def _widened(f, word, high):
    bits = (
        f.binary("and", word, V("-65536", "i32")) if high else f.binary("shl", word, V("16", "i32"))
    )
    return f.convert("bitcast", bits, "float")


def _products(module):
    f = Function(module, "emulated_tdpbf16ps", [("i8", "c"), ("i8", "a"), ("i8", "b")])
    c, a, b = (_register(f, n) for n in "cab")
    with f.loop(i64(0), i64(16)) as i, f.loop(i64(0), i64(16)) as k, f.loop(i64(0), i64(16)) as j:
        x, y = (f.load(_cell(f, r, *at), "i32", 4) for r, at in ((a, (i, k)), (b, (k, j))))
        place = _cell(f, c, i, j)
        total = f.load(place, "float", 4)
        for high in (False, True):
            one = f.binary("fmul", _widened(f, x, high), _widened(f, y, high))
            total = f.binary("fadd", total, one)
        f.store(total, place, 4)
    f.ret()


def _zero(module):
    f = Function(module, "emulated_tilezero", [("i8", "n")])
    register = _register(f, "n")
    with f.loop(i64(0), i64(SIZE)) as byte:
        f.store(V("0", "i8"), f.address(register, "i8", byte), 1)
    f.ret()


def _configuring(module):
    """The registers' shapes are what the emulation takes for granted, or nothing is computed."""
    f = Function(module, "emulated_ldtilecfg", [("ptr", "at")])
    with f.loop(i64(0), i64(8)) as n:
        bytes, rows = (
            f.load(f.address(f["at"], "i8", f.binary("add", i64(first), at)), "i8", 1)
            for first, at in ((16, f.binary("mul", n, i64(2))), (48, n))
        )
        for got, want in ((bytes, "64"), (rows, "16")):
            with f.when(f.compare("icmp ne", got, V(want, "i8"))):
                f.line("call void @llvm.trap()")
    f.ret()
    module.declare("llvm.trap", "void", [])
    Function(module, "emulated_tilerelease", []).ret()


def _in_turn(module, name, parts):
    """The kernel's parts, one after the other: there is one set of registers."""
    f = Function(module, "in_turn", [("ptr", "args"), ("i64", "worker"), ("i64", "workers")])
    with f.loop(i64(0), i64(parts)) as part:
        f.call_defined(name, "void", [f["args"], part, i64(parts)])
    f.ret()


def emulated(made, parts=1):
    """The template for AMX, whose text this machine can run."""

    def text(machine):
        kept = [
            line
            for line in made.text(AMX).splitlines()
            if not line.startswith(tuple(f"declare void @llvm.x86.{n}(" for n in INSTRUCTIONS))
        ]
        written = "\n".join(kept)
        for name in INSTRUCTIONS:
            written = written.replace(f"@llvm.x86.{name}(", f"@emulated_{name}(")
        module = Module()
        module.constants.append(f"@registers = internal global [8 x [{SIZE} x i8]] zeroinitializer")
        _move(module, "emulated_tileloadd64", True)
        _move(module, "emulated_tilestored64", False)
        _products(module)
        _zero(module)
        _configuring(module)
        _in_turn(module, made.name, parts)
        return f"{written}\n{module}"

    scratch = made.scratch
    return made._replace(
        name="in_turn", text=text, scratch=lambda sizes, machine: scratch(sizes, AMX) * parts
    )


machines = [t for t in targets() if t.name == "avx512_bf16"]


@pytest.mark.skipif(not machines, reason="the rest of the kernel needs AVX512-BF16")
@pytest.mark.parametrize("kinds", KINDS, ids="-".join)
def test_random_sizes_and_layouts(kinds):
    rng = np.random.default_rng(5)
    sizes = [tuple(int(v) for v in rng.integers(0, 75, 3)) for _ in range(10)]
    for m, n, k in [*sizes, (1, 1, 1), (33, 40, 1000), (70, 500, 31)]:
        p = product(rng, kinds, (m, n, k, 1, 2), tuple(rng.choice(LAYOUTS, 2)))
        spec = spec_of(p, "bf16", kinds)
        bits = []
        for parts in (1, 3):
            run(spec, p, machines[0], method=emulated(gemm.template(spec, "blocked"), parts))
            bits.append(p.room.tobytes())
        assert bits[0] == bits[1]
        assert_product(p, "bf16", kinds[2], *expected(p, "bf16"))


def test_assembled_for_a_processor_that_has_it():
    spec = gemm.Spec("bf16", "bf16", "f32", "bf16")
    for name, count in (("avx512_amx", True), ("avx512_bf16", False)):
        machine = target.named(name)
        text = jit.assembly(gemm.template(spec, "blocked").text(machine), machine)
        assert ("tdpbf16ps" in text and "ldtilecfg" in text) is count
        assert ("vdpbf16ps" in text) is not count
