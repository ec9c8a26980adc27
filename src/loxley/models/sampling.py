"""Continuing a text: a model, a prompt's ids and a way to choose come in, new ids go out."""

from __future__ import annotations

from collections.abc import Container, Iterator
from dataclasses import dataclass

from ..autograd import no_grad
from ..tensor import Generator, Tensor, multinomial, softmax, sort, where
from ..tensor.construction import tensor
from .llama import Llama


@dataclass(frozen=True, slots=True)
class Sampling:
    """How the next token is chosen.

    `temperature` divides the logits (0: always the likeliest token); `top_k` keeps the k
    likeliest tokens (0: all); `top_p` keeps the fewest tokens that hold this probability
    together (nucleus sampling, Holtzman et al. 2019).
    """

    temperature: float = 0.8
    top_k: int = 50
    top_p: float = 1.0


def choose(logits: Tensor, sampling: Sampling, generator: Generator) -> int:
    """One token id drawn from logits of shape (vocabulary,)."""
    if sampling.temperature == 0:
        return int(logits.argmax())
    logits, ids = sort(logits / sampling.temperature, descending=True, stable=True)
    if sampling.top_k:
        logits, ids = logits[: sampling.top_k], ids[: sampling.top_k]
    probability = softmax(logits, dim=-1)
    if sampling.top_p < 1:
        # A token stays while those before it hold less than top_p: the first one always does.
        before = probability.cumsum(dim=-1) - probability
        probability = where(before < sampling.top_p, probability, 0.0)
    return int(ids[multinomial(probability, 1, generator=generator)])


def continuation(
    model: Llama,
    prompt: list[int],
    count: int,
    sampling: Sampling,
    generator: Generator,
    end: Container[int] = (),
) -> Iterator[int]:
    """Up to `count` new ids, one by one; stops before an id of `end` and at the context's end.

    Raises ValueError for a prompt that is empty or longer than the model's context.
    """
    if not prompt:
        raise ValueError("the prompt is empty")
    count = min(count, model.config.context - len(prompt) + 1)
    tokens, cache = tensor([prompt]), None
    for _ in range(count):
        with no_grad():
            logits, cache = model.step(tokens, cache)
            token = choose(logits[0], sampling, generator)
        if token in end:
            return
        yield token
        tokens = tensor([[token]])
