"""Objects on disk: a warm start compiles nothing, and no file can do harm."""

from __future__ import annotations

import os
import subprocess
import sys
import time

import pytest

from loxley.compiler.llvm import cache, jit
from loxley.compiler.llvm.target import host
from loxley.config import config

KEY, CODE = bytes(range(32)), b"some object" * 100
OTHER = bytes(32)

pytestmark = pytest.mark.skipif(os.name != "posix", reason="off where files have no owners")


@pytest.fixture
def folder(tmp_path, monkeypatch):
    path = tmp_path / "a" / "cache"
    monkeypatch.setattr(config, "cache", str(path))
    return path


def only(folder):
    (file,) = folder.iterdir()
    return file


def test_what_is_stored_is_loaded(folder):
    assert cache.load(KEY) is None
    cache.store(KEY, CODE)
    assert cache.load(KEY) == CODE
    assert cache.load(OTHER) is None
    assert folder.stat().st_mode & 0o777 == 0o700 and only(folder).stat().st_mode & 0o777 == 0o600


@pytest.mark.parametrize("off", ["", "0"])
def test_it_can_be_off(off, monkeypatch, tmp_path):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(config, "cache", off)
    cache.store(KEY, CODE)
    assert cache.load(KEY) is None and not list(tmp_path.iterdir())


@pytest.mark.parametrize("cut", [0, 5, 40, 71, 72, 73, 500])
def test_cut_files_are_ignored(folder, cut):
    cache.store(KEY, CODE)
    file = only(folder)
    file.write_bytes(file.read_bytes()[:cut])
    assert cache.load(KEY) is None
    cache.store(KEY, CODE)
    assert cache.load(KEY) == CODE


@pytest.mark.parametrize("at", [0, 7, 8, 39, 40, 71, 72, 900, -1])
def test_damaged_files_are_ignored(folder, at):
    cache.store(KEY, CODE)
    content = bytearray(only(folder).read_bytes())
    content[at] ^= 1
    only(folder).write_bytes(content)
    assert cache.load(KEY) is None


def test_a_file_under_anothers_name_is_ignored(folder):
    cache.store(KEY, CODE)
    only(folder).rename(folder / (OTHER.hex() + ".o"))
    assert cache.load(OTHER) is None


def test_what_others_may_write_is_ignored(folder):
    cache.store(KEY, CODE)
    only(folder).chmod(0o622)
    assert cache.load(KEY) is None
    only(folder).chmod(0o600)
    folder.chmod(0o777)
    assert cache.load(KEY) is None
    cache.store(OTHER, CODE)
    assert len(list(folder.iterdir())) == 1


def test_what_others_own_is_ignored(folder, monkeypatch):
    cache.store(KEY, CODE)
    monkeypatch.setattr(os, "geteuid", lambda: os.getuid() + 1)
    assert cache.load(KEY) is None


def test_links_are_not_followed(folder, tmp_path):
    cache.store(KEY, CODE)
    only(folder).rename(tmp_path / "elsewhere")
    os.symlink(tmp_path / "elsewhere", folder / (KEY.hex() + ".o"))
    assert cache.load(KEY) is None


def test_a_file_where_the_folder_should_be(folder):
    folder.parent.mkdir()
    folder.write_text("no folder")
    cache.store(KEY, CODE)
    assert cache.load(KEY) is None and folder.read_text() == "no folder"


def test_a_folder_that_cannot_be_written_costs_speed_only(folder, monkeypatch):
    cache.store(KEY, CODE)

    def refuse(path, flags, *args, **options):
        if flags & os.O_CREAT:
            raise PermissionError(13, "Permission denied")
        return real(path, flags, *args, **options)

    real = os.open
    monkeypatch.setattr(os, "open", refuse)  # root may write everywhere, so permissions don't do
    cache.store(OTHER, CODE)
    assert cache.load(KEY) == CODE and cache.load(OTHER) is None


def test_a_full_disk_leaves_nothing_behind(folder):
    code = f"""
import resource
from loxley.compiler.llvm import cache
resource.setrlimit(resource.RLIMIT_FSIZE, (200, 200))
cache.store({KEY!r}, {CODE!r})
assert cache.load({KEY!r}) is None
"""
    run(code, folder)
    assert list(folder.iterdir()) == []


def test_the_least_recently_used_goes_first(folder):
    keys = [bytes([255, i]) + bytes(30) for i in range(8)]
    for age, key in enumerate(reversed(keys)):
        cache.store(key, CODE)
        used = time.time() - 7200 * (age + 1)
        os.utime(folder / (key.hex() + ".o"), (used, used))
    assert cache.load(keys[0]) == CODE  # the oldest, but used just now
    left = f"{'0' * 16}.tmp"
    (folder / left).write_bytes(b"x")
    os.utime(folder / left, (1, 1))
    size = (folder / (keys[0].hex() + ".o")).stat().st_size
    descriptor = os.open(folder, os.O_RDONLY)
    cache.trim(descriptor, 8 * size + 1)
    assert len(list(folder.iterdir())) == 8
    cache.trim(descriptor, 4 * size)
    os.close(descriptor)
    assert [k[1] for k in keys if cache.load(k)] == [0, 6, 7]


def test_what_is_not_ours_is_never_removed(folder):
    """The command line keeps its models there, and `LOXLEY_CACHE` may name any folder."""
    keys = [bytes([255, i]) + bytes(30) for i in range(4)]
    for key in keys:
        cache.store(key, CODE)
    others = [
        *("model.gguf", "letter.tmp", "a.o", "0.plan", f"{KEY.hex()}.o.kept", f"x{KEY.hex()}.o"),
        *(f"{KEY.hex()}.pt2", f"{KEY.hex()}.json"),
    ]
    for name in others:
        (folder / name).write_bytes(b"x" * 10_000)
        os.utime(folder / name, (1, 1))
    size = (folder / (keys[0].hex() + ".o")).stat().st_size
    descriptor = os.open(folder, os.O_RDONLY)
    cache.trim(descriptor, 4 * size)
    assert all(cache.load(key) for key in keys)  # what others take does not count
    cache.trim(descriptor, 0)
    os.close(descriptor)
    assert sorted(file.name for file in folder.iterdir()) == sorted(others)


def test_old_objects_make_room_at_a_store(folder, monkeypatch):
    monkeypatch.setattr(cache, "LIMIT", 10 * (len(CODE) + 100))
    for i in range(64):
        cache.store(bytes([0, i]) + bytes(30), CODE)
        assert len(list(folder.iterdir())) <= 10


def test_many_processes_write_at_once(folder):
    code = """
from loxley.compiler.llvm import cache
keys = [bytes([200, i]) + bytes(30) for i in range(20)]
for _ in range(20):
    for key in keys:
        cache.store(key, key * 300)
        assert cache.load(key) == key * 300
"""
    environment = {**os.environ, "LOXLEY_CACHE": str(folder)}
    writers = [subprocess.Popen([sys.executable, "-c", code], env=environment) for _ in range(3)]
    assert [w.wait(timeout=60) for w in writers] == [0, 0, 0]
    assert len(list(folder.iterdir())) == 20


WARM = """
from loxley.compiler.llvm import jit
from loxley.compiler.llvm.target import host
text = "define void @k(ptr %a, i64 %b, i64 %c) { ret void }"
jit.address("k", text, host())
jit.address_by_key("k", "some key", lambda: text, host())
print(jit.stats.compiled, jit.stats.loaded)
"""


def test_a_second_process_compiles_nothing(folder):
    assert run(WARM, folder) == "2 0\n"
    assert run(WARM, folder) == "0 2\n"
    for file in folder.iterdir():
        file.write_bytes(b"garbage")
    assert run(WARM, folder) == "2 0\n"
    assert run(WARM, folder) == "0 2\n"


def test_the_key_follows_the_compilers_sources(folder, monkeypatch):
    text = "define void @ks(ptr %a, i64 %b, i64 %c) { ret void }"
    made = []
    for sources in ("one", "two", "one"):
        monkeypatch.setattr(cache, "own_sources", lambda s=sources: s)
        jit.address_by_key("ks", "the key", lambda: made.append(1) or text, host())
    assert len(made) == 2


def test_sources_that_cannot_be_read_match_nothing(tmp_path):
    for missing in (tmp_path / "no.py", tmp_path / "no", tmp_path):
        assert cache.digest_of(missing) != cache.digest_of(missing)


def test_the_state_of_sources(tmp_path):
    inner = tmp_path / "inner"
    inner.mkdir()
    (inner / "a.py").write_text("1")
    before = cache.digest_of(tmp_path)
    assert before == cache.digest_of(tmp_path)
    (inner / "notes.txt").write_text("not a source")
    assert before == cache.digest_of(tmp_path)
    os.utime(inner / "a.py", ns=(0, 1))
    later = cache.digest_of(tmp_path)
    (inner / "a.py").write_text("12")
    os.utime(inner / "a.py", ns=(0, 1))
    assert len({before, later, cache.digest_of(tmp_path)}) == 3


def run(code: str, folder) -> str:
    done = subprocess.run(
        [sys.executable, "-c", code],
        env={**os.environ, "LOXLEY_CACHE": str(folder)},
        capture_output=True,
        text=True,
        timeout=60,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout
