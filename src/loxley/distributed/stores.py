"""Stores: small tables from strings to bytes that processes meet at.

In: keys, strings or bytes.  Out: bytes; waiting for keys that others set.  `HashStore` and
`TCPStore` live in this process (the latter holds its port, and refuses other processes instead
of leaving them waiting); `FileStore` is a file that any process of this library may open.
Source: https://docs.pytorch.org/docs/2.13/distributed.html#distributed-key-value-store
"""

from __future__ import annotations

import fcntl
import json
import os
import socket
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from typing import Any

__all__ = [
    "DistBackendError",
    "DistError",
    "DistNetworkError",
    "DistStoreError",
    "FileStore",
    "HashStore",
    "PrefixStore",
    "QueueEmptyError",
    "Store",
    "TCPStore",
]

_DEFAULT = timedelta(seconds=300)
_POLL = 0.01  # seconds between two looks at a file


class DistError(RuntimeError):
    """Something went wrong between processes."""


class DistBackendError(DistError):
    """A backend failed."""


class DistNetworkError(DistError):
    """The network failed."""


class DistStoreError(DistError):
    """A store failed, or nobody set what was waited for."""


class QueueEmptyError(DistStoreError):
    """Nothing is in the queue."""


def _bytes(name: str, value: Any) -> bytes:
    if isinstance(value, str):
        return value.encode()
    if isinstance(value, (bytes, bytearray)):
        return bytes(value)
    raise TypeError(f"{name}(): incompatible function arguments: {value!r} is no str or bytes")


class Store:
    """What all stores do. A subclass gives `_changing` (the table, locked) and `_wait_until`."""

    _late: type[Exception] = DistStoreError
    _queues = True

    def __init__(self) -> None:
        self._timeout = _DEFAULT

    @property
    def timeout(self) -> timedelta:
        """How long `get` and `wait` wait."""
        return self._timeout

    def set_timeout(self, timeout: timedelta) -> None:
        """Say how long `get` and `wait` wait."""
        self._timeout = timeout

    def _key(self, key: str) -> str:
        if not isinstance(key, str):
            raise TypeError(f"incompatible function arguments: the key {key!r} is no str")
        return key

    @contextmanager
    def _changing(self) -> Iterator[dict[str, Any]]:
        raise NotImplementedError(f"torch.distributed.{type(self).__name__}")
        yield {}

    def _wait_until(self, ready: Callable[[dict], bool], seconds: float) -> bool:
        raise NotImplementedError(f"torch.distributed.{type(self).__name__}")

    def set(self, key: str, value: str | bytes) -> None:
        """Write a value."""
        data = _bytes("set", value)
        with self._changing() as table:
            table[self._key(key)] = data

    def get(self, key: str) -> bytes:
        """The value, waited for; DistStoreError where nobody sets it in time."""
        name = self._key(key)
        self._await([name], None)
        with self._changing() as table:
            return table[name]

    def add(self, key: str, amount: int) -> int:
        """Add to a counter (0 at first) and tell what it is now."""
        with self._changing() as table:
            try:
                total = int(table.get(self._key(key), b"0")) + amount
            except ValueError:
                raise ValueError("stoll") from None
            table[self._key(key)] = str(total).encode()
        return total

    def compare_set(self, key: str, expected_value: str, desired_value: str) -> bytes:
        """Write `desired_value` where the value is `expected_value`, or there is none and "" was
        expected; tells the value now, or what was expected of a value that is not there."""
        expected, desired = _bytes("compare_set", expected_value), _bytes("", desired_value)
        name = self._key(key)
        with self._changing() as table:
            if name not in table and expected:
                return expected
            if table.get(name, b"") == expected:
                table[name] = desired
            return table[name]

    def check(self, keys: list[str]) -> bool:
        """Whether all keys are set."""
        with self._changing() as table:
            return all(self._key(key) in table for key in keys)

    def delete_key(self, key: str) -> bool:
        """Forget a key; whether it was there."""
        with self._changing() as table:
            return table.pop(self._key(key), None) is not None

    def num_keys(self) -> int:
        """How many keys are set."""
        with self._changing() as table:
            return len(table)

    def list_keys(self) -> list[str]:
        """The keys that are set."""
        with self._changing() as table:
            return list(table)

    def wait(self, keys: list[str], timeout: timedelta | None = None) -> None:
        """Wait until all keys are set; DistStoreError where they are not in time."""
        self._await([self._key(key) for key in keys], timeout)

    def _await(self, names: list[str], timeout: timedelta | None) -> None:
        seconds = (self._timeout if timeout is None else timeout).total_seconds()
        if not self._wait_until(lambda table: all(name in table for name in names), seconds):
            raise self._late("Wait timeout")

    def append(self, key: str, value: str | bytes) -> None:
        """Write behind what is there."""
        data = _bytes("append", value)
        with self._changing() as table:
            table[self._key(key)] = table.get(self._key(key), b"") + data

    def multi_set(self, keys: list[str], values: list[str | bytes]) -> None:
        """Write several values."""
        if len(keys) != len(values):
            raise ValueError("multi_set keys and values vectors must be of same size")
        for key, value in zip(keys, values):
            self.set(key, value)

    def multi_get(self, keys: list[str]) -> list[bytes]:
        """Several values, waited for."""
        return [self.get(key) for key in keys]

    def has_extended_api(self) -> bool:
        """Whether `append`, `multi_set` and `multi_get` are single operations."""
        return self._queues

    def _queue(self, table: dict, key: str) -> list:
        return table.setdefault(f"\0queue/{self._key(key)}", [])

    def _check_queues(self) -> None:
        if not self._queues:
            raise NotImplementedError("queue support is not implemented.")

    def queue_push(self, key: str, value: str | bytes) -> None:
        """Put a value at the end of a queue."""
        self._check_queues()
        data = _bytes("queue_push", value)
        with self._changing() as table:
            self._queue(table, key).append(data)

    def queue_len(self, key: str) -> int:
        """How many values are in a queue."""
        self._check_queues()
        with self._changing() as table:
            return len(self._queue(table, key))

    def queue_pop(self, key: str, block: bool = True) -> bytes:
        """Take the first value of a queue, waited for; QueueEmptyError where `block` is False."""
        self._check_queues()
        seconds = self._timeout.total_seconds() if block else 0.0
        if not self._wait_until(lambda table: bool(self._queue(table, key)), seconds):
            raise self._late("Wait timeout") if block else QueueEmptyError("queue is empty")
        with self._changing() as table:
            return self._queue(table, key).pop(0)

    def clone(self) -> Store:
        """A store over the same table."""
        return self


class _Table:
    def __init__(self) -> None:
        self.values: dict[str, Any] = {}
        self.changed = threading.Condition(threading.RLock())


class HashStore(Store):
    """A table in this process."""

    def __init__(self) -> None:
        super().__init__()
        self._table = _Table()

    @contextmanager
    def _changing(self) -> Iterator[dict[str, Any]]:
        with self._table.changed:
            yield self._table.values
            self._table.changed.notify_all()

    def _wait_until(self, ready: Callable[[dict], bool], seconds: float) -> bool:
        with self._table.changed:
            return self._table.changed.wait_for(lambda: ready(self._table.values), seconds)

    def num_keys(self) -> int:
        """How many keys are set."""
        return len(self.list_keys())

    def list_keys(self) -> list[str]:
        """The keys that are set."""
        return [key for key in super().list_keys() if not key.startswith("\0")]


_SERVERS: dict[int, tuple[_Table, socket.socket]] = {}  # several stores of one process at a port


class TCPStore(HashStore):
    """The master's table of a world of one process; it holds its port without listening.

    NotImplementedError for clients of another process's store and for larger worlds.
    DistNetworkError where the port is taken.
    """

    def __init__(
        self,
        host_name: str,
        port: int,
        world_size: int | None = None,
        is_master: bool = False,
        timeout: timedelta = _DEFAULT,
        wait_for_workers: bool = True,
        multi_tenant: bool = False,
        master_listen_fd: int | None = None,
        use_libuv: bool = True,
    ) -> None:
        super().__init__()
        if not is_master:
            raise NotImplementedError(
                "torch.distributed.TCPStore: is_master=False: processes are not connected yet"
            )
        if world_size is not None and world_size > 1:
            raise NotImplementedError(
                f"torch.distributed.TCPStore: world_size={world_size}: "
                "processes are not connected yet"
            )
        if master_listen_fd is not None:
            raise NotImplementedError(
                "torch.distributed.TCPStore: argument 'master_listen_fd' is not implemented"
            )
        self.host, self.libuvBackend, self._timeout = host_name, use_libuv, timeout
        self._socket: socket.socket | None = None
        if multi_tenant and port in _SERVERS:
            self._table, self._socket = _SERVERS[port]
        else:
            self._socket = _held_port(port)
        self.port = self._socket.getsockname()[1]
        if multi_tenant:
            _SERVERS[self.port] = (self._table, self._socket)


def _held_port(port: int) -> socket.socket:
    held = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
    try:
        held.bind(("", port))
    except OSError as error:
        held.close()
        raise DistNetworkError(
            "The server socket has failed to listen on any local network address. "
            f"port: {port}, useIpv6: false, code: -{error.errno}, "
            "name: EADDRINUSE, message: address already in use"
        ) from None
    return held


class FileStore(Store):
    """A table in a file, locked while it is read or written."""

    _late = RuntimeError
    _queues = False

    def __init__(self, file_name: str | os.PathLike, world_size: int = -1) -> None:
        super().__init__()
        self.path = os.fspath(file_name)
        with self._changing() as table:
            opened = int(table.get("efcount/", b"0")) + 1
            table["efcount/"] = str(opened).encode()

    @contextmanager
    def _changing(self) -> Iterator[dict[str, Any]]:
        with open(self.path, "a+b") as file:
            fcntl.flock(file, fcntl.LOCK_EX)
            file.seek(0)
            written = json.loads(file.read() or b"{}")
            table = {key: value.encode("latin-1") for key, value in written.items()}
            before = dict(table)
            yield table
            if table != before:
                file.truncate(0)
                texts = {key: value.decode("latin-1") for key, value in table.items()}
                file.write(json.dumps(texts).encode())

    def _wait_until(self, ready: Callable[[dict], bool], seconds: float) -> bool:
        end = time.monotonic() + seconds
        while True:
            with self._changing() as table:
                if ready(table):
                    return True
            if time.monotonic() >= end:
                return False
            time.sleep(_POLL)

    def get(self, key: str) -> bytes:
        """The value, waited for; RuntimeError where nobody sets it in time."""
        try:
            return super().get(key)
        except RuntimeError:
            waited = round(self._timeout.total_seconds() * 1000)
            raise RuntimeError(f"Timeout waiting for key: {key} after {waited} ms") from None

    def delete_key(self, key: str) -> bool:
        """Forget a key; True, as PyTorch tells, whether it was there or not."""
        super().delete_key(key)
        return True


class PrefixStore(Store):
    """Another store, with a prefix before each key."""

    def __init__(self, prefix: str, store: Store) -> None:
        super().__init__()
        self.prefix, self.underlying_store = prefix, store
        self._late, self._queues = store._late, store._queues

    @property
    def timeout(self) -> timedelta:
        """The underlying store's."""
        return self.underlying_store.timeout

    def set_timeout(self, timeout: timedelta) -> None:
        """Sets the underlying store's."""
        self.underlying_store.set_timeout(timeout)
        self._timeout = timeout

    def _key(self, key: str) -> str:
        return self.underlying_store._key(f"{self.prefix}/{super()._key(key)}")

    @contextmanager
    def _changing(self) -> Iterator[dict[str, Any]]:
        with self.underlying_store._changing() as table:
            yield table

    def _wait_until(self, ready: Callable[[dict], bool], seconds: float) -> bool:
        return self.underlying_store._wait_until(ready, seconds)

    def num_keys(self) -> int:
        """How many keys the underlying store has."""
        return self.underlying_store.num_keys()

    def list_keys(self) -> list[str]:
        """The keys with this prefix, without it."""
        start = f"{self.prefix}/"
        keys = self.underlying_store.list_keys()
        return [key.removeprefix(start) for key in keys if key.startswith(start)]
