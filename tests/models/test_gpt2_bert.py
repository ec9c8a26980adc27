"""GPT-2 and BERT: shapes, names, masks.  Their logits are compared in tests/conformance."""

from __future__ import annotations

import numpy as np
import pytest

import loxley as torch
from loxley.models.bert import Bert, BertConfig, mean_pooling
from loxley.models.gpt2 import GPT2, GPT2Config, gpt2_state_dict

GPT = GPT2Config(vocab_size=13, context=8, layers=2, heads=2, width=8)
BERT = BertConfig(vocab_size=13, context=8, layers=2, heads=2, width=8, hidden=16)


def test_gpt2_sees_only_the_past() -> None:
    torch.manual_seed(0)
    model = GPT2(GPT).eval()
    with torch.no_grad():
        one = model(torch.tensor([[1, 2, 3, 4]])).numpy()
        two = model(torch.tensor([[1, 2, 3, 9]])).numpy()
    assert one.shape == (1, 4, 13)
    np.testing.assert_array_equal(one[:, :3], two[:, :3])
    assert not np.allclose(one[:, 3], two[:, 3])


def test_gpt2_reads_hugging_faces_layout() -> None:
    model, other = GPT2(GPT), GPT2(GPT)
    theirs = {}
    for name, value in model.state_dict().items():
        if name.split(".")[-2] in ("c_attn", "c_proj", "c_fc") and value.dim() == 2:
            value = value.t()
        theirs[name.removeprefix("transformer.")] = value
    del theirs["lm_head.weight"]
    theirs["h.0.attn.bias"] = torch.ones(1, 1, 8, 8)
    other.load_state_dict(gpt2_state_dict(theirs))
    for mine, loaded in zip(model.parameters(), other.parameters(), strict=True):
        np.testing.assert_array_equal(mine.detach().numpy(), loaded.detach().numpy())


def test_gpt2_context() -> None:
    with pytest.raises(ValueError, match="9 tokens do not fit"):
        GPT2(GPT)(torch.zeros(1, 9, dtype=torch.int64))


def test_bert_ignores_padding() -> None:
    torch.manual_seed(0)
    model = Bert(BERT).eval()
    attend = torch.tensor([[1, 1, 1, 0, 0]])
    with torch.no_grad():
        one, pooled = model(torch.tensor([[5, 6, 7, 0, 0]]), attend)
        two, _ = model(torch.tensor([[5, 6, 7, 8, 9]]), attend)
        alone, _ = model(torch.tensor([[5, 6, 7]]))
    assert one.shape == (1, 5, 8) and pooled.shape == (1, 8)
    np.testing.assert_array_equal(one[:, :3].numpy(), two[:, :3].numpy())
    np.testing.assert_allclose(one[:, :3].numpy(), alone.numpy(), atol=1e-6)
    a, b = mean_pooling(one, attend), mean_pooling(alone, torch.ones(1, 3))
    np.testing.assert_allclose(a.numpy(), b.numpy(), atol=1e-6)
    np.testing.assert_allclose((a * a).sum().item(), 1, rtol=1e-5)


def test_sizes_that_do_not_divide() -> None:
    for kind in (GPT2Config, BertConfig):
        with pytest.raises(ValueError, match="must be a multiple of heads"):
            kind(width=10, heads=4)
