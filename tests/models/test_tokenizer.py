"""The tokenizer of GGUF files."""

from __future__ import annotations

import sys
from typing import Any

import pytest

from loxley.extras import MissingExtra
from loxley.io.gguf import GGUFFile
from loxley.models.tokenizer import Tokenizer
from tests.gguf_files import tiny_language_model, write


@pytest.fixture(scope="module")
def metadata(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    path = write(tmp_path_factory.mktemp("t") / "tiny.gguf", tiny_language_model())
    with GGUFFile(path) as file:
        return file.metadata


TEXT = "that 2024 caf\u00e9 \u4f60\u597d \U0001f600\n  x"


def test_there_and_back(metadata: dict[str, Any]) -> None:
    tokenizer = Tokenizer(metadata)
    ids = tokenizer.encode(TEXT)
    assert tokenizer.decode(ids) == TEXT
    assert ids[0] == 257  # the merge "th"
    assert tokenizer.encode("<|endoftext|>") == [0] and tokenizer.end == {0}


def test_streaming_never_cuts_a_character(metadata: dict[str, Any]) -> None:
    tokenizer = Tokenizer(metadata)
    pieces = list(tokenizer.stream(tokenizer.encode(TEXT)))
    assert "".join(pieces) == TEXT
    assert "\ufffd" not in "".join(pieces) and len(pieces) > 10


def test_streaming_passes_on_broken_bytes(metadata: dict[str, Any]) -> None:
    tokenizer = Tokenizer(metadata)
    cut = tokenizer.encode("\U0001f600")[:2]
    assert "\ufffd" in "".join(tokenizer.stream([*cut, *tokenizer.encode("abc")]))
    assert "\ufffd" in "".join(tokenizer.stream(cut))


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"tokenizer.ggml.model": "llama"}, "is not supported"),
        ({"tokenizer.ggml.tokens": None}, "tokens' is missing or wrong"),
        ({"tokenizer.ggml.merges": [1]}, "merges' is missing or wrong"),
        ({"tokenizer.ggml.merges": ["abc"]}, "damaged"),
        ({"tokenizer.ggml.merges": ["t zz"]}, "damaged"),
        ({"tokenizer.ggml.token_type": [1]}, "damaged"),
    ],
)
def test_damaged_metadata(metadata: dict[str, Any], changes: dict[str, Any], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        Tokenizer(metadata | changes)


def test_the_missing_extra_is_named(
    metadata: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "tokenizers", None)
    with pytest.raises(MissingExtra, match=r"pip install 'loxley\[text\]'"):
        Tokenizer(metadata)
