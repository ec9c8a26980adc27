"""Remote calls to oneself: functions run on threads of this process, on copies of their arguments.

In: a worker (this one), a function that pickles, its arguments.  Out: its result, now, later
(`Future`) or kept where it is (`RRef`).  Inside a context of `torch.distributed.autograd` tensors
keep their history.
Source: https://docs.pytorch.org/docs/2.13/rpc.html
"""

from __future__ import annotations

import pickle
import traceback
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any

from ...autograd import enable_grad, is_grad_enabled, set_grad_enabled
from ...futures import Future
from ...tensor import Tensor
from ..rendezvous import rendezvous
from .options import BackendType, TensorPipeRpcBackendOptions, checked

UNSET_TIMEOUT = -1.0
_NOT_THERE = "RPC has not been initialized. Call torch.distributed.rpc.init_rpc first."


@dataclass(frozen=True)
class WorkerInfo:
    """A worker's name and number."""

    name: str
    id: int

    def __repr__(self) -> str:
        return f"WorkerInfo(id={self.id}, name={self.name})"


@dataclass
class _Agent:
    me: WorkerInfo
    options: TensorPipeRpcBackendOptions
    threads: ThreadPoolExecutor
    made: int = 0  # how many references were given out


_agents: list[_Agent] = []
open_contexts: list[int] = []  # of `torch.distributed.autograd`: history travels only inside them


def agent() -> _Agent:
    """This process's agent; RuntimeError before `init_rpc`."""
    if not _agents:
        raise RuntimeError(_NOT_THERE)
    return _agents[0]


def is_available() -> bool:
    """True: calls to oneself."""
    return True


def init_rpc(
    name: str,
    backend: BackendType | None = None,
    rank: int = -1,
    world_size: int | None = None,
    rpc_backend_options: Any = None,
) -> None:
    """Makes this process a worker; NotImplementedError for a world of several."""
    if backend is not None and not isinstance(backend, BackendType):
        raise TypeError("Argument backend must be a member of BackendType")
    options = checked(rpc_backend_options)
    if _agents:
        raise RuntimeError("RPC is already initialized")
    size = -1 if world_size is None else world_size
    if size > 1:
        raise NotImplementedError(
            f"torch.distributed.rpc.init_rpc: world_size {size}: processes are not connected yet"
        )
    _, rank, _ = next(iter(rendezvous(options.init_method, rank, size)))
    threads = ThreadPoolExecutor(options.num_worker_threads, f"rpc-{name}")
    _agents.append(_Agent(WorkerInfo(name, rank), options, threads))


def shutdown(graceful: bool = True, timeout: float = 0) -> None:
    """Waits for running calls (unless `graceful=False`) and ends."""
    agent().threads.shutdown(wait=graceful)
    _agents.clear()


def get_worker_info(worker_name: str | None = None) -> WorkerInfo:
    """A worker by name, or this one; RuntimeError for one that is not there."""
    return agent().me if worker_name is None else _worker(worker_name)


def _worker(to: Any) -> WorkerInfo:
    me = agent().me
    if isinstance(to, WorkerInfo):
        to = to.name
    if not isinstance(to, (str, int)):
        raise ValueError(f"Cannot get WorkerInfo from name {to}")
    if to not in (me.name, me.id):
        what = "id" if isinstance(to, int) else "name"
        raise RuntimeError(f"name:{me.name},rank:{me.id} could not find destination {what} {to}")
    return me


def _travelled(value: Any) -> Any:
    """What arrives of an argument: copies, of tensors with their history inside a context."""
    kept: list[Any] = []

    class Pickler(pickle.Pickler):
        def persistent_id(self, thing: Any) -> int | None:
            if not isinstance(thing, (Tensor, RRef)):
                return None
            kept.append(thing)
            return len(kept) - 1

    class Unpickler(pickle.Unpickler):
        def persistent_load(self, number: int) -> Any:
            thing = kept[number]
            if not isinstance(thing, Tensor):
                return thing
            return thing.clone() if open_contexts else thing.detach().clone()

    written = _Bytes()
    Pickler(written).dump(value)
    return Unpickler(written.start()).load()


class _Bytes:
    """A file in memory."""

    def __init__(self) -> None:
        self.data, self.place = bytearray(), 0

    def write(self, data: Any) -> int:
        self.data += data
        return len(data)

    def start(self) -> _Bytes:
        return self

    def read(self, count: int) -> bytes:
        self.place += count
        return bytes(self.data[self.place - count : self.place])

    def readline(self) -> bytes:
        end = self.data.index(b"\n", self.place) + 1
        return self.read(end - self.place)


def _told(error: Exception, me: WorkerInfo) -> Exception:
    """An exception as the caller sees it: its type, and where it happened."""
    text = f"On {me}:\n{error!r}\n{''.join(traceback.format_exception(error))}"
    try:
        return type(error)(text)
    except Exception:
        return RuntimeError(text)


def _call(to: Any, func: Callable, args: Any, kwargs: Any, timeout: float) -> Future:
    here = agent()
    if not callable(func):
        raise TypeError("function should be callable.")
    me = _worker(to)
    sent = _travelled((func, tuple(args or ()), dict(kwargs or {})))
    limit = here.options.rpc_timeout if timeout == UNSET_TIMEOUT else timeout
    future, grad = _RpcFuture(limit), is_grad_enabled()

    def run() -> None:
        try:
            with set_grad_enabled(grad):
                result = sent[0](*sent[1], **sent[2])
                if getattr(sent[0], "_wrapped_async_rpc_function", None) is not None:
                    result = _finished(result)
                future.set_result(result if isinstance(result, RRef) else _travelled(result))
        except Exception as error:
            future.set_exception(_told(error, me))

    here.threads.submit(run)
    return future


def _finished(result: Any) -> Any:
    if not isinstance(result, Future):
        raise RuntimeError(
            "Functions decorated with @rpc.async_function must return a torch.futures.Future "
            f"object, but got {type(result)}"
        )
    return result.wait()


class _RpcFuture(Future):
    """A future that is waited for as long as a call may take (0: for ever)."""

    def __init__(self, seconds: float) -> None:
        super().__init__()
        self._seconds = seconds

    def wait(self) -> Any:
        with self._lock:
            if not self._lock.wait_for(lambda: self._done, self._seconds or None):
                raise RuntimeError(f"RPC ran for more than set timeout ({self._seconds} s)")
        return self.value()


def rpc_sync(
    to: Any, func: Callable, args: Any = None, kwargs: Any = None, timeout: float = UNSET_TIMEOUT
) -> Any:
    """Calls a function on a worker and waits for the result; its exception is raised."""
    return _call(to, func, args, kwargs, timeout).wait()


def rpc_async(
    to: Any, func: Callable, args: Any = None, kwargs: Any = None, timeout: float = UNSET_TIMEOUT
) -> Future:
    """Calls a function on a worker; a future of the result."""
    return _call(to, func, args, kwargs, timeout)


def remote(
    to: Any, func: Callable, args: Any = None, kwargs: Any = None, timeout: float = UNSET_TIMEOUT
) -> RRef:
    """Calls a function, or makes an object of a class, on a worker; a reference to the result."""
    if not callable(func):
        raise TypeError("function should be callable.")
    _worker(to)
    made = object.__new__(RRef)
    made._number, made._value = _next_number(), Future()
    sent = _travelled((func, tuple(args or ()), dict(kwargs or {})))
    me, grad = agent().me, is_grad_enabled()

    def run() -> None:
        try:
            with set_grad_enabled(grad):
                result = sent[0](*sent[1], **sent[2])
            made._value.set_result(result)
        except Exception as error:
            made._value.set_exception(_told(error, me))

    agent().threads.submit(run)
    return made


def _next_number() -> int:
    here = agent()
    here.made += 1
    return here.made - 1


class RRef:
    """A reference to a value of a worker, here always this one.

    RuntimeError before `init_rpc`.
    """

    def __init__(self, value: Any, type_hint: Any = None) -> None:
        if not _agents:
            raise RuntimeError(
                "Current RPC agent is not set! Did you initialize the RPC framework (e.g. by "
                "calling `rpc.init_rpc`)?"
            )
        self._number, self._value = _next_number(), Future()
        self._value.set_result(value)

    def __class_getitem__(cls, kind: Any) -> type[RRef]:
        return cls

    def __repr__(self) -> str:
        return f"OwnerRRef(GloballyUniqueId(created_on=0, local_id={self._number}))"

    def to_here(self, timeout: float = UNSET_TIMEOUT) -> Any:
        """The value, waited for; the exception of what should have made it is raised."""
        return self._value.wait()

    def local_value(self) -> Any:
        """The value, on its owner."""
        return self._value.wait()

    def is_owner(self) -> bool:
        """True: there is one worker."""
        return True

    def owner(self) -> WorkerInfo:
        """This worker."""
        return agent().me

    def owner_name(self) -> str:
        """This worker's name."""
        return agent().me.name

    def confirmed_by_owner(self) -> bool:
        """True."""
        return True

    def rpc_sync(self, timeout: float = UNSET_TIMEOUT) -> _Proxy:
        """`rref.rpc_sync().method(...)`: the result of a method."""
        return _Proxy(self, rpc_sync, timeout)

    def rpc_async(self, timeout: float = UNSET_TIMEOUT) -> _Proxy:
        """`rref.rpc_async().method(...)`: a future of the result of a method."""
        return _Proxy(self, rpc_async, timeout)

    def remote(self, timeout: float = UNSET_TIMEOUT) -> _Proxy:
        """`rref.remote().method(...)`: a reference to the result of a method."""
        return _Proxy(self, remote, timeout)

    def backward(self, dist_autograd_ctx_id: int = -1, retain_graph: bool = False) -> None:
        """Runs the backward pass from the value, which must be a scalar."""
        if dist_autograd_ctx_id != -1:
            raise NotImplementedError("torch.distributed.rpc.RRef.backward with a context")
        with enable_grad():
            self.to_here().backward(retain_graph=retain_graph)


class _Proxy:
    def __init__(self, reference: RRef, call: Callable, timeout: float) -> None:
        self._parts = reference, call, timeout

    def __getattr__(self, name: str) -> Callable:
        reference, call, timeout = self._parts

        def method(*args: Any, **kwargs: Any) -> Any:
            given = (reference, name, args, kwargs)
            return call(reference.owner(), _method, args=given, timeout=timeout)

        return method


def _method(reference: RRef, name: str, args: tuple, kwargs: dict) -> Any:
    return getattr(reference.local_value(), name)(*args, **kwargs)
