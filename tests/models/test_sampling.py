"""Choosing tokens and continuing a prompt."""

from __future__ import annotations

import math
from collections import Counter

import pytest

import loxley as torch
from loxley.models.llama import Llama, LlamaConfig
from loxley.models.sampling import Sampling, choose, continuation

LOGITS = [math.log(p) for p in (0.1, 0.4, 0.05, 0.3, 0.15)]


def drawn(sampling: Sampling, count: int = 400) -> Counter[int]:
    generator = torch.Generator().manual_seed(0)
    logits = torch.tensor(LOGITS)
    return Counter(choose(logits, sampling, generator) for _ in range(count))


def test_temperature_zero_takes_the_likeliest() -> None:
    assert drawn(Sampling(temperature=0), 3) == {1: 3}


def test_frequencies_follow_the_probabilities() -> None:
    counts = drawn(Sampling(temperature=1, top_k=0))
    assert set(counts) == set(range(5))
    assert 0.3 < counts[1] / 400 < 0.5


@pytest.mark.parametrize(
    ("sampling", "expected"),
    [
        (Sampling(1, top_k=2), {1, 3}),
        (Sampling(1, top_k=0, top_p=0.4), {1}),
        (Sampling(1, top_k=0, top_p=0.41), {1, 3}),
        (Sampling(1, top_k=0, top_p=0.84), {1, 3, 4}),
        (Sampling(1, top_k=99, top_p=1), {0, 1, 2, 3, 4}),
    ],
)
def test_what_is_kept(sampling: Sampling, expected: set[int]) -> None:
    assert set(drawn(sampling)) == expected


def tiny() -> Llama:
    torch.manual_seed(0)
    return Llama(LlamaConfig(11, 12, 1, 8, 8, 2, 1)).eval()


def test_continuation_is_the_greedy_path() -> None:
    model, prompt = tiny(), [1, 2, 3]
    ids = list(continuation(model, prompt, 5, Sampling(0), torch.Generator()))
    for index, token in enumerate(ids):
        with torch.no_grad():
            logits = model(torch.tensor([prompt + ids[:index]]))[0, -1]
        assert int(logits.argmax()) == token


def test_it_stops_at_the_end_token_and_at_the_context() -> None:
    model, prompt = tiny(), [1, 2, 3]
    ids = list(continuation(model, prompt, 100, Sampling(0), torch.Generator()))
    assert len(ids) == 10  # twelve positions hold the prompt and all but the last new token
    first = continuation(model, prompt, 100, Sampling(0), torch.Generator(), {ids[0]})
    assert list(first) == []


def test_an_empty_prompt() -> None:
    with pytest.raises(ValueError, match="empty"):
        next(continuation(tiny(), [], 1, Sampling(), torch.Generator()))
