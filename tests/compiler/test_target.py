"""Targets: what is detected, what may be asked for, and what is refused."""

from __future__ import annotations

import dataclasses
import platform

import pytest

from loxley.compiler.llvm import target
from loxley.compiler.llvm.target import detect, lesser, named

LEVELS = ("sse2", "avx2", "avx512", "avx512_bf16", "avx512_amx", "neon")


def test_the_machine_is_known():
    machine = detect()
    assert machine.vector_bytes in (16, 32, 64) and machine.cores >= 1 and machine.cpu
    assert 4096 <= machine.l1 <= machine.l2 <= machine.l3
    assert not machine.has("a feature that nobody has")
    hash(machine)


@pytest.mark.parametrize(
    ("name", "width", "has", "lacks"),
    [
        ("sse2", 16, ("sse2",), ("avx2", "fma")),
        ("avx2", 32, ("avx2", "fma", "f16c"), ("avx512",)),
        ("avx512", 64, ("avx512", "fma"), ("avx512_bf16", "amx")),
        ("avx512_bf16", 64, ("avx512", "avx512_bf16", "avx512_vnni"), ("amx",)),
        ("avx512_amx", 64, ("avx512_bf16", "amx"), ("neon",)),
        ("neon", 16, ("neon",), ("avx2", "fma")),
    ],
)
def test_levels(name, width, has, lacks):
    level = named(name)
    assert level.vector_bytes == width
    assert all(map(level.has, has)) and not any(map(level.has, lacks))


def test_unknown_levels_are_refused():
    with pytest.raises(ValueError, match="LOXLEY_TARGET: expected one of sse2, .*'avx9'"):
        named("avx9")
    assert named("aarch64") == named("neon")


def test_a_lesser_target_keeps_the_machines_caches():
    full = dataclasses.replace(named("avx512_bf16"), cpu="big", l1=1, l2=2, l3=3, cores=4)
    less = lesser(full, "avx2")
    assert (less.l1, less.l2, less.l3, less.cores) == (1, 2, 3, 4)
    assert less.vector_bytes == 32 and less.cpu == "x86-64-v3" and not less.has("avx512")


@pytest.mark.parametrize("name", ["avx512_amx", "neon"])
def test_what_the_processor_lacks_is_refused(name):
    full = dataclasses.replace(named("avx512_bf16"), cpu="big")
    with pytest.raises(RuntimeError, match=f"LOXLEY_TARGET={name}: this processor .big. has no "):
        lesser(full, name)


def test_the_environment_asks(monkeypatch):
    name = "sse2" if platform.machine() in ("x86_64", "AMD64") else "neon"
    monkeypatch.setattr(target.config, "target", name)
    target.host.cache_clear()
    assert target.host().name == name
    monkeypatch.undo()
    target.host.cache_clear()
    assert target.host().name == (target.config.target or "host")
