"""Llama: against NumPy written out, with and without the cache, and from GGUF files."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

import loxley as torch
from loxley.io.gguf import GGUFFile
from loxley.models.llama import Llama, LlamaConfig
from loxley.models.llama_gguf import half_split, llama_config, load_llama
from tests.gguf_files import gguf, tiny_language_model, write

CONFIG = LlamaConfig(
    vocab_size=23, context=16, layers=2, width=16, hidden=24, heads=4, kv_heads=2, rope_base=100.0
)


def reference(state: dict[str, np.ndarray], config: LlamaConfig, tokens: np.ndarray) -> np.ndarray:
    """One sequence (T,) -> logits (T, vocabulary), in float64, with the pairs turned as complex
    numbers."""

    def norm(x: np.ndarray, weight: np.ndarray) -> np.ndarray:
        return x / np.sqrt((x * x).mean(-1, keepdims=True) + config.norm_eps) * weight

    def turned(x: np.ndarray) -> np.ndarray:  # (heads, T, hs)
        half = config.head_size // 2
        angle = np.outer(np.arange(len(tokens)), config.rope_base ** (-np.arange(half) / half))
        pairs = (x[..., :half] + 1j * x[..., half:]) * np.exp(1j * angle)
        return np.concatenate([pairs.real, pairs.imag], -1)

    def heads(x: np.ndarray, count: int) -> np.ndarray:
        return x.reshape(len(tokens), count, config.head_size).swapaxes(0, 1)

    x = state["model.embed_tokens.weight"][tokens]
    for layer in range(config.layers):
        weight = {
            name.removeprefix(f"model.layers.{layer}.").removesuffix(".weight"): value
            for name, value in state.items()
            if name.startswith(f"model.layers.{layer}.")
        }
        y = norm(x, weight["input_layernorm"])
        q = turned(heads(y @ weight["self_attn.q_proj"].T, config.heads))
        k = turned(heads(y @ weight["self_attn.k_proj"].T, config.kv_heads))
        v = heads(y @ weight["self_attn.v_proj"].T, config.kv_heads)
        group = config.heads // config.kv_heads
        scores = q @ k.repeat(group, 0).swapaxes(1, 2) / np.sqrt(config.head_size)
        scores = np.where(np.tri(len(tokens), dtype=bool), scores, -np.inf)
        weights = np.exp(scores - scores.max(-1, keepdims=True))
        weights /= weights.sum(-1, keepdims=True)
        y = (weights @ v.repeat(group, 0)).swapaxes(0, 1).reshape(len(tokens), -1)
        x = x + y @ weight["self_attn.o_proj"].T
        y = norm(x, weight["post_attention_layernorm"])
        gate = y @ weight["mlp.gate_proj"].T
        y = gate / (1 + np.exp(-gate)) * (y @ weight["mlp.up_proj"].T)
        x = x + y @ weight["mlp.down_proj"].T
    return norm(x, state["model.norm.weight"]) @ state["lm_head.weight"].T


def random_model() -> tuple[Llama, np.ndarray]:
    torch.manual_seed(0)
    return Llama(CONFIG).eval(), np.array([3, 1, 22, 7, 0, 5, 9])


def test_logits_are_those_of_the_formulas() -> None:
    model, tokens = random_model()
    state = {name: value.numpy().astype("f8") for name, value in model.state_dict().items()}
    with torch.no_grad():
        logits = model(torch.tensor(tokens)[None])[0].numpy()
    np.testing.assert_allclose(logits, reference(state, CONFIG, tokens), atol=2e-5, rtol=2e-4)


@pytest.mark.parametrize("parts", [[7], [1] * 7, [4, 3], [3, 1, 3]])
def test_the_cache_changes_nothing(parts: list[int]) -> None:
    model, tokens = random_model()
    cache, start = None, 0
    with torch.no_grad():
        whole = model(torch.tensor(tokens)[None])[0].numpy()
        for length in parts:
            chunk = torch.tensor(tokens[start : start + length])[None]
            logits, cache = model.step(chunk, cache)
            start += length
            np.testing.assert_allclose(logits[0].numpy(), whole[start - 1], atol=1e-5, rtol=1e-4)


def test_the_context_is_a_limit() -> None:
    model, _ = random_model()
    with pytest.raises(ValueError, match="17 tokens do not fit a context of 16"):
        model(torch.zeros(1, 17, dtype=torch.int64))


def test_the_head_is_the_embedding() -> None:
    model, _ = random_model()
    assert model.lm_head.weight is model.model.embed_tokens.weight
    assert len(list(model.parameters())) == 2 + 9 * CONFIG.layers


def test_sizes_that_do_not_divide() -> None:
    with pytest.raises(ValueError, match="must be a multiple"):
        LlamaConfig(width=10, heads=4)


def test_half_split_undoes_the_interleaving() -> None:
    rows = np.arange(8)[:, None] * np.ones((1, 3))
    assert half_split(rows, 2)[:, 0].tolist() == [0, 2, 1, 3, 4, 6, 5, 7]


def test_a_model_from_a_file(tmp_path: Path) -> None:
    path = write(tmp_path / "tiny.gguf", tiny_language_model())
    model, metadata = load_llama(path)
    assert model.config == LlamaConfig(258, 128, 2, 32, 64, 4, 2, 10000.0, model.config.norm_eps)
    assert len(metadata["tokenizer.ggml.tokens"]) == 258
    with GGUFFile(path) as file:
        weight = half_split(file.read("blk.1.attn_k.weight"), 2)
    loaded = model.model.layers[1].self_attn.k_proj.weight.detach().numpy()
    np.testing.assert_array_equal(loaded, weight)
    assert not model.training


FIELDS = {
    "general.architecture": "llama",
    "llama.block_count": 1,
    "llama.context_length": 8,
    "llama.embedding_length": 32,
    "llama.feed_forward_length": 32,
    "llama.attention.head_count": 4,
    "llama.attention.layer_norm_rms_epsilon": 1e-5,
}
EMBEDDING = {"token_embd.weight": ("F32", np.zeros((5, 32), "f4"))}


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"general.architecture": "gpt2"}, "architecture 'gpt2' is not 'llama'"),
        ({"llama.block_count": 0}, "'llama.block_count' is missing or wrong: 0"),
        ({"llama.block_count": "x"}, "'llama.block_count' is missing or wrong: 'x'"),
        ({"llama.attention.head_count": 5}, "must be a multiple of heads 5"),
        ({"llama.embedding_length": 64}, r"'token_embd.weight' should be \(5, 64\)"),
        ({"llama.block_count": 2**31}, r"'output_norm.weight' should be \(32,\), but is missing"),
    ],
)
def test_files_that_contradict_themselves(
    tmp_path: Path, changes: dict[str, object], message: str
) -> None:
    path = write(tmp_path / "bad.gguf", gguf(FIELDS | changes, EMBEDDING))
    with pytest.raises(ValueError, match=message):
        load_llama(path)


def test_a_file_without_an_embedding(tmp_path: Path) -> None:
    with GGUFFile(write(tmp_path / "bad.gguf", gguf(FIELDS, {}))) as file:
        with pytest.raises(ValueError, match="token_embd.weight"):
            llama_config(file)
