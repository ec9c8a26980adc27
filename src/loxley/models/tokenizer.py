"""Byte-level BPE from a GGUF file's metadata: text comes in, token ids go out, and back.

The work is done by the library `tokenizers`, of the extra `text`.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

from ..extras import load_extra

_CONTROL = 3  # GGUF's token type of <|endoftext|> and its like
_REPLACEMENT = "\ufffd"


def _list(metadata: dict[str, Any], key: str, kind: type) -> list[Any]:
    values = metadata.get(key)
    if not isinstance(values, list) or not all(type(value) is kind for value in values):
        raise ValueError(f"the file's tokenizer is incomplete: {key!r} is missing or wrong")
    return values


class Tokenizer:
    """The tokenizer of a GGUF file whose model is `gpt2` and whose pre-tokenizer `smollm`:
    each digit stands alone, then GPT-2's pattern, then byte-level merges.

    `end` is the set of ids that end a text.  Raises MissingExtra without the package
    `tokenizers`, ValueError for metadata that is incomplete or of another kind.
    """

    def __init__(self, metadata: dict[str, Any]) -> None:
        kind = (metadata.get("tokenizer.ggml.model"), metadata.get("tokenizer.ggml.pre"))
        if kind != ("gpt2", "smollm"):
            raise ValueError(f"tokenizer {kind} is not supported (only ('gpt2', 'smollm') is)")
        tokens = _list(metadata, "tokenizer.ggml.tokens", str)
        merges = _list(metadata, "tokenizer.ggml.merges", str)
        types = _list(metadata, "tokenizer.ggml.token_type", int)
        self.vocab_size = len(tokens)
        self._bpe = _build(tokens, merges, types)
        ends = ("<|endoftext|>", "<|im_end|>")
        self.end = frozenset(i for i in map(self._bpe.token_to_id, ends) if i is not None)

    def encode(self, text: str) -> list[int]:
        return self._bpe.encode(text, add_special_tokens=False).ids

    def decode(self, ids: Iterable[int]) -> str:
        return self._bpe.decode(list(ids), skip_special_tokens=False)

    def stream(self, ids: Iterable[int]) -> Iterator[str]:
        """The text of ids as they come; bytes of one character are held until it is whole."""
        held: list[int] = []
        for token in ids:
            held.append(token)
            text = self.decode(held)
            # No character of UTF-8 has more than four bytes: what is longer is really broken.
            if not text.endswith(_REPLACEMENT) or len(held) >= 4:
                yield text
                held = []
        if held:
            yield self.decode(held)


def _build(tokens: list[str], merges: list[str], types: list[int]) -> Any:
    library = load_extra("tokenizers", "text")
    pairs = [tuple(merge.split(" ")) for merge in merges]
    if any(len(pair) != 2 for pair in pairs) or len(types) != len(tokens):
        raise ValueError("the file's tokenizer is damaged: a merge is not a pair of tokens")
    vocabulary = {token: index for index, token in enumerate(tokens)}
    try:
        bpe = library.Tokenizer(library.models.BPE(vocab=vocabulary, merges=pairs))
    except Exception as error:  # the library raises bare Exception for merges it cannot use
        raise ValueError(f"the file's tokenizer is damaged: {error}") from None
    bpe.pre_tokenizer = library.pre_tokenizers.Sequence(
        [
            library.pre_tokenizers.Digits(individual_digits=True),
            library.pre_tokenizers.ByteLevel(add_prefix_space=False, use_regex=True),
        ]
    )
    bpe.decoder = library.decoders.ByteLevel()
    control = [token for token, kind in zip(tokens, types, strict=True) if kind == _CONTROL]
    bpe.add_special_tokens([library.AddedToken(token, special=True) for token in control])
    return bpe
