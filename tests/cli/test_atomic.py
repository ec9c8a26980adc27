"""Files that appear whole or not at all."""

from __future__ import annotations

from pathlib import Path

import pytest

from loxley.cli.atomic import creating_directory, discard, remove_leftovers, replacing, write_text


def test_a_file_is_replaced_at_once(tmp_path: Path) -> None:
    path = tmp_path / "sub" / "file"
    write_text(path, "one")
    with replacing(path) as temporary:
        temporary.write_text("two")
        assert path.read_text() == "one"
    assert path.read_text() == "two"
    assert list(path.parent.iterdir()) == [path]


def test_a_failure_leaves_the_old_file(tmp_path: Path) -> None:
    path = tmp_path / "file"
    write_text(path, "one")
    with pytest.raises(OSError, match="full"), replacing(path) as temporary:
        temporary.write_text("tw")
        raise OSError("disk full")
    assert path.read_text() == "one"
    assert list(tmp_path.iterdir()) == [path]


def test_a_directory_appears_whole(tmp_path: Path) -> None:
    path = tmp_path / "directory"
    with pytest.raises(OSError, match="full"), creating_directory(path) as temporary:
        (temporary / "a").write_text("x")
        raise OSError("disk full")
    assert list(tmp_path.iterdir()) == []
    with creating_directory(path) as temporary:
        (temporary / "a").write_text("x")
        assert not path.exists()
    assert (path / "a").read_text() == "x"
    discard(path)
    assert list(tmp_path.iterdir()) == []


def test_leftovers_are_cleared(tmp_path: Path) -> None:
    (tmp_path / "file.123.loxley-tmp").write_text("half")
    (tmp_path / "file.123.loxley-tmp.x7").write_text("half")
    (tmp_path / "directory.123.loxley-tmp").mkdir()
    (tmp_path / "directory.123.loxley-tmp" / "a").write_text("half")
    (tmp_path / "kept.tmp").write_text("whole")
    remove_leftovers(tmp_path)
    assert [path.name for path in tmp_path.iterdir()] == ["kept.tmp"]
