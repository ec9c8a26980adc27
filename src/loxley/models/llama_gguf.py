"""Llama models from GGUF files: a file of architecture `llama` comes in, config and weights go out.

GGUF keeps the rows of the query and key matrices in the order of an interleaved rotary embedding
(pairs 2i, 2i+1); our model, like Hugging Face's, turns the pairs (i, i + half).  The rows are put
back here: without it the text still looks plausible, at more than twice the perplexity.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from typing import Any

import numpy as np

from ..devices import device
from ..io.gguf import GGUFFile
from ..tensor import Tensor, from_numpy
from .llama import Llama, LlamaConfig

# GGUF's name of a block's tensor -> ours, and the sizes of the configuration that shape it.
_BLOCK = {
    "attn_norm": ("input_layernorm", ("width",)),
    "attn_q": ("self_attn.q_proj", ("width", "width")),
    "attn_k": ("self_attn.k_proj", ("kv_width", "width")),
    "attn_v": ("self_attn.v_proj", ("kv_width", "width")),
    "attn_output": ("self_attn.o_proj", ("width", "width")),
    "ffn_norm": ("post_attention_layernorm", ("width",)),
    "ffn_gate": ("mlp.gate_proj", ("hidden", "width")),
    "ffn_up": ("mlp.up_proj", ("hidden", "width")),
    "ffn_down": ("mlp.down_proj", ("width", "hidden")),
}


def _field(file: GGUFFile, key: str, kind: Any, default: Any = None) -> Any:
    """A metadata value of this type; a whole number must be above 0."""
    value = file.metadata.get(key, default)
    if type(value) is kind and (kind is float or value > 0):
        return value
    raise ValueError(f"{file.path}: metadata {key!r} is missing or wrong: {value!r:.80}")


def llama_config(file: GGUFFile) -> LlamaConfig:
    """The sizes that the file states.  Raises ValueError where it is no Llama model."""
    architecture = file.metadata.get("general.architecture")
    if architecture != "llama":
        raise ValueError(f"{file.path}: architecture {architecture!r} is not 'llama'")
    if "token_embd.weight" not in file.tensors:
        raise ValueError(f"{file.path}: tensor 'token_embd.weight' is missing")
    heads = _field(file, "llama.attention.head_count", int)
    return LlamaConfig(
        vocab_size=file.tensors["token_embd.weight"].shape[0],
        context=_field(file, "llama.context_length", int),
        layers=_field(file, "llama.block_count", int),
        width=_field(file, "llama.embedding_length", int),
        hidden=_field(file, "llama.feed_forward_length", int),
        heads=heads,
        kv_heads=_field(file, "llama.attention.head_count_kv", int, heads),
        rope_base=_field(file, "llama.rope.freq_base", float, 10000.0),
        norm_eps=_field(file, "llama.attention.layer_norm_rms_epsilon", float),
        tied="output.weight" not in file.tensors,
    )


def half_split(weight: np.ndarray, heads: int) -> np.ndarray:
    """Rows of one head from pairs (2i, 2i+1) to pairs (i, i + half)."""
    rows, columns = weight.shape
    paired = weight.reshape(heads, rows // heads // 2, 2, columns)
    return np.ascontiguousarray(paired.swapaxes(1, 2)).reshape(rows, columns)


def _expected(config: LlamaConfig) -> Iterator[tuple[str, str, tuple[int, ...]]]:
    """(GGUF's name, our name, shape) of every tensor that the model needs."""
    yield "token_embd.weight", "model.embed_tokens.weight", (config.vocab_size, config.width)
    yield "output_norm.weight", "model.norm.weight", (config.width,)
    if not config.tied:
        yield "output.weight", "lm_head.weight", (config.vocab_size, config.width)
    for layer in range(config.layers):
        for theirs, (ours, sizes) in _BLOCK.items():
            shape = tuple(getattr(config, size) for size in sizes)
            yield f"blk.{layer}.{theirs}.weight", f"model.layers.{layer}.{ours}.weight", shape


def llama_state_dict(file: GGUFFile, config: LlamaConfig) -> dict[str, Tensor]:
    """The weights in float32 under the names of `Llama`.

    Raises ValueError for a tensor that is missing or does not have the shape the sizes ask for.
    """
    state = {}
    for theirs, ours, shape in _expected(config):
        info = file.tensors.get(theirs)
        if info is None or info.shape != shape:
            found = "missing" if info is None else f"of shape {info.shape}"
            raise ValueError(f"{file.path}: tensor {theirs!r} should be {shape}, but is {found}")
        weight = file.read(theirs)
        if ours.endswith("q_proj.weight"):
            weight = half_split(weight, config.heads)
        elif ours.endswith("k_proj.weight"):
            weight = half_split(weight, config.kv_heads)
        state[ours] = from_numpy(weight)
    if config.tied:
        state["lm_head.weight"] = state["model.embed_tokens.weight"]
    return state


def load_llama(path: str | os.PathLike[str]) -> tuple[Llama, dict[str, Any]]:
    """The model of a GGUF file, in evaluation mode, and the file's metadata (the vocabulary).

    Raises FileNotFoundError, or ValueError for a file that is damaged or of another kind.
    """
    with GGUFFile(path) as file:
        config = llama_config(file)
        # The weights come first: a file whose sizes do not fit its tensors builds no model.
        state = llama_state_dict(file, config)
        metadata = file.metadata
    with device("meta"):
        model = Llama(config)
    model.load_state_dict(state, assign=True)
    if config.tied:
        model.lm_head.weight = model.model.embed_tokens.weight
    model.eval()
    return model, metadata
