"""What the documentation shows is true: its programs run, its files exist, its targets too."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import pytest

from tests.cli.command import environment

ROOT = Path(__file__).parents[1]
PAGES = [ROOT / "README.md", ROOT / "CONTRIBUTING.md", *sorted(ROOT.glob("docs/**/*.md"))]


def run(*arguments: str | Path) -> str:
    done = subprocess.run(
        [sys.executable, *map(str, arguments)], capture_output=True, text=True, env=environment()
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


def test_the_miniature_runs() -> None:
    out = run(ROOT / "docs" / "from_scratch.py")
    assert out.startswith("learned y = x1 * x2")
    stages = ["in machine code:", "--- graph", "--- fuse", "--- loop", "--- llvm", "NumPy says"]
    assert re.findall("|".join(stages), out) == stages


def test_the_example_of_the_readme_prints_what_pytorch_prints() -> None:
    (program,) = re.findall(r"```python\n(.*?)```", (ROOT / "README.md").read_text(), re.DOTALL)
    assert float(run("-c", program)) == pytest.approx(0.035558171570301056, rel=1e-4)


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_links_lead_somewhere(page: Path) -> None:
    for target in re.findall(r"\]\((?!https?:)([^)#]+)", page.read_text()):
        assert (page.parent / target).exists(), target


def test_targets_that_are_named_exist() -> None:
    makefile = (ROOT / "Makefile").read_text()
    for page in PAGES:
        for target in re.findall(r"\bmake ([a-z]+)\b", " ".join(_code(page.read_text()))):
            assert re.search(rf"^{target}:", makefile, re.MULTILINE), f"{page}: make {target}"


def _code(text: str) -> list[str]:
    return re.findall(r"```\n(.*?)```", text, re.DOTALL) + re.findall(r"`([^`\n]+)`", text)
