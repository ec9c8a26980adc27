"""From text to addresses: errors name the kernel, nothing is compiled twice."""

from __future__ import annotations

import ctypes
import dataclasses
import threading

import numpy as np
import pytest

from loxley.compiler.llvm import jit
from loxley.compiler.llvm.launch import launch, launch_template
from loxley.compiler.llvm.target import detect, host, named
from loxley.compiler.templates.template import Template
from loxley.config import config
from loxley.errors import CompilationError

HEAD = "(ptr %args, i64 %worker, i64 %workers)"


@pytest.fixture(autouse=True)
def no_disk(monkeypatch):
    monkeypatch.setattr(config, "cache", "")


def constant(name: str, number: int) -> str:
    """A kernel that writes `number` to the address in its first slot."""
    return f"""define void @{name}{HEAD} {{
  %x = load ptr, ptr %args
  store i64 {number}, ptr %x
  ret void
}}
"""


def result_of(name: str, text: str) -> int:
    x = np.zeros(1, np.int64)
    launch(name, text, [x])
    return int(x[0])


def test_text_becomes_code():
    assert result_of("seven", constant("seven", 7)) == 7


def test_equal_names_do_not_meet():
    assert result_of("same", constant("same", 1)) == 1
    assert result_of("same", constant("same", 2)) == 2
    assert result_of("same", constant("same", 1)) == 1


def test_several_functions_of_one_module():
    text = constant("one", 1) + constant("two", 2)
    found = jit.addresses_by_key(("two", "one"), "one and two", lambda: text, detect())
    assert found == jit.addresses_by_key(("two", "one"), "one and two", lambda: "", detect())
    x = ctypes.c_int64()
    slots = (ctypes.c_int64 * 1)(ctypes.addressof(x))
    for address, expected in zip(found, (2, 1)):
        ctypes.CFUNCTYPE(None, ctypes.c_void_p, ctypes.c_int64, ctypes.c_int64)(address)(
            ctypes.addressof(slots), 0, 1
        )
        assert x.value == expected


def test_nothing_is_compiled_twice():
    text = constant("once", 3)
    jit.address("once", text, host())
    before = jit.stats.compiled
    jit.address("once", text, host())
    assert jit.stats.compiled == before


def test_a_key_stands_for_its_text():
    made = []

    def make() -> str:
        made.append(1)
        return constant("keyed", 9)

    first = jit.address_by_key("keyed", "nine", make, host())
    assert jit.address_by_key("keyed", "nine", make, host()) == first
    assert len(made) == 1


@pytest.mark.parametrize(
    ("body", "message"),
    [
        ("ret i32 0", "kernel bad: .*value doesn't match"),
        ("%x = add i64 %worker, %nothing\n ret void", "kernel bad: .*undefined value"),
        ("call void @loxley_nowhere()\n ret void", "kernel bad: nothing defines loxley_nowhere"),
    ],
)
def test_errors_name_the_kernel(body, message):
    text = f"declare void @loxley_nowhere()\ndefine void @bad{HEAD} {{ {body} }}"
    with pytest.raises(CompilationError, match=f"(?s){message}"):
        jit.address("bad", text, host())


def test_a_missing_function_is_an_error():
    with pytest.raises(CompilationError, match="kernel absent"):
        jit.address("absent", constant("present", 1), host())


def test_many_threads_compile_at_once():
    results: dict[int, int] = {}

    def work(i: int) -> None:
        results[i] = result_of(f"t{i % 4}", constant(f"t{i % 4}", i % 4))

    threads = [threading.Thread(target=work, args=(i,)) for i in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert results == {i: i % 4 for i in range(8)}


def test_text_for_other_processors():
    text = constant("k", 5)
    assert "ret" in jit.assembly(text, named("neon")) and "x0" in jit.assembly(text, named("neon"))
    assert "retq" in jit.assembly(text, named("avx512_amx"))
    assert "store i64 5" in jit.optimized(text, named("avx2"))


# ---------------------------------------------------------------------- templates

SCRATCH = Template(
    name="spread",
    key=("spread",),
    text=lambda target: (
        f"""define void @spread{HEAD} {{
  %s = load ptr, ptr %args
  %p1 = getelementptr i64, ptr %args, i64 1
  %offset = load i64, ptr %p1
  %p2 = getelementptr i64, ptr %args, i64 2
  %y = load ptr, ptr %p2
  %p3 = getelementptr i64, ptr %args, i64 3
  %v = load double, ptr %p3
  %bytes = mul i64 %worker, 64
  %mine = getelementptr i8, ptr %s, i64 %bytes
  %at = getelementptr i8, ptr %mine, i64 %offset
  store double %v, ptr %at
  %back = load double, ptr %at
  %out = getelementptr double, ptr %y, i64 %worker
  store double %back, ptr %out
  ret void
}}"""
    ),
    slots=(("scratch", "ptr"), ("offset", "i64"), ("y", "ptr"), ("v", "f64")),
    scratch=lambda sizes, target: 64,
    work=lambda sizes: 1,
)


@pytest.mark.parametrize("workers", [1, 3])
def test_templates_get_their_scratch_memory(workers):
    y = np.zeros(3)
    launch_template(SCRATCH, {"offset": 56, "y": y, "v": 2.5}, workers)
    assert y.tolist() == [2.5] * workers + [0.0] * (3 - workers)


@pytest.mark.parametrize("offset", [-8, 64])
def test_writes_outside_scratch_memory_are_noticed(offset):
    with pytest.raises(RuntimeError, match="spread wrote outside its scratch memory"):
        launch_template(SCRATCH, {"offset": offset, "y": np.zeros(1), "v": 1.0})


@pytest.mark.parametrize("change", [{"v": 1}, {"offset": 1.0}, {"y": 3}, {"z": 1}])
def test_arguments_are_checked(change):
    with pytest.raises(TypeError, match="spread"):
        launch_template(SCRATCH, {"offset": 0, "y": np.zeros(1), "v": 1.0, **change})


def test_what_is_generated_depends_on_the_caches():
    ours = detect()
    other = dataclasses.replace(ours, l2=2 * ours.l2)
    assert jit.digest_by_key("a kernel", ours) != jit.digest_by_key("a kernel", other)
