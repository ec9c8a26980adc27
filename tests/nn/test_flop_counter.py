"""`FlopCounterMode` without PyTorch: a table that was recorded, operators of programs."""

from __future__ import annotations

import loxley as torch
from loxley.utils.flop_counter import FlopCounterMode, register_flop_formula

TABLE = """\
Module           FLOP    % Total
------------  -------  ---------
Two           18.000K    100.00%
- aten.addmm   6.000K     33.33%
- aten.mm     12.000K     66.67%
Two.a         14.400K     80.00%
- aten.addmm   4.800K     26.67%
- aten.mm      9.600K     53.33%
Two.b          3.600K     20.00%
- aten.addmm   1.200K      6.67%
- aten.mm      2.400K     13.33%"""


class Two(torch.nn.Module):
    def __init__(self):
        super().__init__()
        self.a, self.b = torch.nn.Linear(20, 30), torch.nn.Linear(30, 5)

    def forward(self, x):
        return self.b(self.a(x).relu())


def test_a_table_is_printed(capsys):
    model, x = Two(), torch.randn(4, 20, requires_grad=True)
    with FlopCounterMode(depth=2) as counter:
        model(x).sum().backward()
    assert capsys.readouterr().out == TABLE + "\n"
    assert counter.get_total_flops() == 18000


def test_operators_of_programs_are_counted():
    def double(x: torch.Tensor) -> torch.Tensor:
        return x * 2

    double.__annotations__ = {"x": torch.Tensor, "return": torch.Tensor}
    op = torch.library.custom_op("test_flops::double", double, mutates_args=())
    register_flop_formula(torch.ops.test_flops.double)(
        lambda x_shape, *, out_shape=None: 3 * x_shape.numel()
    )
    with FlopCounterMode(display=False) as counter:
        op(torch.ones(2, 5))
    assert counter.get_total_flops() == 30


def test_nothing_counts_afterwards():
    with FlopCounterMode(display=False) as counter:
        pass
    torch.ones(2, 2) @ torch.ones(2, 2)
    assert counter.get_total_flops() == 0
    assert counter.get_table().splitlines()[2].split() == ["Global", "0", "0%"]
