"""From LLVM text to machine code: parse, verify, optimize, emit, load.

In: a module's text and a `Target`.  Out: the address of a function that stays valid for the life
of the process; or the optimized text or the assembly, for looking at.  Every module gets an engine
of its own, so that two modules may define functions of one name.
"""

from __future__ import annotations

import os
import threading
import time
from collections.abc import Callable
from hashlib import sha256

import llvmlite
import llvmlite.binding as llvm

from ...errors import CompilationError
from . import cache
from .target import Target


class Stats:
    """`compiled` modules, `loaded` objects from disk, and `seconds` spent in LLVM for both."""

    __slots__ = ("compiled", "loaded", "seconds")

    def __init__(self) -> None:
        self.reset()

    def reset(self) -> None:
        self.compiled = self.loaded = 0
        self.seconds = 0.0

    def __repr__(self) -> str:
        return f"Stats({', '.join(f'{n}={getattr(self, n)}' for n in self.__slots__)})"


stats = Stats()

_VERSIONS = f"{llvmlite.__version__}/{llvm.llvm_version_info}"
_lock = threading.RLock()
_addresses: dict[tuple[str, bytes], int] = {}

# A fork in the middle of a compilation would leave LLVM's state half changed in the child.
if hasattr(os, "register_at_fork"):
    os.register_at_fork(
        before=_lock.acquire, after_in_parent=_lock.release, after_in_child=_lock.release
    )


def address(name: str, text: str, target: Target) -> int:
    """The address of function `name` of the module `text`; compiled at most once.

    CompilationError, naming the kernel, where LLVM refuses the text.
    """
    return _address(name, _digest("text", text, target), lambda: text, target)


def address_by_key(name: str, key: str, make_text: Callable[[], str], target: Target) -> int:
    """`address` of a text that need not be generated if `key` was met before, here or on disk.

    `key` says everything that the text depends on besides the target and loxley's own sources.
    """
    return _address(name, _digest(cache.own_sources(), key, target), make_text, target)


def _digest(kind: str, text: str, target: Target) -> bytes:
    parts = (_VERSIONS, kind, *target.key, str(target.vector_bytes), text)
    return sha256("\0".join(parts).encode()).digest()


def _address(name: str, digest: bytes, make_text: Callable[[], str], target: Target) -> int:
    found = _addresses.get((name, digest))
    if found is not None:
        return found
    with _lock:
        if (name, digest) not in _addresses:
            _addresses[name, digest] = _obtain(name, digest, make_text, target)
        return _addresses[name, digest]


def _obtain(name: str, digest: bytes, make_text: Callable[[], str], target: Target) -> int:
    """The function's address from the object on disk, else from the text."""
    stored = cache.load(digest)
    if stored is not None:
        start = time.perf_counter()
        found = _load(name, stored, target)
        stats.loaded += 1
        stats.seconds += time.perf_counter() - start
        return found
    text = make_text()
    start = time.perf_counter()
    code = compiled(name, text, target)
    found = _load(name, code, target)
    stats.compiled += 1
    stats.seconds += time.perf_counter() - start
    cache.store(digest, code)
    return found


def compiled(name: str, text: str, target: Target) -> bytes:
    """The object file of a module; `name` is for errors."""
    machine = _machine(target)
    return machine.emit_object(_optimized(name, text, machine))


def optimized(text: str, target: Target) -> str:
    """The module's text as LLVM leaves it."""
    return str(_optimized("module", text, _machine(target)))


def assembly(text: str, target: Target) -> str:
    """The module's assembly, for reading; `target` need not be this machine."""
    machine = _machine(target)
    machine.set_asm_verbosity(False)
    return machine.emit_assembly(_optimized("module", text, machine))


def _machine(target: Target) -> llvm.TargetMachine:
    native = target.triple.split("-")[0] == llvm.get_process_triple().split("-")[0]
    with _lock:
        (llvm.initialize_native_target if native else llvm.initialize_all_targets)()
        (llvm.initialize_native_asmprinter if native else llvm.initialize_all_asmprinters)()
    return llvm.Target.from_triple(target.triple).create_target_machine(
        cpu=target.cpu, features=target.features, opt=2, jit=native
    )


def _optimized(name: str, text: str, machine: llvm.TargetMachine) -> llvm.ModuleRef:
    try:
        module = llvm.parse_assembly(text)
        module.verify()
    except RuntimeError as error:
        raise CompilationError(f"kernel {name}: {str(error).strip()}") from error
    module.triple = machine.triple
    module.data_layout = str(machine.target_data)
    tuning = llvm.create_pipeline_tuning_options(speed_level=1)
    builder = llvm.create_pass_builder(machine, tuning)
    _passes().run(module, builder)
    return module


def _passes() -> llvm.ModulePassManager:
    """A short list: our kernels are vectorized and blocked already when they come here."""
    passes = llvm.create_new_module_pass_manager()
    passes.add_always_inliner_pass()
    passes.add_sroa_pass()
    passes.add_instruction_combine_pass()
    passes.add_simplify_cfg_pass()
    passes.add_loop_rotate_pass()
    passes.add_new_gvn_pass()
    passes.add_instruction_combine_pass()
    passes.add_simplify_cfg_pass()
    passes.add_dead_code_elimination_pass()
    return passes


def _load(name: str, code: bytes, target: Target) -> int:
    """Loads an object file for good and returns the address of its function `name`."""
    empty = llvm.parse_assembly("")
    # One contiguous reservation for each engine: code reaches its constants in 32 bits.
    engine = llvm.create_mcjit_compiler(empty, _machine(target), use_lmm=True)
    engine.remove_module(empty)  # or it would be compiled
    engine.add_object_file(llvm.ObjectFileRef.from_data(code))
    engine.finalize_object()
    found = engine.get_function_address(name)
    if not found:
        raise CompilationError(f"kernel {name}: its module defines no function of that name")
    # For good: plans hold bare addresses, and helper threads sleep in code until the process ends.
    engine.detach()
    return found
