"""`FlopCounterMode` held against PyTorch's, by totals and by module."""

from __future__ import annotations

from typing import Any

import pytest

import loxley
import loxley.utils.flop_counter

torch = pytest.importorskip("torch")
pytestmark = pytest.mark.filterwarnings("ignore")


def counted(package: Any, program: Any) -> dict[str, dict[str, int]]:
    import torch.utils.flop_counter  # noqa: F401 - PyTorch does not bring it along

    with package.utils.flop_counter.FlopCounterMode(display=False) as counter:
        program(package)
    counts = counter.get_flop_counts()
    assert counter.get_total_flops() == sum(counts["Global"].values())
    return {name: {str(op): n for op, n in ops.items()} for name, ops in counts.items()}


def network(torch: Any) -> Any:
    class Net(torch.nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.first = torch.nn.Linear(10, 20)
            self.rest = torch.nn.Sequential(
                torch.nn.Linear(20, 30), torch.nn.ReLU(), torch.nn.Linear(30, 5, bias=False)
            )

        def forward(self, x: Any) -> Any:
            return self.rest(self.first(x))

    return Net()


def training(torch: Any) -> None:
    network(torch)(torch.randn(4, 10)).sum().backward()


def convolutions(torch: Any) -> None:
    for dims in (1, 2, 3):
        x = torch.randn(2, 4, *[9] * dims, requires_grad=True)
        for groups in (1, 2):
            for name in (f"Conv{dims}d", f"ConvTranspose{dims}d"):
                layer = getattr(torch.nn, name)(4, 6, 3, groups=groups, padding=1, stride=2)
                layer(x).sum().backward()


def products(torch: Any) -> None:
    def given(*shape: int) -> Any:
        return torch.randn(*shape, requires_grad=True)

    (given(4, 3) @ given(3, 5)).sum().backward()
    (given(2, 4, 3) @ given(3, 5)).sum().backward()
    (given(6, 2, 4, 3) @ given(2, 3, 5)).sum().backward()
    torch.baddbmm(given(3, 4, 6), given(3, 4, 5), given(3, 5, 6)).sum().backward()
    torch.addmm(given(3, 4), given(3, 5), given(5, 4), alpha=2).sum().backward()
    torch.linalg.multi_dot([given(3, 4), given(4, 5), given(5, 6)])
    torch.mm(torch.randn(3, 4, device="meta"), torch.randn(4, 5, device="meta"))
    torch.dot(given(4), given(4))
    torch.mv(given(4, 3), given(3))


def on_batches(torch: Any) -> None:
    for shape in ((10,), (2, 3, 10), (2, 3, 4, 10)):
        for bias in (True, False):
            torch.nn.Linear(10, 7, bias=bias)(torch.randn(*shape)).sum().backward()


@pytest.mark.parametrize("program", [training, convolutions, products, on_batches])
def test_counts(program: Any) -> None:
    assert counted(loxley, program) == counted(torch, program)


def test_attention_by_totals() -> None:
    def program(torch: Any) -> None:
        layer = torch.nn.TransformerEncoderLayer(8, 2, 16, batch_first=True)
        layer(torch.randn(2, 5, 8)).sum().backward()

    expected, actual = counted(torch, program), counted(loxley, program)
    totals = [{name: sum(ops.values()) for name, ops in one.items()} for one in (expected, actual)]
    assert totals[0] == totals[1]


def test_formulas_of_programs() -> None:
    def program(package: Any) -> list[Any]:
        counter = package.utils.flop_counter
        mapping = {package.ops.aten.sin: lambda x, *args, out_shape=None, **kw: x.numel()}
        with counter.FlopCounterMode(display=False, custom_mapping=mapping) as mode:
            package.sin(package.ones(5))
        found: list[Any] = [mode.get_total_flops()]
        for target in (package.ops.aten.mm, "mm"):
            with pytest.raises((RuntimeError, ValueError)) as caught:
                counter.register_flop_formula(target)(lambda *args, **kw: 1)
            found.append((type(caught.value), str(caught.value)))
        return found

    assert program(loxley) == program(torch)


@pytest.mark.parametrize("depth", [None, 0, 1, 2, 999])
def test_tables(depth: int | None) -> None:
    pytest.importorskip("tabulate")
    tables = []
    for package in (torch, loxley):
        with package.utils.flop_counter.FlopCounterMode(display=False) as counter:
            training(package)
        tables.append(counter.get_table(depth))
    assert tables[0] == tables[1]
