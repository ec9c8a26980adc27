"""Streams, events, device modules and exceptions on a machine whose only device is the CPU."""

from __future__ import annotations

import pytest

import loxley as torch


def test_an_event_is_done_and_cannot_be_recorded() -> None:
    event = torch.Event(enable_timing=True)
    assert repr(event) == ("torch.Event device_type=cpu, device_index=-1, event_flag=1, event_id=0")
    assert event.query() and event.wait() is None and event.synchronize() is None
    with pytest.raises(RuntimeError, match="cpu backend doesn't support events"):
        event.record()
    with pytest.raises(ValueError, match="must be recorded before"):
        event.elapsed_time(event)
    with pytest.raises(ValueError, match="created with argument 'enable_timing=True'"):
        event.elapsed_time(torch.Event())


def test_streams_of_the_cpu_are_one() -> None:
    stream = torch.Stream(device="cpu")
    assert stream == torch.Stream() and hash(stream) == hash(torch.Stream())
    assert stream != torch.Stream("meta") and stream != 3
    assert repr(stream) == "torch.Stream device_type=cpu, device_index=-1, stream_id=0"
    with stream as entered:
        assert entered is stream and stream.query()
    with pytest.raises(RuntimeError, match="not linked with support for cuda"):
        torch.Stream("cuda")


def test_get_device_module() -> None:
    assert torch.get_device_module() is torch.cpu
    assert torch.get_device_module(torch.device("cuda:0")) is torch.cuda
    with pytest.raises(RuntimeError, match="does not have a corresponding module"):
        torch.get_device_module("meta")
    with pytest.raises(RuntimeError, match="Invalid value of device '3'"):
        torch.get_device_module(3)


def test_cuda_device_is_entered_for_negative_numbers_only() -> None:
    with torch.cuda.device(-1), torch.cuda.device_of(torch.ones(1)):
        pass
    with pytest.raises(RuntimeError, match="compiled without CUDA support"):
        with torch.cuda.device("cuda:1"):
            pass
    with pytest.raises(ValueError, match="Expected a cuda device, but got: cpu"):
        torch.cuda.device("cpu")


def test_exceptions_of_devices_are_runtime_errors() -> None:
    assert torch.cuda.OutOfMemoryError is torch.OutOfMemoryError
    assert issubclass(torch.OutOfMemoryError, RuntimeError)
    assert issubclass(torch.AcceleratorError, RuntimeError)


def test_what_is_said_to_the_compiler_changes_nothing() -> None:
    x = torch.ones(3)
    torch._dynamo.mark_dynamic(x, 0, min=2, max=9)
    torch._dynamo.maybe_mark_dynamic(x, [0])
    torch._dynamo.mark_static(x)
    torch._dynamo.graph_break()
    assert torch._dynamo.mark_static(torch.nn.Linear) is torch.nn.Linear
    with pytest.raises(TypeError, match="mark_static expects"):
        torch._dynamo.mark_static(int)
    assert torch.compile(lambda y: y + 1)(x).tolist() == [2, 2, 2]
