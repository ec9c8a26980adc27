"""Examples of losses, normalizations, recurrent layers, random draws and optimizers' updates."""

from __future__ import annotations

import loxley as torch
import loxley.nn.functional as F
from loxley import nn, optim

from .draw import Case, Draw, family


@family
def softmaxes(draw: Draw) -> Case:
    draw.special = draw.chance(0.15)
    shape = draw.shape(1, 4)
    dim = draw.dim(shape)
    draw.tensor(shape)
    function = draw.turn(torch.softmax, torch.log_softmax)
    return draw.case(lambda x: function(x, dim), gradient=not draw.special, slack=8)


@family
def cross_entropies(draw: Draw) -> Case:
    rows, classes = draw.one(1, 2, 17, 40), draw.one(1, 2, 5, 33, 130)
    more = draw.one((), (), (3,), (2, 2))
    name = draw.turn("plain", "probabilities", "smooth", "nll")
    draw.kind = draw.one("f32", "f32", "f64", "bf16")
    draw.tensor((rows, classes, *more))
    reduction = draw.one("mean", "sum", "none")
    if name == "probabilities":
        draw.tensor((rows, classes, *more), positive=True)
        return draw.case(
            lambda x, p: F.cross_entropy(x, p, reduction=reduction), gradient=True, slack=16
        )
    draw.index((rows, *more), below=classes)
    draw.tensor((classes,), positive=True, gradient=False)
    options = {"reduction": reduction, "ignore_index": draw.one(-100, 0)}
    weighted = draw.chance(0.3)

    def run(x, target, weight):
        given = {**options, "weight": weight if weighted else None}
        if name == "nll":
            return F.nll_loss(x, target, **given)
        return F.cross_entropy(x, target, **given, label_smoothing=0.1 * (name == "smooth"))

    return draw.case(run, gradient=True, slack=16)


@family
def losses(draw: Draw) -> Case:
    shape = draw.shape(0, 3)
    draw.tensor(shape), draw.tensor(shape)
    reduction = draw.one("mean", "sum", "none")
    function = draw.turn(
        lambda x, y: F.mse_loss(x, y, reduction=reduction),
        lambda x, y: F.l1_loss(x, y, reduction=reduction),
        lambda x, y: F.smooth_l1_loss(x, y, reduction=reduction, beta=0.5),
        lambda x, y: F.huber_loss(x, y, reduction=reduction),
        lambda x, y: F.soft_margin_loss(x, y.detach().sign(), reduction=reduction),
        lambda x, y: F.binary_cross_entropy(x.sigmoid(), y.detach().sigmoid(), reduction=reduction),
        lambda x, y: F.binary_cross_entropy_with_logits(x, y.sigmoid(), reduction=reduction),
        lambda x, y: F.kl_div(x, y.sigmoid(), reduction=reduction),
    )
    return draw.case(function, gradient=True, slack=16)


@family
def normalizations(draw: Draw) -> Case:
    shape = draw.shape(2, 4)
    draw.kind = draw.one("f32", "f32", "f64", "bf16")
    draw.tensor(shape)
    name = draw.turn("layer", "rms", "batch", "batch eval", "group", "normalize", "local")
    dim = draw.whole(1, len(shape) - 1)
    part = shape[dim:] if name in ("layer", "rms") else shape[1:2]
    draw.tensor(part, positive=True), draw.tensor(part)
    groups = draw.one(*(g for g in (1, 2, 3, 4) if shape[1] % g == 0))
    train = name == "batch" and shape[0] * (len(shape) > 2 and max(shape[2:]) or 1) > 1
    function = {
        "layer": lambda x, w, b: F.layer_norm(x, part, w, b, 1e-2),
        "rms": lambda x, w, b: F.rms_norm(x, part, w, 1e-2),
        "group": lambda x, w, b: F.group_norm(x, groups, w, b, 1e-2),
        "normalize": lambda x, w, b: F.normalize(x, dim=dim) * 2,
        "local": lambda x, w, b: F.layer_norm(x, x.shape[-1:], eps=1e-2),
    }.get(name)

    def batch(x, w, b):
        mean, var = torch.zeros(shape[1]).to(x.dtype), torch.ones(shape[1]).to(x.dtype)
        y = F.batch_norm(x, mean, var, w, b, train, 0.1, 1e-2)
        return [y, mean, var]

    return draw.case(function or batch, gradient=True, slack=128)


@family
def long_batches(draw: Draw) -> Case:
    """More rows than columns are summed over in one go."""
    shape = draw.one(256, 300, 321), draw.one(32, 33, 256, 300)
    draw.kind = draw.turn("f32", "f64", "bf16")
    # Equal rows, of an expanded layout, leave nothing of x - mean but the mean's rounding.
    draw.tensor(shape, layout=draw.one("plain", "permuted", "sliced", "stepped", "shifted"))
    draw.tensor(shape[1:], positive=True), draw.tensor(shape[1:])

    def run(x, w, b):
        mean, var = torch.zeros(shape[1]).to(x.dtype), torch.ones(shape[1]).to(x.dtype)
        return [F.batch_norm(x, mean, var, w, b, True, 0.1, 1e-2), mean, var]

    return draw.case(run, gradient=True, slack=128)


@family
def gated(draw: Draw) -> Case:
    shape = draw.shape(1, 3)
    dim = draw.dim(shape)
    draw.tensor((*shape[:dim], 2 * shape[dim], *shape[dim + 1 :]))
    return draw.case(lambda x: F.glu(x, dim), gradient=True, slack=8)


@family
def recurrent_layers(draw: Draw) -> Case:
    steps, batch, inputs, width = (draw.one(1, 2, 5, 9) for _ in range(4))
    draw.kind = draw.turn("f32", "f64")  # in float32 a layer is one operator
    for shape in ((4 * width, inputs), (4 * width, width), (4 * width,), (4 * width,)):
        draw.tensor(shape, layout="plain")
    draw.tensor((steps, batch, inputs))
    draw.tensor((1, batch, width)), draw.tensor((1, batch, width))

    def run(w, u, b, c, x, h, m):
        y, last, memory = torch.lstm(x, (h, m), [w, u, b, c], True, 1, 0.0, False, False, False)
        return [y, last, memory]

    return draw.case(run, gradient=True, slack=64)


@family
def cells_without_gradients(draw: Draw) -> Case:
    batch, inputs, width = (draw.one(1, 2, 5, 9, 33) for _ in range(3))
    draw.kind = draw.one("f32", "f64")
    gates = draw.turn(4, 3)
    for shape in ((gates * width, inputs), (gates * width, width), (gates * width,)):
        draw.tensor(shape)
    draw.tensor((batch, inputs)), draw.tensor((batch, width)), draw.tensor((batch, width))

    def run(w, u, b, x, h, m):
        if gates == 3:
            return torch.gru_cell(x, h, w, u, b, b)
        return [*torch.lstm_cell(x, (h, m), w, u, b, b)]

    return draw.case(run, slack=16)


@family
def gated_recurrent_units(draw: Draw) -> Case:
    batch, inputs, width = (draw.one(1, 2, 5, 9, 33) for _ in range(3))
    draw.kind = draw.one("f32", "f64")
    for shape in ((3 * width, inputs), (3 * width, width), (3 * width,), (3 * width,)):
        draw.tensor(shape)
    draw.tensor((batch, inputs)), draw.tensor((batch, width))

    def run(w, u, b, c, x, h):
        return torch.gru_cell(x, torch.gru_cell(x, h, w, u, b, c), w, u, b, c)

    return draw.case(run, gradient=True, slack=64)


@family
def random_draws(draw: Draw) -> Case:
    shape = draw.one(draw.shape(0, 3), (16,), (700,), (17, 41), (5, 1))
    kind = draw.one(torch.float32, torch.float32, torch.float64, torch.bfloat16)
    p, low = draw.one(0.1, 0.5, 0.9), draw.whole(-5, 5)
    draw.tensor(shape)

    def run(x):
        made = [torch.rand(shape, dtype=kind), torch.randn(shape, dtype=kind), F.dropout(x, p)]
        made += [
            torch.randint(low, low + 17, (70, 70)),
            torch.randperm(3000),
            x + torch.rand(shape),
        ]
        made += [torch.empty(shape).bernoulli_(p), torch.empty(shape, dtype=torch.int32).random_()]
        made += [torch.empty(shape).normal_(1, 2), torch.empty(shape).uniform_(-1, 3)]
        made += [
            torch.bernoulli(x.sigmoid().detach()),
            x.bernoulli(0.4).detach(),
            torch.normal(x, 2.0),
        ]
        return [*made, torch.rand_like(x)]

    return draw.case(run, gradient=True)


_UPDATES = (
    *((optim.SGD, {"lr": 0.1}), (optim.SGD, {"lr": 0.1, "momentum": 0.9, "nesterov": True})),
    *((optim.SGD, {"lr": 0.1, "momentum": 0.9, "dampening": 0.1, "weight_decay": 0.01}),),
    *((optim.Adam, {}), (optim.Adam, {"amsgrad": True, "weight_decay": 0.1})),
    *((optim.AdamW, {}), (optim.AdamW, {"maximize": True}), (optim.Adamax, {}), (optim.NAdam, {})),
    *((optim.RAdam, {}), (optim.Adagrad, {}), (optim.Adadelta, {}), (optim.Rprop, {})),
    *((optim.ASGD, {}), (optim.RMSprop, {}), (optim.RMSprop, {"momentum": 0.5})),
    *((optim.RMSprop, {"centered": True}), (optim.RMSprop, {"centered": True, "momentum": 0.5})),
)


@family
def updates(draw: Draw) -> Case:
    """Three steps of an optimizer on two parameters."""
    kind, options = draw.turn(*_UPDATES)
    draw.kind = draw.one("f32", "f32", "f64", "bf16")
    shape, other = draw.shape(0, 3), draw.shape(1, 2)
    draw.tensor(shape), draw.tensor(other), draw.tensor(shape), draw.tensor(other)

    def run(x, y, g, h):
        parameters = [nn.Parameter(x.detach().clone()), nn.Parameter(y.detach().clone())]
        made = kind(parameters, **options)
        for turn in range(3):
            for parameter, gradient in zip(parameters, (g, h)):
                parameter.grad = gradient.detach() * (turn - 0.5)
            made.step()
        return [p.detach() for p in parameters]

    return draw.case(run, slack=64)
