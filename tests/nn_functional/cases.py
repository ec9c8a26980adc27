"""Calls of nn.functional, and the record of what PyTorch showed for them.

Each call is shown with its values, layout, grad node and gradients; refused calls with the error.
"""

from __future__ import annotations

import json
from pathlib import Path

from tests.nn.running import Outcome

SETTING = """
def make(*shape, grad=True):
    x = torch.linspace(-1, 1, max(1, torch.Size(shape).numel())).sin().reshape(shape) * 3
    return (x + 0.3 * (x * 17).cos()).detach().requires_grad_(grad)

def show(y, *leaves):
    for part in y if isinstance(y, tuple) else (y,):
        name = None if part.grad_fn is None else part.grad_fn.name()
        print(part.detach(), tuple(part.shape), part.stride(), name)
    y = y[0] if isinstance(y, tuple) else y
    if y.requires_grad:
        weights = torch.linspace(0.5, 1.5, y.numel()).reshape(y.shape)
        for g in torch.autograd.grad((y * weights).sum(), leaves, allow_unused=True):
            print(g)

x, x3, x4 = make(3, 5), make(2, 3, 5), make(2, 4, 5, 6)
w, b = make(5), make(5)
"""

LINEAR = [
    ("F.linear(x3, make(4, 5), make(4))", "x3"),
    ("F.linear(x[0], make(4, 5), make(4))", "x"),
    ("F.linear(x3, w)", "x3, w"),
    ("F.bilinear(x, make(3, 2), make(4, 5, 2), make(4))", "x"),
]
ACTIVATIONS = [
    ("F.relu(x)", "x"),
    ("F.gelu(x)", "x"),
    ("F.gelu(x, approximate='tanh')", "x"),
    ("F.silu(x)", "x"),
    ("F.softmax(x3, 1)", "x3"),
    ("F.log_softmax(x3.transpose(0, 2), 1)", "x3"),
    ("F.softmin(x, 0)", "x"),
    ("F.gumbel_softmax(x, hard=True)", "x"),
]
NORMS = [
    ("F.layer_norm(x3, (5,), w, b)", "x3, w, b"),
    ("F.layer_norm(x3, (3, 5))", "x3"),
    ("F.rms_norm(x3, (5,), w)", "x3, w"),
    ("F.group_norm(x4, 2, make(4), make(4))", "x4"),
    ("torch.native_group_norm(x4[:, :, :0], None, None, 2, 4, 0, 2, 1e-5)", "x4"),
    ("torch.native_group_norm(x4.detach(), None, None, 4, 2, 30, 2, 1e-5)", ""),
    ("F.batch_norm(x4, None, None, training=True)", "x4"),
    ("F.batch_norm(x3, make(3, grad=False) + 0.1, make(3, grad=False).exp())", "x3"),
    ("F.instance_norm(x4, weight=make(4))", "x4"),
    (
        "F.batch_norm(x4.detach().to(memory_format=torch.channels_last), None, None, "
        "training=True)",
        "",
    ),
]
LOSSES = [
    ("F.cross_entropy(x, torch.tensor([1, 4, 0]))", "x"),
    ("F.cross_entropy(x, torch.tensor([1, -100, 0]), w.abs().detach(), label_smoothing=0.1)", "x"),
    ("F.cross_entropy(x, torch.tensor([2, 2, 2]), ignore_index=2)", "x"),
    ("F.cross_entropy(x3, torch.tensor([[0, 1, 2, 0, 1]] * 2), reduction='none')", "x3"),
    ("F.cross_entropy(x, x.detach().softmax(1), reduction='sum')", "x"),
    ("F.cross_entropy(x[0], torch.tensor(2))", "x"),
    ("F.nll_loss(x, torch.tensor([1, 4, 0]), w.abs().detach())", "x"),
    ("F.nll_loss(x4, torch.ones(2, 5, 6).long(), reduction='none')", "x4"),
]
ATTENTION = [
    ("F.scaled_dot_product_attention(x4, x4, x4, is_causal=True)", "x4"),
    ("F.scaled_dot_product_attention(*[x4.transpose(1, 2)] * 3)", "x4"),
    ("F.scaled_dot_product_attention(x4, x4, x4, make(5, 5, grad=False) > 0, scale=0.3)", "x4"),
    ("F.scaled_dot_product_attention(x4, x4[:, :2], x4[:, :2], enable_gqa=True)", "x4"),
    ("F.scaled_dot_product_attention(x3, x3, x3, dropout_p=0.5)", "x3"),
    ("F.embedding(torch.tensor([[2, 0], [2, 1]]), x, padding_idx=1)", "x"),
    ("F.embedding(torch.tensor([2, 0, 2]), x, scale_grad_by_freq=True)", "x"),
    ("F.embedding(torch.tensor([2, 0]), x.detach(), max_norm=1.0)", ""),
]
DROPOUTS = [
    ("F.dropout(x)", "x"),
    ("F.dropout2d(x4, 0.3)", "x4"),
    ("F.alpha_dropout(x, training=True)", "x"),
    ("F.feature_alpha_dropout(x4, training=True)", "x4"),
    ("F.dropout(x, training=False)", "x"),
]
CONVOLUTIONS = [
    ("F.conv1d(x3, make(4, 3, 2), make(4), stride=2, padding=1)", "x3"),
    ("F.conv1d(x3, make(4, 3, 3), padding='same')", "x3"),
    ("F.conv2d(x4, make(6, 2, 3, 3), make(6), padding=1, groups=2)", "x4"),
    ("F.conv2d(x4, make(4, 1, 3, 3), dilation=2, padding=2, groups=4)", "x4"),
    (
        "F.conv2d(x4.detach().to(memory_format=torch.channels_last), make(2, 4, 1, 1, grad=False))",
        "",
    ),
    ("F.conv3d(x4.unsqueeze(0), make(2, 2, 2, 2, 2))", "x4"),
    ("F.conv_transpose2d(x4, make(4, 2, 3, 3), make(2), stride=2, output_padding=1)", "x4"),
    ("F.conv_transpose1d(x3, make(3, 2, 2), groups=3, stride=2, padding=1)", "x3"),
]
POOLS = [
    ("F.max_pool2d(x4, 2)", "x4"),
    ("F.max_pool2d(x4, 3, 2, 1, return_indices=True)", "x4"),
    ("F.max_pool1d(x3, 2, ceil_mode=True, return_indices=True)", "x3"),
    ("F.avg_pool2d(x4, 3, 2, 1, count_include_pad=False)", "x4"),
    ("F.avg_pool1d(x3, 3, ceil_mode=True)", "x3"),
    ("F.adaptive_avg_pool2d(x4, (3, None))", "x4"),
    ("F.adaptive_avg_pool2d(x4, 1)", "x4"),
    ("F.adaptive_max_pool1d(x3, 2, return_indices=True)", "x3"),
    ("F.lp_pool2d(x4.abs(), 3.0, 2)", "x4"),
    ("F.fractional_max_pool2d(x4, 2, output_size=3)", "x4"),
    (
        "F.max_unpool2d(x4[..., :2, :2], torch.tensor([[0, 3], [5, 15]]).expand(2, 4, 2, 2), 2)",
        "x4",
    ),
]
REFUSED = [
    "F.linear(x, make(4, 3))",
    "F.gelu(x, approximate='no')",
    "F.relu(x > 0)",
    "F.softmax(torch.arange(3), 0)",
    "F.layer_norm(x, (4,))",
    "F.group_norm(x, 2)",
    "torch.native_group_norm(x, None, None, 3, 5, 2, 1, 1e-5)",
    "F.interpolate(x3, scale_factor=1e30)",
    "F.interpolate(x3, scale_factor=float('nan'), mode='linear')",
    "F.interpolate(x4, scale_factor=1e19, mode='bilinear')",
    "F.interpolate(x3, scale_factor=1e18)",
    "F.interpolate(x3, scale_factor=0.1)",
    "F.interpolate(x4, size=(0, 2))",
    "F.interpolate(x4[None], scale_factor=0.1)",
    "F.batch_norm(x[:1], None, None, training=True)",
    "F.batch_norm(x, make(2), make(5), training=True)",
    "F.cross_entropy(x, torch.tensor([1, 5, 0]))",
    "F.cross_entropy(x, torch.tensor([1, 5]))",
    "F.cross_entropy(x, torch.tensor([1, 2, 3]), w)",
    "F.batch_norm(x3, make(3), make(3))",
    "F.cross_entropy(x, torch.tensor([1., 2., 3.]))",
    "F.cross_entropy(x, torch.tensor([1, 2, 3]), reduction='all')",
    "F.embedding(torch.tensor([3]), x)",
    "F.embedding(torch.tensor([1.0]), x)",
    "F.dropout(x, 1.5)",
    "F.conv2d(x4, make(2, 3, 1, 1))",
    "F.conv2d(x4, make(2, 4, 7, 7))",
    "F.conv2d(x4, make(2, 4, 3, 3), padding='same', stride=2)",
    "F.conv_transpose2d(x4, make(4, 2, 3, 3), output_padding=1)",
    "F.max_pool2d(x4, 2, padding=2)",
    "F.max_pool2d(x4, 9)",
    "F.avg_pool2d(x4, 2, divisor_override=0)",
    "F.adaptive_avg_pool2d(x, 2)",
    "F.max_unpool2d(x4, torch.full((2, 4, 5, 6), 999), 2)",
    "F.fractional_max_pool2d(x4, 2)",
]


def _source(call: str, leaves: str) -> str:
    return f"{SETTING}show({call}, {leaves})\n"


_SHOWN = [*LINEAR, *ACTIVATIONS, *NORMS, *LOSSES, *ATTENTION, *DROPOUTS, *CONVOLUTIONS, *POOLS]
CASES: dict[str, str] = {call: _source(call, leaves) for call, leaves in _SHOWN}
CASES |= {call: _source(call, "") for call in REFUSED}
RECORD = Path(__file__).with_name("recorded.json")


def recorded() -> dict[str, Outcome]:
    """What PyTorch 2.13.0 showed, by call."""
    lines = json.loads(RECORD.read_text())
    return {
        name: Outcome(printed, tuple(map(tuple, warned)), raised and tuple(raised))
        for name, (printed, warned, raised) in lines.items()
    }
