"""A network, data and a training loop, as users write them; checked, never run."""

from __future__ import annotations

from typing import reveal_type

import loxley as torch
import loxley.nn.functional as F
from loxley import nn, optim
from loxley.utils.data import DataLoader, Dataset, TensorDataset


class Net(nn.Module):
    def __init__(self, width: int = 32) -> None:
        super().__init__()
        self.first = nn.Linear(10, width)
        self.norm = nn.LayerNorm(width)
        self.convolution = nn.Conv1d(1, 4, kernel_size=3, padding=1)
        self.out = nn.Sequential(nn.ReLU(), nn.Dropout(0.1), nn.Linear(width, 2))
        self.scale = nn.Parameter(torch.ones(width))
        self.register_buffer("steps", torch.zeros(1, dtype=torch.long))

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        h = F.gelu(self.first(x)) * self.scale
        h = self.norm(h)
        return F.log_softmax(self.out(h), dim=-1)


class Pairs(Dataset[tuple[torch.Tensor, int]]):
    def __init__(self, count: int) -> None:
        self.inputs = torch.randn(count, 10)

    def __len__(self) -> int:
        return self.inputs.size(0)

    def __getitem__(self, index: int) -> tuple[torch.Tensor, int]:
        return self.inputs[index], index % 2


def train(epochs: int, path: str) -> float:
    torch.manual_seed(0)
    device = torch.device("cuda" if torch.cuda.is_available() else "cpu")
    model = Net().to(device)
    reveal_type(model)  # R: tests.typing.programs.training.Net
    reveal_type(model.scale)  # R: loxley.nn.parameter.Parameter
    reveal_type(model.first.weight.shape)  # R: loxley.tensor.size.Size
    optimizer = optim.AdamW(model.parameters(), lr=3e-4, weight_decay=0.01)
    scheduler = optim.lr_scheduler.CosineAnnealingLR(optimizer, T_max=10)
    loss_function = nn.CrossEntropyLoss()
    loader = DataLoader(Pairs(100), batch_size=8, shuffle=True)
    total = 0.0
    for _ in range(epochs):
        for inputs, labels in loader:
            optimizer.zero_grad()
            outputs = model(inputs.to(device))
            loss = loss_function(outputs, labels)
            loss.backward()
            nn.utils.clip_grad_norm_(model.parameters(), 1.0)
            optimizer.step()
            total += loss.item()
        scheduler.step()
    with torch.no_grad():
        model.eval()
        predicted = model(torch.randn(4, 10)).argmax(dim=1)
        correct = int((predicted == 0).sum().item())
    torch.save(model.state_dict(), path)
    model.load_state_dict(torch.load(path))
    reveal_type(F.relu(torch.ones(2)))  # R: loxley.tensor.tensor.Tensor
    for name, parameter in model.named_parameters():
        reveal_type(name)  # R: str
        reveal_type(parameter)  # R: loxley.nn.parameter.Parameter
        if parameter.grad is not None:
            parameter.grad.zero_()
    return total + correct


def simple(x: torch.Tensor, y: torch.Tensor) -> torch.Tensor:
    dataset = TensorDataset(x, y)
    model = nn.Linear(3, 1, bias=False, dtype=torch.float64)
    sgd = optim.SGD(model.parameters(), lr=0.1, momentum=0.9)
    for _ in range(len(dataset)):
        loss = F.mse_loss(model(x), y)
        sgd.zero_grad(set_to_none=True)
        loss.backward()
        sgd.step()
    (gradient,) = torch.autograd.grad(model(x).sum(), [model.weight])
    reveal_type(gradient)  # R: loxley.tensor.tensor.Tensor
    return gradient
