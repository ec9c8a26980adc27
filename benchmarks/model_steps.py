"""Training and inference of further models in PyTorch's API, as the workloads of `steps.py`.

What books and courses build: transformers of every kind, pictures, sound, sequences, graphs,
generative models, reinforcement learning.  `run.py --models` compares both libraries on them.
"""

from __future__ import annotations

import sys
from collections.abc import Callable

import torch
import torch.nn as nn
import torch.nn.functional as F
from model_transformers import (
    Llama,
    VisionTransformer,
    adam,
    encoder,
    generation,
    llama,
    llama_decoding,
    translator,
    written_attention,
)
from steps import main, maybe_compiled, no_grad, training
from torch.distributions import Categorical


def classifying(model: nn.Module, x: torch.Tensor, classes: int) -> Callable:
    """Training with Adam to tell classes."""
    y = torch.randint(0, classes, (x.shape[0],))
    return training(model, adam(model), lambda m: F.cross_entropy(m(x), y))


def summing(model: nn.Module, *inputs: torch.Tensor) -> Callable:
    """Inference; what comes out is summed."""
    run = maybe_compiled(model.eval())
    return no_grad(lambda: run(*inputs).float().sum().item())


# -- pictures and sound ---------------------------------------------------------------------------


def double(inner: int, outer: int) -> nn.Sequential:
    parts = [
        (nn.Conv2d(i, outer, 3, padding=1), nn.BatchNorm2d(outer), nn.ReLU(inplace=True))
        for i in (inner, outer)
    ]
    return nn.Sequential(*parts[0], *parts[1])


class UNet(nn.Module):
    """Segmentation over three scales (arXiv:1505.04597). (B, 3, H, W) -> (B, 2, H, W)"""

    def __init__(self) -> None:
        super().__init__()
        self.a, self.b, self.c = double(3, 32), double(32, 64), double(64, 128)
        self.up2, self.up1 = nn.ConvTranspose2d(128, 64, 2, 2), nn.ConvTranspose2d(64, 32, 2, 2)
        self.back2, self.back1, self.out = double(128, 64), double(64, 32), nn.Conv2d(32, 2, 1)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        a = self.a(x)
        b = self.b(F.max_pool2d(a, 2))
        c = self.c(F.max_pool2d(b, 2))
        c = self.back2(torch.cat([self.up2(c), b], 1))
        return self.out(self.back1(torch.cat([self.up1(c), a], 1)))


def unet() -> Callable:
    model, x = UNet(), torch.randn(2, 3, 96, 96)
    y = torch.randint(0, 2, (2, 96, 96))
    return training(model, adam(model), lambda m: F.cross_entropy(m(x), y))


def inverted(inner: int, outer: int, stride: int, times: int) -> nn.Sequential:
    """MobileNetV2's block without its sum (arXiv:1801.04381)."""
    wide = inner * times
    return nn.Sequential(
        *(nn.Conv2d(inner, wide, 1, bias=False), nn.BatchNorm2d(wide), nn.ReLU6()),
        *(nn.Conv2d(wide, wide, 3, stride, 1, groups=wide, bias=False), nn.BatchNorm2d(wide)),
        *(nn.ReLU6(), nn.Conv2d(wide, outer, 1, bias=False), nn.BatchNorm2d(outer)),
    )


def mobile() -> nn.Sequential:
    sizes = ((32, 16, 1, 1), (16, 24, 2, 6), (24, 24, 1, 6), (24, 32, 2, 6), (32, 64, 2, 6))
    return nn.Sequential(
        *(nn.Conv2d(3, 32, 3, 2, 1), nn.BatchNorm2d(32), nn.ReLU6()),
        *(inverted(*size) for size in (*sizes, (64, 96, 1, 6))),
        *(nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(96, 100)),
    )


class Bottleneck(nn.Module):
    """ResNet-50's block. (B, C, H, W) -> (B, 4 width, H', W')"""

    def __init__(self, inner: int, width: int, stride: int) -> None:
        super().__init__()
        self.inside = nn.Sequential(
            *(nn.Conv2d(inner, width, 1, bias=False), nn.BatchNorm2d(width), nn.ReLU()),
            *(nn.Conv2d(width, width, 3, stride, 1, bias=False), nn.BatchNorm2d(width), nn.ReLU()),
            *(nn.Conv2d(width, 4 * width, 1, bias=False), nn.BatchNorm2d(4 * width)),
        )
        self.short = nn.Identity()
        if inner != 4 * width:
            projection = nn.Conv2d(inner, 4 * width, 1, stride, bias=False)
            self.short = nn.Sequential(projection, nn.BatchNorm2d(4 * width))

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return F.relu(self.inside(x) + self.short(x))


def resnet50() -> nn.Sequential:
    """He et al. 2016 (arXiv:1512.03385), 50 layers."""
    layers: list[nn.Module] = [nn.Conv2d(3, 64, 7, 2, 3, bias=False), nn.BatchNorm2d(64), nn.ReLU()]
    inner = 64
    for width, count in ((64, 3), (128, 4), (256, 6), (512, 3)):
        for i in range(count):
            layers.append(Bottleneck(inner, width, 2 if i == 0 and width > 64 else 1))
            inner = 4 * width
    start, rest = layers[:3], layers[3:]
    head = (nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(2048, 1000))
    return nn.Sequential(*start, nn.MaxPool2d(3, 2, 1), *rest, *head)


def vgg() -> nn.Sequential:
    layers: list[nn.Module] = []
    inner = 3
    for count, width in ((1, 64), (1, 128), (2, 256)):
        for _ in range(count):
            layers += [nn.Conv2d(inner, width, 3, padding=1), nn.ReLU()]
            inner = width
        layers.append(nn.MaxPool2d(2))
    head = (nn.Dropout(), nn.Linear(256 * 16, 512), nn.ReLU(), nn.Linear(512, 10))
    return nn.Sequential(*layers, nn.Flatten(), *head)


def lenet() -> nn.Sequential:
    features = (nn.Conv2d(1, 6, 5, padding=2), nn.Sigmoid(), nn.AvgPool2d(2), nn.Conv2d(6, 16, 5))
    middle = (nn.Sigmoid(), nn.AvgPool2d(2), nn.Flatten(), nn.Linear(400, 120), nn.Sigmoid())
    return nn.Sequential(*features, *middle, nn.Linear(120, 84), nn.Sigmoid(), nn.Linear(84, 10))


def volumes() -> nn.Sequential:
    features = (nn.Conv3d(1, 16, 3, padding=1), nn.ReLU(), nn.MaxPool3d(2))
    rest = (nn.Conv3d(16, 32, 3, padding=1), nn.ReLU(), nn.AdaptiveAvgPool3d(1), nn.Flatten())
    return nn.Sequential(*features, *rest, nn.Linear(32, 2))


class WaveNet(nn.Module):
    """Dilated causal convolutions (arXiv:1609.03499). (B, 1, T) -> (B, 256, T)"""

    def __init__(self) -> None:
        super().__init__()
        self.start, self.out = nn.Conv1d(1, 32, 1), nn.Conv1d(32, 256, 1)
        self.gates = nn.ModuleList(nn.Conv1d(32, 64, 2, dilation=2**k) for k in range(6))
        self.mixes = nn.ModuleList(nn.Conv1d(32, 32, 1) for _ in range(6))

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        x = self.start(x)
        for k, (gate, mix) in enumerate(zip(self.gates, self.mixes)):
            a, b = gate(F.pad(x, (2**k, 0))).chunk(2, 1)
            x = x + mix(torch.tanh(a) * torch.sigmoid(b))
        return self.out(F.relu(x))


def wavenet() -> Callable:
    model, x, y = WaveNet(), torch.randn(4, 1, 2000), torch.randint(0, 256, (4, 2000))
    return training(model, adam(model), lambda m: F.cross_entropy(m(x), y))


class TimedBlock(nn.Module):
    """A residual block of a diffusion model. (B, C, H, W), (B, 128) -> (B, C, H, W)"""

    def __init__(self, width: int) -> None:
        super().__init__()
        self.norm1, self.norm2 = nn.GroupNorm(8, width), nn.GroupNorm(8, width)
        self.first, self.second = (nn.Conv2d(width, width, 3, padding=1) for _ in range(2))
        self.time = nn.Linear(128, width)

    def forward(self, x: torch.Tensor, time: torch.Tensor) -> torch.Tensor:
        y = self.first(F.silu(self.norm1(x))) + self.time(F.silu(time))[:, :, None, None]
        return x + self.second(F.silu(self.norm2(y)))


def diffusion() -> Callable:
    start, out = nn.Conv2d(3, 64, 3, padding=1), nn.Conv2d(64, 3, 3, padding=1)
    model = nn.ModuleList([start, TimedBlock(64), TimedBlock(64), out])
    x, time = torch.randn(4, 3, 32, 32), torch.randn(4, 128)

    def loss_of(m: nn.Module) -> torch.Tensor:
        y = m[2](F.avg_pool2d(m[1](m[0](x), time), 2), time)
        return F.mse_loss(m[3](F.interpolate(y, scale_factor=2.0)), x)

    return training(model, adam(model), loss_of)


def up(inner: int, outer: int, *how: int) -> tuple[nn.Module, ...]:
    shaped = nn.ConvTranspose2d(inner, outer, *how, bias=False)
    return shaped, nn.BatchNorm2d(outer), nn.ReLU(inplace=True)


def adversaries() -> Callable:
    """DCGAN's two networks in turn (arXiv:1511.06434)."""
    layers = (*up(100, 256, 4, 1, 0), *up(256, 128, 4, 2, 1), *up(128, 64, 4, 2, 1))
    painter = nn.Sequential(*layers, nn.ConvTranspose2d(64, 3, 4, 2, 1, bias=False), nn.Tanh())
    critic = nn.Sequential(
        *(nn.Conv2d(3, 64, 4, 2, 1, bias=False), nn.LeakyReLU(0.2, inplace=True)),
        *(nn.Conv2d(64, 128, 4, 2, 1, bias=False), nn.BatchNorm2d(128)),
        *(nn.LeakyReLU(0.2, inplace=True), nn.Conv2d(128, 1, 8, bias=False), nn.Flatten(0)),
    )
    optimizers = [torch.optim.Adam(m.parameters(), 2e-4, (0.5, 0.999)) for m in (critic, painter)]
    real, true, false = torch.randn(16, 3, 32, 32), torch.ones(16), torch.zeros(16)
    loss_of = nn.BCEWithLogitsLoss()

    def step() -> float:
        made = painter(torch.randn(16, 100, 1, 1))
        critic.zero_grad()
        told = loss_of(critic(real), true) + loss_of(critic(made.detach()), false)
        told.backward()
        optimizers[0].step()
        painter.zero_grad()
        passed = loss_of(critic(made), true)
        passed.backward()
        optimizers[1].step()
        return (told + passed).item()

    return step


class Autoencoder(nn.Module):
    """A variational one (arXiv:1312.6114). (B, 784) -> its loss"""

    def __init__(self) -> None:
        super().__init__()
        self.inward, self.mean, self.spread = (
            nn.Linear(*size) for size in ((784, 400), (400, 20), (400, 20))
        )
        self.outward = nn.Sequential(nn.Linear(20, 400), nn.ReLU(), nn.Linear(400, 784))

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        hidden = F.relu(self.inward(x))
        mean, spread = self.mean(hidden), self.spread(hidden)
        drawn = mean + torch.randn_like(mean) * torch.exp(0.5 * spread)
        made = torch.sigmoid(self.outward(drawn))
        lost = F.binary_cross_entropy(made, x, reduction="sum")
        return lost - 0.5 * torch.sum(1 + spread - mean.pow(2) - spread.exp())


def autoencoder() -> Callable:
    model, x = Autoencoder(), torch.rand(128, 784)
    return training(model, adam(model), lambda m: m(x))


# -- sequences, graphs, small programs ------------------------------------------------------------


class LastOf(nn.Module):
    """A classifier of a recurrent network's last output. (B, T, C) -> (B, 10)"""

    def __init__(self, network: nn.RNNBase, width: int) -> None:
        super().__init__()
        self.network, self.head = network, nn.Linear(width, 10)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return self.head(self.network(x)[0][:, -1])


def cell_by_hand() -> Callable:
    """An LSTM cell, step by step."""
    model = nn.ModuleList([nn.LSTMCell(32, 64), nn.Linear(64, 1)])
    x, y = torch.randn(30, 16, 32), torch.randn(16, 1)

    def loss_of(m: nn.Module) -> torch.Tensor:
        state = torch.zeros(16, 64), torch.zeros(16, 64)
        for one in x:
            state = m[0](one, state)
        return F.mse_loss(m[1](state[0]), y)

    return training(model, adam(model), loss_of)


def bags_of_words() -> Callable:
    model = nn.ModuleList([nn.EmbeddingBag(20000, 64), nn.Linear(64, 4)])
    words, starts = torch.randint(0, 20000, (64 * 30,)), torch.arange(0, 64 * 30, 30)
    y = torch.randint(0, 4, (64,))
    optimizer = torch.optim.SGD(model.parameters(), lr=1.0)
    return training(model, optimizer, lambda m: F.cross_entropy(m[1](m[0](words, starts)), y))


def graph_network() -> Callable:
    """Two graph convolutions (arXiv:1609.02907) over a graph of Cora's size."""
    nodes, edges = 2708, 10556
    source, target = torch.randint(0, nodes, (edges,)), torch.randint(0, nodes, (edges,))
    x, y = torch.randn(nodes, 500), torch.randint(0, 7, (nodes,))
    degree = torch.zeros(nodes).index_add_(0, target, torch.ones(edges)).clamp(min=1)
    weight = (degree[source] * degree[target]).rsqrt()[:, None]
    model = nn.ModuleList([nn.Linear(500, 16), nn.Linear(16, 7)])

    def passed_on(h: torch.Tensor) -> torch.Tensor:
        return torch.zeros(nodes, h.shape[1]).index_add(0, target, h[source] * weight)

    def loss_of(m: nn.Module) -> torch.Tensor:
        hidden = F.dropout(F.relu(passed_on(m[0](x))), 0.5)
        return F.nll_loss(F.log_softmax(passed_on(m[1](hidden)), 1), y)

    return training(model, adam(model), loss_of)


def differential_equation() -> Callable:
    """A physics-informed network: a loss of second derivatives."""
    layers = [nn.Linear(2, 50), nn.Tanh(), nn.Linear(50, 50), nn.Tanh(), nn.Linear(50, 50)]
    model = nn.Sequential(*layers, nn.Tanh(), nn.Linear(50, 1))
    points, optimizer = torch.rand(1000, 2, requires_grad=True), adam(model)

    def slope(y: torch.Tensor) -> torch.Tensor:
        return torch.autograd.grad(y.sum(), points, create_graph=True)[0]

    def step() -> float:
        optimizer.zero_grad()
        u = model(points)
        first = slope(u)
        second = slope(first[:, 0])[:, 0]
        loss = (first[:, 1] + u[:, 0] * first[:, 0] - 0.01 * second).pow(2).mean()
        loss.backward()
        optimizer.step()
        return loss.item()

    return step


def policy() -> Callable:
    """REINFORCE over twenty steps, each of which draws an action."""
    model = nn.Sequential(nn.Linear(4, 128), nn.ReLU(), nn.Linear(128, 2))
    optimizer, states, gains = adam(model), torch.randn(20, 4), torch.linspace(1, 0, 20)

    def step() -> float:
        chances = []
        for state in states:
            choice = Categorical(logits=model(state))
            action = choice.sample()
            action.item()
            chances.append(choice.log_prob(action))
        loss = -(torch.stack(chances) * gains).sum()
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        return loss.item()

    return step


def regression() -> Callable:
    """A line by gradient descent, written out."""
    w, b = torch.zeros(2, 1, requires_grad=True), torch.zeros(1, requires_grad=True)
    x = torch.randn(10, 2)
    y = x @ torch.tensor([[2.0], [-3.4]]) + 4.2

    def step() -> float:
        loss = ((x @ w + b - y) ** 2 / 2).mean()
        loss.backward()
        with torch.no_grad():
            for p in (w, b):
                p -= 0.03 * p.grad
                p.grad.zero_()
        return loss.item()

    return step


WORKLOADS: dict[str, Callable[[], Callable]] = {
    "vit": lambda: classifying(VisionTransformer(), torch.randn(8, 3, 64, 64), 100),
    "encoder": encoder,
    "translator": translator,
    "llama": llama,
    "llama_prefill": lambda: summing(Llama(8000, 576, 8, 9, 3), torch.randint(0, 8000, (1, 300))),
    "llama_decode": llama_decoding,
    "generation": generation,
    "attention_by_hand": written_attention,
    "unet": unet,
    "mobilenet": lambda: classifying(mobile(), torch.randn(8, 3, 96, 96), 100),
    "mobilenet_infer": lambda: summing(mobile(), torch.randn(1, 3, 224, 224)),
    "resnet50": lambda: classifying(resnet50(), torch.randn(2, 3, 160, 160), 1000),
    "resnet50_infer": lambda: summing(resnet50(), torch.randn(4, 3, 224, 224)),
    "vgg": lambda: classifying(vgg(), torch.randn(32, 3, 32, 32), 10),
    "lenet": lambda: classifying(lenet(), torch.randn(256, 1, 28, 28), 10),
    "volumes": lambda: classifying(volumes(), torch.randn(4, 1, 24, 24, 24), 2),
    "wavenet": wavenet,
    "diffusion": diffusion,
    "dcgan": adversaries,
    "vae": autoencoder,
    "gru": lambda: classifying(
        LastOf(nn.GRU(64, 128, 2, batch_first=True), 128), torch.randn(32, 50, 64), 10
    ),
    "bilstm": lambda: classifying(
        LastOf(nn.LSTM(100, 128, batch_first=True, bidirectional=True), 256),
        torch.randn(32, 40, 100),
        10,
    ),
    "lstm_cell": cell_by_hand,
    "bags": bags_of_words,
    "graph": graph_network,
    "equation": differential_equation,
    "policy": policy,
    "regression": regression,
}

if __name__ == "__main__":
    main(sys.argv[1], float(sys.argv[2]), WORKLOADS)
