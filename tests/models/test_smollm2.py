"""The default model itself, where `loxley finetune` or `generate` has fetched it before."""

from __future__ import annotations

import numpy as np
import pytest

import loxley as torch
from loxley.cli.resources import MODEL, cache_directory
from loxley.models.llama_gguf import load_llama
from loxley.models.tokenizer import Tokenizer

PATH = cache_directory() / MODEL.file_name
pytestmark = pytest.mark.skipif(not PATH.exists(), reason="run `make finetune` to fetch the model")


def test_regression_values() -> None:
    model, metadata = load_llama(PATH)
    tokenizer = Tokenizer(metadata)
    assert tokenizer.encode("Hello world 2024") == [19556, 905, 216, 34, 32, 34, 36]
    prompt = tokenizer.encode("The capital of France is")
    assert prompt == [504, 3575, 282, 4649, 314]
    assert sum(parameter.numel() for parameter in model.parameters()) == 134_515_008
    with torch.no_grad():
        values, ids = model(torch.tensor([prompt]))[0, -1].topk(3)
    assert tokenizer.decode(ids.tolist()) == " Paris the London"
    assert ids.tolist() == [7042, 260, 4528]
    np.testing.assert_allclose(values.numpy(), [17.371, 14.889, 13.245], atol=2e-3)
