"""A tiny model and a text, made once."""

from __future__ import annotations

import random
from pathlib import Path

import pytest

from tests.gguf_files import tiny_language_model, write


@pytest.fixture(scope="session")
def tiny_model(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write(tmp_path_factory.mktemp("model") / "tiny.gguf", tiny_language_model())


@pytest.fixture(scope="session")
def text_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    words = "the thief that thought of this and then left with nothing\n".split(" ")
    generator = random.Random(0)
    text = " ".join(generator.choice(words) for _ in range(1500))
    return write(tmp_path_factory.mktemp("text") / "text.txt", text.encode())
