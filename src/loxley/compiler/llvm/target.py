"""What code is generated for: a processor's name, its features and the sizes of its caches.

In: the machine, or a name.  Out: a frozen `Target`, which the emitter, the templates and the
compiler ask for vector widths and features.  `LOXLEY_TARGET` asks for a lesser one than the
machine's, so that code for other processors can be tested and compared.
"""

from __future__ import annotations

import ctypes
import functools
import os
import platform
import sys
from collections.abc import Mapping
from dataclasses import dataclass

import llvmlite.binding as llvm

from ...config import config

# Each level's features, by LLVM's names; a level has those of the levels that it names too.
_SSE2 = ("cx8", "fxsr", "mmx", "sse", "sse2")
_AVX2 = (
    *_SSE2,
    *("sse3", "ssse3", "sse4.1", "sse4.2", "popcnt", "cx16", "sahf", "avx", "avx2", "fma", "f16c"),
    *("bmi", "bmi2", "lzcnt", "movbe", "xsave", "crc32"),
)
_AVX512 = (*_AVX2, "avx512f", "avx512bw", "avx512cd", "avx512dq", "avx512vl")
_BF16 = (*_AVX512, "avx512bf16", "avx512vnni")
_AMX = (*_BF16, "amx-tile", "amx-bf16", "amx-int8")
_LEVELS: Mapping[str, tuple[str, int, tuple[str, ...]]] = {
    "sse2": ("x86-64", 16, _SSE2),
    "avx2": ("x86-64-v3", 32, _AVX2),
    "avx512": ("x86-64-v4", 64, _AVX512),
    "avx512_bf16": ("x86-64-v4", 64, _BF16),
    "avx512_amx": ("x86-64-v4", 64, _AMX),
    "neon": ("generic", 16, ("neon", "fp-armv8")),
}
# What `has` may be asked for, and the LLVM features that it stands for.
_FAMILIES: Mapping[str, tuple[str, ...]] = {
    "avx512": ("avx512f", "avx512bw", "avx512cd", "avx512dq", "avx512vl"),
    "avx512_bf16": ("avx512bf16",),
    "avx512_vnni": ("avx512vnni",),
    "amx": ("amx-tile", "amx-bf16"),
    "bf16": ("bf16",),
}


@dataclass(frozen=True)
class Target:
    """A processor to generate code for.

    name          "host", or the level asked for: sse2, avx2, avx512, avx512_bf16, avx512_amx, neon
    triple, cpu   as LLVM writes them
    features      LLVM's comma-separated list (`+avx2,+fma`)
    vector_bytes  the widest vector worth using: 16, 32 or 64
    l1, l2, l3    bytes of cache: of one core, of one core, shared
    cores         how many processors this process may run on
    """

    name: str
    triple: str
    cpu: str
    features: str
    vector_bytes: int
    l1: int = 32 << 10
    l2: int = 1 << 20
    l3: int = 16 << 20
    cores: int = 1

    @functools.cached_property
    def _enabled(self) -> frozenset[str]:
        return frozenset(f[1:] for f in self.features.split(",") if f.startswith("+"))

    def has(self, feature: str) -> bool:
        """Whether code may use `feature`: avx2, fma, f16c, avx512, avx512_bf16, amx, neon ..."""
        return self._enabled.issuperset(_FAMILIES.get(feature, (feature,)))

    @property
    def key(self) -> tuple[str, str, str]:
        """All that the bytes of a compiled module depend on."""
        return self.triple, self.cpu, self.features


@functools.cache
def host() -> Target:
    """The machine's own target, or the lesser one that `LOXLEY_TARGET` names.

    ValueError where `LOXLEY_TARGET` is unknown; RuntimeError where the processor lacks it.
    """
    full = detect()
    return lesser(full, config.target) if config.target else full


@functools.cache
def detect() -> Target:
    """The machine's own target, whatever `LOXLEY_TARGET` says."""
    llvm.initialize_native_target()
    found = {f for f, on in llvm.get_host_cpu_features().items() if on}
    if "amx-tile" in found and not _permit_tiles():
        found = {f for f in found if not f.startswith("amx")}
    features = ",".join("+" + f for f in sorted(found))
    l1, l2, l3 = cache_sizes()
    cpu, triple = llvm.get_host_cpu_name(), llvm.get_process_triple()
    target = Target("host", triple, cpu, features, 16, l1, l2, l3, _cores())
    width = 64 if target.has("avx512") else 32 if target.has("avx2") else 16
    # Some processors' tuning prefers 256 bits, which would split our vectors.
    features += ",-prefer-256-bit" if width == 64 else ""
    return Target("host", triple, cpu, features, width, l1, l2, l3, _cores())


def lesser(full: Target, name: str) -> Target:
    """The level `name` with `full`'s caches and cores; RuntimeError if `full` has less than it."""
    wanted = named(name)
    lacking = sorted(f for f in wanted._enabled if not full.has(f))
    if wanted.triple.split("-")[0] != full.triple.split("-")[0] or lacking:
        raise RuntimeError(
            f"LOXLEY_TARGET={name}: this processor ({full.cpu}) has no {', '.join(lacking) or name}"
        )
    sizes = (full.l1, full.l2, full.l3, full.cores)
    return Target(name, full.triple, wanted.cpu, wanted.features, wanted.vector_bytes, *sizes)


def named(name: str) -> Target:
    """The level `name` on any machine, for looking at its text and assembly; ValueError if none."""
    name = "neon" if name == "aarch64" else name
    if name not in _LEVELS:
        raise ValueError(f"LOXLEY_TARGET: expected one of {', '.join(_LEVELS)}, but got {name!r}")
    cpu, width, features = _LEVELS[name]
    triple = ("aarch64" if name == "neon" else "x86_64") + "-unknown-linux-gnu"
    text = ",".join("+" + f for f in features)
    return Target(name, triple, cpu, text + (",-prefer-256-bit" if width == 64 else ""), width)


def cache_sizes() -> tuple[int, int, int]:
    """Bytes of the first processor's L1 data, L2 and L3 caches; usual sizes where unknown."""
    sizes = {"1": 32 << 10, "2": 1 << 20, "3": 16 << 20}
    folder = "/sys/devices/system/cpu/cpu0/cache"
    try:
        entries = [os.path.join(folder, e) for e in os.listdir(folder) if e.startswith("index")]
        for entry in entries:
            level, kind, size = (_line(entry, n) for n in ("level", "type", "size"))
            if level in sizes and kind != "Instruction":
                sizes[level] = _bytes(size)
    except (OSError, ValueError):
        pass
    return sizes["1"], sizes["2"], sizes["3"]


def _line(folder: str, name: str) -> str:
    with open(os.path.join(folder, name)) as file:
        return file.read().strip()


def _bytes(text: str) -> int:
    """`32K` -> 32768."""
    unit = {"K": 1 << 10, "M": 1 << 20, "G": 1 << 30}.get(text[-1:], 0)
    return int(text[:-1]) * unit if unit else int(text)


def _cores() -> int:
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def _permit_tiles() -> bool:
    """Asks Linux for the AMX registers' state (arch_prctl ARCH_REQ_XCOMP_PERM); False if refused.

    Source: https://docs.kernel.org/arch/x86/xstate.html.
    """
    if not sys.platform.startswith("linux") or platform.machine() != "x86_64":
        return False
    return ctypes.CDLL(None).syscall(158, 0x1023, 18) == 0
