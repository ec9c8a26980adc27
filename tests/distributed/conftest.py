"""A world of one process around each test that asks for it."""

from collections.abc import Iterator

import pytest

import loxley.distributed as dist


@pytest.fixture
def world() -> Iterator[None]:
    dist.init_process_group("gloo", store=dist.HashStore(), rank=0, world_size=1)
    yield
    if dist.is_initialized():
        dist.destroy_process_group()
