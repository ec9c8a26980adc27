"""Autocast, GradScaler and checkpoints without PyTorch."""

from __future__ import annotations

import pytest

import loxley as torch
from loxley.amp import GradScaler, autocast, custom_bwd, custom_fwd
from loxley.utils.checkpoint import CheckpointError, checkpoint, checkpoint_sequential


def test_products_are_low_and_losses_are_not():
    x = torch.ones(2, 2)
    with autocast("cpu", dtype=torch.bfloat16):
        y = x @ x
        assert y.dtype is torch.bfloat16
        assert torch.nn.functional.linear(x, x).dtype is torch.bfloat16
        assert y.softmax(-1).dtype is torch.bfloat16
        assert torch.nn.functional.mse_loss(y, y).dtype is torch.float32
        assert torch.cat([y, x]).dtype is torch.float32
        assert (x.double() @ x.double()).dtype is torch.float64
        with autocast("cpu", enabled=False):
            assert (x @ x).dtype is torch.float32
        assert (x @ x).dtype is torch.bfloat16
    assert (x @ x).dtype is torch.float32


def test_gradients_come_back_in_the_parameter_type():
    layer = torch.nn.Linear(3, 2)
    with autocast("cpu"):
        loss = layer(torch.ones(1, 3)).float().sum()
    loss.backward()
    assert layer.weight.grad.dtype is torch.float32
    assert layer.weight.grad.tolist() == [[1.0] * 3] * 2


def test_decorator_and_custom_functions():
    class Double(torch.autograd.Function):
        @staticmethod
        @custom_fwd(device_type="cpu", cast_inputs=torch.float32)
        def forward(ctx, x):
            assert not torch.is_autocast_enabled("cpu")
            return x * 2

        @staticmethod
        @custom_bwd(device_type="cpu")
        def backward(ctx, g):
            return g * 2

    x = torch.ones(2, dtype=torch.bfloat16, requires_grad=True)
    y = autocast("cpu")(Double.apply)(x)
    assert y.dtype is torch.float32
    y.sum().backward()
    assert x.grad.tolist() == [2.0, 2.0]


def test_unsupported_regions():
    with pytest.warns(UserWarning, match="CUDA is not available"):
        assert not autocast("cuda")._enabled
    with pytest.warns(UserWarning, match="target dtype is not supported"):
        assert not autocast("cpu", dtype=torch.float32)._enabled
    with pytest.raises(RuntimeError, match="Expected one of cpu, cuda"):
        autocast("toaster")


def test_scaler_skips_infinite_steps():
    p = torch.tensor([1.0]).requires_grad_()
    optimizer = torch.optim.SGD([p], lr=0.5)
    scaler = GradScaler("cpu", init_scale=4.0, growth_interval=2)
    seen = []
    for factor in (1.0, float("inf"), 1.0, 1.0):
        optimizer.zero_grad()
        scaler.scale(p.sum() * factor).backward()
        scaler.step(optimizer)
        scaler.update()
        seen.append((p.item(), scaler.get_scale()))
    assert seen == [(0.5, 4.0), (0.5, 2.0), (0.0, 2.0), (-0.5, 4.0)]
    with pytest.warns(UserWarning, match="CUDA is not available"):
        assert not GradScaler().is_enabled()


@pytest.mark.parametrize("reentrant", [True, False])
def test_checkpoint(reentrant):
    def block(x):
        calls.append(x.requires_grad)
        return (x * torch.rand(3)).exp()

    x = torch.ones(3, requires_grad=True)
    grads = []
    for wrapped in (False, True):
        calls = []
        torch.manual_seed(3)
        x.grad = None
        y = checkpoint(block, x, use_reentrant=reentrant) if wrapped else block(x)
        y.sum().backward()
        grads.append((x.grad.tolist(), torch.rand(1).item(), len(calls)))
    assert grads[0][:2] == grads[1][:2]
    assert (grads[0][2], grads[1][2]) == (1, 2)


def test_checkpoint_forgets():
    """Between forward and backward nothing holds the intermediate values."""
    kept = []

    class Watched:
        def __call__(self, x):
            y = x.exp()
            kept.append(__import__("weakref").ref(y._storage))
            return y.sin()

    x = torch.ones(3, requires_grad=True)
    out = checkpoint(Watched(), x, use_reentrant=False)
    out.tolist()
    assert kept[0]() is None
    out.sum().backward()
    assert len(kept) == 2


def test_checkpoint_notices_another_computation():
    calls = []

    def block(x):
        calls.append(1)
        return x.sin().exp() if len(calls) == 1 else x.sin()

    y = checkpoint(block, torch.ones(3, requires_grad=True), use_reentrant=False)
    with pytest.raises(CheckpointError, match="A different number of tensors was saved"):
        y.sum().backward()


def test_checkpoint_twice_differentiated():
    x = torch.tensor([2.0], requires_grad=True)
    y = checkpoint(lambda t: (t * 1) ** 3, x, use_reentrant=False)
    (first,) = torch.autograd.grad(y, x, create_graph=True)
    (second,) = torch.autograd.grad(first, x)
    assert (first.item(), second.item()) == (12.0, 12.0)


def test_checkpoint_sequential():
    x = torch.tensor([0.5], requires_grad=True)
    steps = [torch.sin, torch.exp, torch.cos, torch.tanh]
    y = checkpoint_sequential(steps, 2, x, use_reentrant=False)
    y.backward()
    z = torch.tensor([0.5], requires_grad=True)
    torch.tanh(torch.cos(torch.exp(torch.sin(z)))).backward()
    assert x.grad.item() == z.grad.item()


def test_layers_that_check_types_take_what_autocast_gave_before():
    nn, low = torch.nn, torch.bfloat16
    convolutions = nn.Sequential(nn.Conv2d(1, 2, 3), nn.ConvTranspose2d(2, 2, 3))
    weight = torch.ones(3)
    with autocast("cpu", dtype=low):
        assert convolutions(torch.ones(1, 1, 4, 4)).dtype is low
        for layer in (nn.LSTM(3, 4), nn.GRU(3, 4), nn.RNN(3, 4)):
            assert layer(torch.ones(2, 1, 3, dtype=low))[0].dtype is low
        logits, target = torch.ones(2, 3, dtype=low), torch.tensor([0, 1])
        loss = torch.nn.functional.cross_entropy(logits, target, weight=weight)
        assert loss.dtype is torch.float32
        with pytest.raises(RuntimeError, match="expected scalar type Double but found BFloat16"):
            torch.nn.functional.conv2d(torch.ones(1, 1, 4, 4).double(), torch.ones(1, 1, 3, 3))
    with pytest.raises(RuntimeError, match=r"Input type \(c10::BFloat16\) and bias type \(float\)"):
        convolutions(torch.ones(1, 1, 4, 4, dtype=low))
    with pytest.raises(RuntimeError, match=r"query.dtype: float key.dtype: double and value"):
        x = torch.ones(1, 2, 2)
        torch.nn.functional.scaled_dot_product_attention(x, x.double(), x)
