"""A text to fine-tune on: it comes in whole, batches of token windows go out."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from pathlib import Path

from ..dtypes import int64
from ..models.tokenizer import Tokenizer
from ..tensor import Generator, Tensor, randint, stack
from ..tensor.construction import tensor
from .plays import read_plays
from .problems import CommandError, reporting
from .resources import PLAYS, obtain

HELD_OUT_PART = 0.1


@dataclass(frozen=True, slots=True)
class Corpus:
    """Token ids to train on and to be judged by, both (N,) int64, and the text's digest."""

    training: Tensor
    held_out: Tensor
    digest: str

    def batch(self, size: int, length: int, generator: Generator) -> tuple[Tensor, Tensor]:
        """`size` windows from random places, (size, length), and the same one token later."""
        starts = randint(len(self.training) - length, (size,), generator=generator)
        windows = stack([self.training[s : s + length + 1] for s in starts.tolist()])
        return windows[:, :-1], windows[:, 1:]

    def judged_windows(self, count: int, length: int) -> list[tuple[Tensor, Tensor]]:
        """Up to `count` windows (1, length), evenly spaced and apart, with what follows each."""
        last = len(self.held_out) - 1 - length
        count = min(count, (len(self.held_out) - 1) // length)
        starts = [last * i // max(count - 1, 1) for i in range(count)]
        windows = [self.held_out[s : s + length + 1][None] for s in starts]
        return [(window[:, :-1], window[:, 1:]) for window in windows]


def load_corpus(path: str | None, tokenizer: Tokenizer, length: int) -> Corpus:
    """The plays, or the UTF-8 file at `path` with its last tenth held out.

    Raises CommandError for a text that is missing, not UTF-8 or too short for windows of
    `length` tokens.
    """
    texts: tuple[str, ...]
    if path is None:
        texts = read_plays(obtain(PLAYS))
        parts = [tokenizer.encode(text) for text in texts]
    else:
        with reporting("cannot read the text"):
            texts = (_read_utf8(Path(path)),)
        tokens = tokenizer.encode(texts[0])
        cut = len(tokens) - max(int(len(tokens) * HELD_OUT_PART), length + 1)
        parts = [tokens[: max(cut, 0)], tokens[max(cut, 0) :]]
    if min(map(len, parts)) < length + 1:
        raise CommandError(
            f"the text is too short: {sum(map(len, parts))} tokens, but training and held-out "
            f"part need {length + 1} tokens each (--context sets the window)"
        )
    digest = hashlib.sha256("\0".join(texts).encode()).hexdigest()
    training, held_out = (tensor(part, dtype=int64) for part in parts)
    return Corpus(training, held_out, digest)


def _read_utf8(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8")
    except UnicodeDecodeError as error:
        raise ValueError(f"{path} is not UTF-8 text (byte {error.start})") from None
