"""Low-rank adapters."""

from __future__ import annotations

import numpy as np
import pytest

import loxley as torch
from loxley import nn
from loxley.models.lora import LoRALinear, add_adapters


def model() -> nn.Module:
    torch.manual_seed(0)
    return nn.Sequential(nn.Linear(6, 6), nn.ReLU(), nn.ModuleDict({"q_proj": nn.Linear(6, 4)}))


def test_only_named_layers_get_adapters_and_only_those_train() -> None:
    net = model()
    assert add_adapters(net, rank=2, alpha=4.0) == ["2.q_proj"]
    trained = {name for name, p in net.named_parameters() if p.requires_grad}
    assert trained == {"2.q_proj.lora_A", "2.q_proj.lora_B"}


def test_it_starts_at_the_model_that_was_given() -> None:
    layer = nn.Linear(6, 4)
    x = torch.randn(3, 6)
    before = layer(x).detach().numpy()
    np.testing.assert_array_equal(LoRALinear(layer, 2, 4.0)(x).detach().numpy(), before)


def test_the_correction_is_the_product_of_both_factors() -> None:
    layer = LoRALinear(nn.Linear(6, 4), rank=2, alpha=5.0)
    nn.init.normal_(layer.lora_B)
    x = torch.randn(3, 6)
    weight = layer.base.weight + 2.5 * layer.lora_B @ layer.lora_A
    expected = torch.nn.functional.linear(x, weight, layer.base.bias)
    np.testing.assert_allclose(
        layer(x).detach().numpy(), expected.detach().numpy(), atol=1e-5, rtol=1e-5
    )


def test_names_that_do_not_occur() -> None:
    with pytest.raises(ValueError, match=r"no linear layer named any of \['nope'\]"):
        add_adapters(model(), 2, 4.0, ["nope"])
