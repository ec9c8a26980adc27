"""Tensors: making, indexing, operators, reductions; checked, never run."""

from __future__ import annotations

from typing import reveal_type

import numpy as np

import loxley as torch
from loxley import Tensor


def making() -> None:
    reveal_type(torch.zeros(2, 3))  # R: loxley.tensor.tensor.Tensor
    torch.zeros((2, 3), dtype=torch.int64, device="cpu")
    torch.ones([2, 3], requires_grad=True)
    torch.empty(3, dtype=torch.float16).fill_(1.0)
    torch.full((2, 2), 3.14)
    torch.arange(10)
    torch.arange(0, 10, 2, dtype=torch.float32)
    torch.linspace(0, 1, steps=5)
    torch.rand(2, 3, generator=torch.Generator().manual_seed(1))
    torch.randn((4, 4))
    torch.randint(10, (3,))
    torch.randint(0, 10, (3, 3))
    torch.tensor([[1.0, 2.0], [3.0, 4.0]], dtype=torch.float64)
    torch.from_numpy(np.zeros(3))
    torch.eye(3).to(torch.bfloat16).to("cpu").to(torch.device("cpu"), non_blocking=True)
    torch.zeros_like(torch.ones(2), dtype=torch.bool)
    reveal_type(torch.float32)  # R: loxley.dtypes.dtype
    reveal_type(torch.float)  # R: loxley.dtypes.dtype
    reveal_type(torch.finfo(torch.float32).eps)  # R: float
    reveal_type(torch.inf)  # R: float


def indexing(x: Tensor) -> None:
    reveal_type(x[0])  # R: loxley.tensor.tensor.Tensor
    reveal_type(x[..., None, 1:3, ::2])  # R: loxley.tensor.tensor.Tensor
    reveal_type(x[x > 0])  # R: loxley.tensor.tensor.Tensor
    x[0, 1] = 3.0
    x[x < 0] = torch.zeros(())
    for row in x:
        reveal_type(row)  # R: loxley.tensor.tensor.Tensor
    reveal_type(len(x))  # R: int
    values, indices = x.max(dim=1)
    reveal_type(values)  # R: loxley.tensor.tensor.Tensor


def operators(x: Tensor, y: Tensor) -> None:
    reveal_type(x + 1)  # R: loxley.tensor.tensor.Tensor
    reveal_type(2 * x - y / 3.0)  # R: loxley.tensor.tensor.Tensor
    reveal_type(x @ y.T)  # R: loxley.tensor.tensor.Tensor
    reveal_type(-(x**2) % 3)  # R: loxley.tensor.tensor.Tensor
    reveal_type((x == y) & ~(x > 0))  # R: loxley.tensor.tensor.Tensor
    reveal_type(1 - x)  # R: loxley.tensor.tensor.Tensor
    x += 1
    reveal_type(x)  # R: loxley.tensor.tensor.Tensor
    x *= y
    reveal_type(x.add_(y, alpha=2))  # R: loxley.tensor.tensor.Tensor
    reveal_type(x.clamp_(0, 1).mul_(2))  # R: loxley.tensor.tensor.Tensor
    reveal_type(float(x) + int(y))  # R: float
    if bool(x.any()) or x.is_contiguous():
        pass


def shapes(x: Tensor) -> None:
    batch, width = x.shape
    reveal_type(batch)  # R: int
    reveal_type(x.size())  # R: loxley.tensor.size.Size
    reveal_type(x.size(0))  # R: int
    reveal_type(x.stride())  # R: tuple[int, ...]
    reveal_type(x.view(batch, -1).reshape((width, batch)))  # R: loxley.tensor.tensor.Tensor
    x.view(x.shape[0], -1, 2).permute(0, 2, 1).contiguous()
    x.transpose(0, 1).unsqueeze(-1).squeeze().expand(3, -1, -1).repeat(1, 2)
    x.expand(x.shape).repeat((2, 2)).flatten(1)
    reveal_type(torch.cat([x, x], dim=0))  # R: loxley.tensor.tensor.Tensor
    torch.stack((x, x))
    first, second = x.chunk(2, dim=-1)
    reveal_type(first)  # R: loxley.tensor.tensor.Tensor
    reveal_type(x.split(2))  # R: tuple[loxley.tensor.tensor.Tensor, ...]
    reveal_type(x.numel())  # R: int


def reductions(x: Tensor) -> None:
    reveal_type(x.sum())  # R: loxley.tensor.tensor.Tensor
    x.mean(dim=(0, 1), keepdim=True)
    x.var(dim=-1, unbiased=False, keepdim=True)
    x.std(0, correction=0)
    reveal_type(torch.max(x))  # R: loxley.tensor.tensor.Tensor
    reveal_type(torch.max(x, x))  # R: loxley.tensor.tensor.Tensor
    found = torch.max(x, dim=1, keepdim=True)
    reveal_type(found.values)  # R: loxley.tensor.tensor.Tensor
    reveal_type(found.indices)  # R: loxley.tensor.tensor.Tensor
    best, at = torch.topk(x, 3)
    reveal_type(torch.sort(x, descending=True)[0])  # R: loxley.tensor.tensor.Tensor
    reveal_type(x.argsort())  # R: loxley.tensor.tensor.Tensor
    reveal_type(torch.where(x > 0, x, 0.0))  # R: loxley.tensor.tensor.Tensor
    reveal_type(torch.where(x > 0))  # R: tuple[loxley.tensor.tensor.Tensor, ...]
    reveal_type(x.nonzero())  # R: loxley.tensor.tensor.Tensor
    reveal_type(x.unique())  # R: loxley.tensor.tensor.Tensor
    elements, counts = torch.unique(x, return_counts=True)
    reveal_type(counts)  # R: loxley.tensor.tensor.Tensor
    reveal_type(torch.linalg.svd(x).Vh)  # R: loxley.tensor.tensor.Tensor
    reveal_type(torch.linalg.norm(x))  # R: loxley.tensor.tensor.Tensor
    reveal_type(torch.fft.rfft(x, dim=-1))  # R: loxley.tensor.tensor.Tensor
    reveal_type(torch.special.expit(x))  # R: loxley.tensor.tensor.Tensor
    reveal_type(torch.einsum("ij,jk->ik", x, x))  # R: loxley.tensor.tensor.Tensor
    torch.add(x, x, out=torch.empty(3))
    reveal_type(x.item())  # R: int | float
    reveal_type(x.tolist())  # R: Any
    reveal_type(x.numpy())  # R: numpy.ndarray[tuple[Any, ...], numpy.dtype[Any]]


def gradients(x: Tensor) -> None:
    x.requires_grad_()
    x.sum().backward(retain_graph=True)
    reveal_type(x.grad)  # R: loxley.tensor.tensor.Tensor | None
    if x.grad is not None:
        x.grad.zero_()
    reveal_type(x.detach().clone().cpu())  # R: loxley.tensor.tensor.Tensor
    reveal_type(x.data)  # R: loxley.tensor.tensor.Tensor
    reveal_type(x.dtype)  # R: loxley.dtypes.dtype
    reveal_type(x.device)  # R: loxley.devices.device
    reveal_type(x.is_leaf)  # R: bool
    handle = x.register_hook(lambda gradient: gradient * 2)
    handle.remove()
    with torch.no_grad():
        x -= 0.1 * x


@torch.no_grad()
def evaluated(x: Tensor) -> Tensor:
    return x.softmax(-1)


reveal_type(evaluated(torch.ones(3)))  # R: loxley.tensor.tensor.Tensor


@torch.compile
def compiled(x: Tensor) -> Tensor:
    return x.relu()
