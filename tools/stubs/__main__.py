"""`python -m tools.stubs [--check]`: writes the stubs into `src`, or says which ones are old."""

from __future__ import annotations

import sys
from pathlib import Path

SOURCE = Path(__file__).resolve().parents[2] / "src"


def main(arguments: list[str]) -> int:
    """0, or 1 where `--check` found stubs that don't tell what the package is."""
    sys.path.insert(0, str(SOURCE))
    from .modules import texts

    made, unknown = texts(SOURCE)
    old = [p for p, text in made.items() if not _same(SOURCE / p, text)]
    for one in unknown:
        print(f"shown as Any, as it names nothing where it stands: {one}", file=sys.stderr)
    if "--check" in arguments:
        print(*(f"{path} is old: run make stubs" for path in old), sep="\n" if old else "")
        return 1 if old else 0
    for path in old:
        (SOURCE / path).write_text(made[path], encoding="utf-8")
        print(f"wrote src/{path}")
    return 0


def _same(path: Path, text: str) -> bool:
    return path.exists() and path.read_text(encoding="utf-8") == text


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
