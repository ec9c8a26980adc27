"""How processes find each other: `env://`, `file://`, `tcp://`.

In: an address, or the variables that `torchrun` sets.  Out: a store, this process's rank and how
many processes there are.
Source: https://docs.pytorch.org/docs/2.13/distributed.html#initialization
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from datetime import timedelta
from typing import Any
from urllib.parse import ParseResult, parse_qsl, urlparse

from .constants import default_pg_timeout
from .stores import FileStore, Store, TCPStore

__all__ = ["register_rendezvous_handler", "rendezvous"]

Meeting = tuple[Store, int, int]
_HANDLERS: dict[str, Callable[..., Iterator[Meeting]]] = {}


def register_rendezvous_handler(
    scheme: str, handler: Callable[..., Iterator[tuple[Store, int, int]]]
) -> None:
    """Make `handler(url, timeout=...)` answer for `scheme://`; RuntimeError where one does."""
    if scheme in _HANDLERS:
        raise RuntimeError(f"Rendezvous handler for {scheme}:// already registered")
    _HANDLERS[scheme] = handler


def rendezvous(
    url: str, rank: int = -1, world_size: int = -1, **kwargs: Any
) -> Iterator[tuple[Store, int, int]]:
    """Store, rank and world size for an address, by its scheme.

    RuntimeError for an unknown scheme; ValueError for what the address lacks.
    """
    if not isinstance(url, (str, bytes)):
        raise RuntimeError(f"`url` must be a string. {type(url)}: {url}")
    result = urlparse(str(url))
    query = dict(parse_qsl(result.query))
    if rank != -1:
        query["rank"] = str(rank)
    if world_size != -1:
        query["world_size"] = str(world_size)
    if result.scheme not in _HANDLERS:
        raise RuntimeError(f"No rendezvous handler for {result.scheme}://")
    asked = "&".join(f"{key}={value}" for key, value in query.items())
    return _HANDLERS[result.scheme](result._replace(query=asked).geturl(), **kwargs)


def _parts(url: str) -> tuple[ParseResult, dict[str, str]]:
    result = urlparse(url)
    return result, dict(parse_qsl(result.query))


def _missing(scheme: str, what: str) -> ValueError:
    return ValueError(f"Error initializing torch.distributed using {scheme}:// rendezvous: {what}")


def _numbers(scheme: str, query: dict[str, str]) -> tuple[int, int]:
    if "rank" not in query:
        raise _missing(scheme, "rank parameter missing")
    if "world_size" not in query:
        raise _missing(scheme, "world size parameter missing")
    return int(query["rank"]), int(query["world_size"])


def refuse_more(function: str, world_size: int) -> None:
    """NotImplementedError where more than one process is asked for."""
    if world_size > 1:
        raise NotImplementedError(
            f"torch.distributed.{function}: world_size {world_size}: "
            "processes are not connected yet"
        )


def _by_file(url: str, **kwargs: Any) -> Iterator[Meeting]:
    result, query = _parts(url)
    if not result.path:
        raise _missing("file", "path missing")
    rank, world_size = _numbers("file", query)
    refuse_more("init_process_group", world_size)
    yield FileStore(result.path, world_size), rank, world_size


def _by_tcp(url: str, timeout: timedelta = default_pg_timeout, **kwargs: Any) -> Iterator[Meeting]:
    result, query = _parts(url)
    if result.port is None:
        raise _missing("tcp", "port number missing")
    rank, world_size = _numbers("tcp", query)
    refuse_more("init_process_group", world_size)
    yield _master(result.hostname or "", result.port, timeout), rank, world_size


def _master(host: str, port: int, timeout: timedelta) -> Store:
    return TCPStore(host, port, 1, True, timeout, multi_tenant=True)


def _by_environment(
    url: str, timeout: timedelta = default_pg_timeout, **kwargs: Any
) -> Iterator[Meeting]:
    _, query = _parts(url)

    def needed(name: str) -> str:
        value = os.environ.get(name)
        if value is None:
            raise _missing("env", f"environment variable {name} expected, but not set")
        return value

    rank = int(query["rank"] if "rank" in query else needed("RANK"))
    world_size = int(query["world_size"] if "world_size" in query else needed("WORLD_SIZE"))
    host, port = needed("MASTER_ADDR"), int(needed("MASTER_PORT"))
    refuse_more("init_process_group", world_size)
    yield _master(host, port, timeout), rank, world_size


register_rendezvous_handler("file", _by_file)
register_rendezvous_handler("tcp", _by_tcp)
register_rendezvous_handler("env", _by_environment)
