"""From LLVM text to machine code: parse, verify, optimize, emit, load.

In: a module's text and a `Target`.  Out: the address of a function that stays valid for the life
of the process; or the optimized text or the assembly, for looking at.  Every module gets an engine
of its own, so that two modules may define functions of one name.
"""

from __future__ import annotations

import functools
import os
import sys
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor, wait
from contextlib import contextmanager, suppress
from hashlib import sha256
from pathlib import Path

import llvmlite
import llvmlite.binding as llvm

from ...config import config
from ...errors import CompilationError
from . import cache, objects
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

_lock = threading.RLock()
_addresses: dict[tuple[tuple[str, ...], bytes], tuple[int, ...]] = {}
_origins: dict[int, tuple[str, bytes]] = {}

# By digest: objects that LLVM works at, or the texts of those that it will be given.
_begun: dict[bytes, Future[bytes] | str] = {}


def _before_fork() -> None:
    """A fork in the middle of a compilation would leave LLVM's state half changed in the child."""
    _lock.acquire()
    wait([begun for begun in _begun.values() if isinstance(begun, Future)])


if hasattr(os, "register_at_fork"):
    os.register_at_fork(
        before=_before_fork, after_in_parent=_lock.release, after_in_child=_lock.release
    )


def address(name: str, text: str, target: Target) -> int:
    """The address of function `name` of the module `text`; compiled at most once.

    CompilationError, naming the kernel, where LLVM refuses the text.
    """
    return _addresses_of((name,), _digest("text", text, target), lambda: text, target)[0]


def addresses_by_key(
    names: tuple[str, ...], key: str, make_text: Callable[[], str], target: Target
) -> tuple[int, ...]:
    """The addresses of several functions of one module; as `address_by_key`, never overridden."""
    return _addresses_of(names, _digest_of_key(key, target), make_text, target)


def address_by_key(name: str, key: str, make_text: Callable[[], str], target: Target) -> int:
    """`address` of a text that need not be generated if `key` was met before, here or on disk.

    `key` says everything that the text depends on besides the target and loxley's own sources
    (`cache.own_sources`).  A text that lies in the folder `LOXLEY_OVERRIDE` under the kernel's
    digest takes its place.
    """
    if config.override:
        path = Path(config.override, digest_by_key(key, target) + ".ll")
        if path.exists():
            return _replaced(name, path, target)
    return addresses_by_key((name,), key, make_text, target)[0]


def address_by_digest(name: str, digest: bytes, target: Target) -> int:
    """`address` of an object that was made before (`origin`); LookupError if it isn't there."""
    return _addresses_of((name,), digest, None, target)[0]


def origin(address: int) -> tuple[str, bytes] | None:
    """The function's name and its object's digest; None for a text that somebody edited."""
    return _origins.get(address)


class Ahead:
    """Inside `with`, kernels are generated one after the other before LLVM has the processor; it
    compiles them in a thread of its own meanwhile, if there may be another.

    LLVM's calls wait for one another, so that more threads would win nothing; between them Python
    would find the processor's caches full of LLVM.  `begin` takes what `address_by_key` will be
    asked for; it does nothing for a kernel that is known or lies on disk, nor where texts may be
    replaced.
    """

    def __init__(self, target: Target, threads: int) -> None:
        self._target = target
        self._pool = ThreadPoolExecutor(1) if threads > 1 else None

    def __enter__(self) -> Ahead:
        _initialize(_native(self._target))
        return self

    def begin(self, name: str, key: str, make_text: Callable[[], str]) -> None:
        if config.override:
            return
        digest = _digest_of_key(key, self._target)
        if ((name,), digest) in _addresses or digest in _begun or cache.holds(digest):
            return
        text = make_text()
        with _lock:
            if self._pool is None:
                _begun[digest] = text
            else:
                _begun[digest] = self._pool.submit(compiled, name, text, self._target)

    def __exit__(self, *_: object) -> None:
        if self._pool is not None:
            self._pool.shutdown(cancel_futures=True)
        with _lock:
            _begun.clear()


def digest_by_key(key: str, target: Target) -> str:
    """The name of a kernel in dumps and overrides."""
    return _digest_of_key(key, target).hex()[:16]


def _digest_of_key(key: str, target: Target) -> bytes:
    """Of a text that is not there: what generates it looks at the caches' sizes, too."""
    return _digest(f"{cache.own_sources()} {target.l1} {target.l2} {target.l3}", key, target)


def _replaced(name: str, path: Path, target: Target) -> int:
    """A function of a text that somebody edited; its object is kept nowhere."""
    with _lock, _timed():
        stats.compiled += 1
        return _load((name,), compiled(f"{name} of {path}", path.read_text(), target), target)[0]


@functools.cache
def pipeline() -> str:
    """What the bytes of an object depend on besides its text and target."""
    versions = f"{llvmlite.__version__} {llvm.llvm_version_info}"
    return versions + cache.digest_of(Path(__file__))


def _digest(kind: str, text: str, target: Target) -> bytes:
    parts = (pipeline(), kind, *target.key, str(target.vector_bytes), text)
    return sha256("\0".join(parts).encode()).digest()


def _addresses_of(
    names: tuple[str, ...], digest: bytes, make_text: Callable[[], str] | None, target: Target
) -> tuple[int, ...]:
    found = _addresses.get((names, digest))
    if found is not None:
        return found
    with _lock:
        if (names, digest) not in _addresses:
            found = _addresses[names, digest] = _obtain(names, digest, make_text, target)
            _origins.update((address, (name, digest)) for name, address in zip(names, found))
        return _addresses[names, digest]


def _obtain(
    names: tuple[str, ...], digest: bytes, make_text: Callable[[], str] | None, target: Target
) -> tuple[int, ...]:
    """The functions' addresses from the object on disk, else from the text."""
    code = cache.load(digest)
    if code is not None:
        with _timed():
            stats.loaded += 1
            return _load(names, code, target)
    if make_text is None:
        raise LookupError(f"kernel {names[0]}: no object {digest.hex()}")
    begun = _begun.pop(digest, None) or make_text()
    with _timed():
        stats.compiled += 1
        code = compiled(names[0], begun, target) if isinstance(begun, str) else begun.result()
        found = _load(names, code, target)
    cache.store(digest, code)
    return found


@contextmanager
def _timed() -> Iterator[None]:
    start = time.perf_counter()
    try:
        yield
    finally:
        stats.seconds += time.perf_counter() - start


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
    native = _native(target)
    _initialize(native)
    # With `jit`, x86 gets the large code model: an object's sections may be loaded anywhere.
    return llvm.Target.from_triple(target.triple).create_target_machine(
        cpu=target.cpu, features=target.features, opt=2, jit=native
    )


def _native(target: Target) -> bool:
    return target.triple.split("-")[0] == llvm.get_process_triple().split("-")[0]


@functools.cache
def _initialize(native: bool) -> None:
    with _lock:
        (llvm.initialize_native_target if native else llvm.initialize_all_targets)()
        (llvm.initialize_native_asmprinter if native else llvm.initialize_all_asmprinters)()


def _optimized(name: str, text: str, machine: llvm.TargetMachine) -> llvm.ModuleRef:
    try:
        module = llvm.parse_assembly(text, llvm.create_context())
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
    """A short list: our kernels are vectorized and blocked already when they come here.

    LLVM's own pipelines (O1 to O3) take two to four times as long and leave as many instructions.
    """
    passes = llvm.create_new_module_pass_manager()
    passes.add_always_inliner_pass()
    passes.add_sroa_pass()
    passes.add_instruction_combine_pass()
    passes.add_simplify_cfg_pass()
    passes.add_loop_rotate_pass()
    passes.add_instruction_combine_pass()
    passes.add_simplify_cfg_pass()
    passes.add_dead_code_elimination_pass()
    return passes


@functools.cache
def _load_libm() -> None:
    """Makes libm's functions (fmod) known to LLVM; an interpreter need not be linked with it."""
    if sys.platform == "linux":
        with suppress(RuntimeError):
            llvm.load_library_permanently("libm.so.6")


def _load(names: tuple[str, ...], code: bytes, target: Target) -> tuple[int, ...]:
    """Loads an object file for good and returns the addresses of its functions."""
    _load_libm()
    missing = [s for s in objects.undefined(code) if not llvm.address_of_symbol(s)]
    if missing:
        raise CompilationError(f"kernel {names[0]}: nothing defines {', '.join(missing)}")
    empty = llvm.parse_assembly("")
    engine = llvm.create_mcjit_compiler(empty, _machine(target))
    engine.remove_module(empty)  # or it would be compiled
    engine.add_object_file(llvm.ObjectFileRef.from_data(code))
    engine.finalize_object()
    found = tuple(engine.get_function_address(name) for name in names)
    if not all(found):
        raise CompilationError(f"kernel {names[0]}: its module lacks a function of {names}")
    # For good: plans hold bare addresses, and helper threads sleep in code until the process ends.
    engine.detach()
    return found
