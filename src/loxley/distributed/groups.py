"""Process groups of one process: the world, groups made from it, and what runs on them.

In: a backend's name and where processes meet.  Out: `ProcessGroup`s of size 1, whose operations
need no connection; a world of several processes is refused when it is asked for.
Source: https://docs.pytorch.org/docs/2.13/distributed.html
"""

from __future__ import annotations

import enum
import os
import warnings
from datetime import timedelta
from typing import Any, NoReturn

from ..devices import device as Device
from ..futures import Future
from .constants import default_pg_timeout
from .rendezvous import refuse_more, rendezvous
from .stores import PrefixStore, Store

UNINITIALIZED = (
    "Default process group has not been initialized, please make sure to call init_process_group."
)


class RedOpType(enum.IntEnum):
    """How values of several processes become one."""

    SUM = 0
    AVG = 1
    PRODUCT = 2
    MIN = 3
    MAX = 4
    BAND = 5
    BOR = 6
    BXOR = 7
    PREMUL_SUM = 8

    def __str__(self) -> str:
        return f"RedOpType.{self.name}"

    def __call__(self, factor: Any) -> NoReturn:
        """A sum of multiples: NotImplementedError; RuntimeError for other reductions."""
        if self is not RedOpType.PREMUL_SUM:
            raise RuntimeError(f"Only PREMUL_SUM supports calling with a factor, got {self}")
        raise NotImplementedError("torch.distributed.ReduceOp.PREMUL_SUM is not implemented")


class ReduceOp:
    """The reductions, as attributes; `ReduceOp(ReduceOp.SUM)` holds one."""

    RedOpType = RedOpType
    SUM, AVG, PRODUCT, MIN, MAX = list(RedOpType)[:5]
    BAND, BOR, BXOR, PREMUL_SUM = list(RedOpType)[5:]

    def __init__(self, op: RedOpType) -> None:
        self.op = RedOpType(op)

    def __eq__(self, other: object) -> bool:
        return self.op == (other.op if isinstance(other, ReduceOp) else other)

    def __hash__(self) -> int:
        return hash(self.op)


class Backend(str):
    """The name of a backend, in small letters."""

    UNDEFINED, GLOO, NCCL, UCC, MPI, XCCL, FAKE = (
        *("undefined", "gloo", "nccl", "ucc"),
        *("mpi", "xccl", "fake"),
    )
    backend_list = [UNDEFINED, GLOO, NCCL, XCCL, UCC, MPI, FAKE]
    default_device_backend_map = {"cpu": GLOO, "cuda": NCCL, "xpu": XCCL, "mps": GLOO}

    def __new__(cls, name: str) -> str:  # type: ignore[misc]
        if not isinstance(name, str):
            raise ValueError(f"Backend constructor parameter must be string-ish, but got {name}")
        return getattr(cls, name.upper(), name.lower())

    @classmethod
    def register_backend(cls, name: str, func: Any, *args: Any, **kwargs: Any) -> None:
        """NotImplementedError: only gloo's behaviour on one process is there."""
        raise NotImplementedError("torch.distributed.Backend.register_backend is not implemented")


class Work:
    """An operation that has been done: on one process nothing is left to wait for."""

    def __init__(self, results: list | None = None) -> None:
        self._results = [] if results is None else results

    def is_completed(self) -> bool:
        """True."""
        return True

    def is_success(self) -> bool:
        """True."""
        return True

    def exception(self) -> None:
        """None: errors are raised by the call itself."""

    def wait(self, timeout: timedelta | None = None) -> bool:
        """True, at once."""
        return True

    def synchronize(self) -> None:
        """Nothing is left to wait for."""

    def result(self) -> list:
        """The tensors that the operation wrote."""
        return self._results

    def source_rank(self) -> int:
        """NotImplementedError: nothing was received."""
        raise NotImplementedError("torch.distributed.Work.source_rank: nothing was received")

    def get_future(self) -> Future:
        """A finished future of the tensors."""
        future = Future()
        future.set_result(self._results)
        return future


class ProcessGroup:
    """A group of one process."""

    def __init__(self, name: str, backend: str, config: str, store: Store, desc: str) -> None:
        self.group_name, self.group_desc = name, desc
        self._backend, self._config, self._store = backend, config, store
        self._timeout = default_pg_timeout
        self.bound_device_id: Any = None

    def rank(self) -> int:
        """0."""
        return 0

    def size(self) -> int:
        """1."""
        return 1

    def name(self) -> str:
        """The backend's name."""
        return self._backend

    def get_group_store(self) -> Store:
        """The group's own store."""
        return self._store

    def set_timeout(self, timeout: timedelta) -> None:
        """Say how long an operation may take."""
        self._timeout = timeout


class GroupMember:
    """`GroupMember.WORLD` is the default group, `NON_GROUP_MEMBER` stands for somebody else's."""

    NON_GROUP_MEMBER = -100
    WORLD: ProcessGroup | None = None


class _WorldMeta(type):
    @property
    def WORLD(cls) -> ProcessGroup | None:  # noqa: N802 - PyTorch's name
        """The default group, or None."""
        return GroupMember.WORLD

    @WORLD.setter
    def WORLD(cls, group: ProcessGroup | None) -> None:  # noqa: N802
        GroupMember.WORLD = group


class group(metaclass=_WorldMeta):  # noqa: N801 - PyTorch's name
    """`group.WORLD` is the default group."""


_pg_map: dict[ProcessGroup, tuple[str, Store]] = {}
_count = [0]


def is_initialized() -> bool:
    """Whether `init_process_group` was called."""
    return GroupMember.WORLD is not None


def default_group() -> ProcessGroup:
    """The default group; ValueError before `init_process_group`."""
    if GroupMember.WORLD is None:
        raise ValueError(UNINITIALIZED)
    return GroupMember.WORLD


def member(group: Any) -> ProcessGroup | None:
    """The group meant by an argument, or None where this process is not in it."""
    if group is None:
        return default_group()
    return None if group == GroupMember.NON_GROUP_MEMBER else group


def _config_of(backend: str | None) -> tuple[str, str]:
    """A backend's name and what serves which device; RuntimeError for what is not built in."""
    if backend is None:
        return Backend.UNDEFINED, "cpu:gloo"
    named = [part.partition(":") for part in backend.lower().split(",")]
    for first, _, second in named:
        _check_backend(second or first)
    if len(named) == 1 and not named[0][1]:
        return backend.lower(), ",".join(f"{d}:{backend.lower()}" for d in ("cpu", "cuda"))
    return Backend.UNDEFINED, backend.lower()


def _check_backend(name: str) -> None:
    if name == "mpi":
        raise RuntimeError(
            "Distributed package doesn't have MPI built in. MPI is only included if you build "
            "PyTorch from source on a host that has MPI installed."
        )
    if name in ("nccl", "ucc", "xccl"):
        raise RuntimeError(f"Distributed package doesn't have {name.upper()} built in")
    if name != "gloo":
        raise NotImplementedError(f"torch.distributed: backend '{name}' is not implemented")


def _timeout(timeout: Any) -> timedelta:
    if timeout is None:
        return default_pg_timeout
    if not isinstance(timeout, timedelta):
        raise TypeError(
            f"Expected timeout argument to be of type datetime.timedelta, got {timeout}"
        )
    return timeout


def init_process_group(
    backend: str | None = None,
    init_method: str | None = None,
    timeout: timedelta | None = None,
    world_size: int = -1,
    rank: int = -1,
    store: Store | None = None,
    group_name: str = "",
    pg_options: Any = None,
    device_id: Any = None,
    _ranks: list[int] | None = None,
) -> None:
    """Make the default group of a world of one process.

    ValueError where it exists already or an address lacks something; RuntimeError for backends
    that are not built in; NotImplementedError for a world of several processes.
    """
    if GroupMember.WORLD is not None:
        raise ValueError("trying to initialize the default process group twice!")
    if store is not None and init_method is not None:
        raise AssertionError("Cannot specify both init_method and store.")
    for name, value in (("pg_options", pg_options), ("device_id", device_id), ("_ranks", _ranks)):
        if value is not None:
            raise NotImplementedError(
                f"torch.distributed.init_process_group: argument '{name}' is not implemented"
            )
    limit = _timeout(timeout)
    if store is not None:
        if world_size <= 0:
            raise AssertionError("world_size must be positive if using store")
        if rank < 0:
            raise AssertionError("rank must be non-negative if using store")
        refuse_more("init_process_group", world_size)
    else:
        met = rendezvous(init_method or "env://", rank, world_size, timeout=limit)
        store, rank, world_size = next(iter(met))
        store.set_timeout(limit)
    if not 0 <= rank < world_size:
        raise RuntimeError(f"rank < size. {rank} vs {world_size}")
    GroupMember.WORLD = _made(backend, store, "default_pg", limit)


def _made(backend: str | None, store: Store, desc: str, limit: timedelta) -> ProcessGroup:
    name, config = _config_of(backend)
    number = str(_count[0])
    _count[0] += 1
    own = PrefixStore(desc, store) if desc == "default_pg" else PrefixStore(f"{number}/", store)
    made = ProcessGroup(number, name, config, own, desc)
    made._timeout = limit
    _pg_map[made] = (name, own)
    return made


def destroy_process_group(group: ProcessGroup | None = None) -> None:
    """Forget a group; the default one takes all others along."""
    if group == GroupMember.NON_GROUP_MEMBER:
        return
    found = GroupMember.WORLD if group is None else group
    if found is None:
        raise AssertionError("Process group cannot be None")
    if found not in _pg_map:
        raise ValueError("Invalid process group specified")
    if found is GroupMember.WORLD:
        _pg_map.clear()
        _count[0] = 0
        GroupMember.WORLD = None
    else:
        del _pg_map[found]


def new_group(
    ranks: list[int] | None = None,
    timeout: timedelta | None = None,
    backend: str | None = None,
    pg_options: Any = None,
    use_local_synchronization: bool = False,
    group_desc: str | None = None,
    device_id: Any = None,
    sort_ranks: bool = True,
) -> ProcessGroup:
    """A group of this process; ValueError for ranks out of range or twice the same."""
    world = default_group()
    for name, value in (("pg_options", pg_options), ("device_id", device_id)):
        if value is not None:
            raise NotImplementedError(
                f"torch.distributed.new_group: argument '{name}' is not implemented"
            )
    _check_ranks(ranks)
    chosen = backend or (world._config if world._backend == Backend.UNDEFINED else world._backend)
    return _made(chosen, world._store, group_desc or "undefined", _timeout(timeout))


def _check_ranks(ranks: list[int] | None) -> None:
    if ranks is None:
        return
    if len(ranks) > len(set(ranks)):
        raise ValueError(f"ranks list must not contain duplicate entries, got {list(ranks)}")
    for rank in ranks:
        if rank != 0:
            raise ValueError(f"Rank {rank} is out of range. Valid ranks are 0 to 0 (world_size=1)")
    if not ranks:
        raise TypeError("new_group(): a group without ranks")


def new_subgroups(
    group_size: int | None = None,
    group: ProcessGroup | None = None,
    timeout: timedelta | None = None,
    backend: str | None = None,
    pg_options: Any = None,
    group_desc: str | None = None,
) -> tuple[ProcessGroup, list[ProcessGroup]]:
    """This process's subgroup and the list of all: groups of `group_size`, which can be 1 only."""
    default_group()
    size = 1 if group_size is None else group_size
    if size <= 0:
        raise ValueError(f"The arg 'group_size' ({size}) must be positive")
    if size > 1:
        raise ValueError(f"The arg 'group_size' ({size}) must not exceed the world size (1)")
    made = new_group([0], timeout, backend, pg_options, group_desc=group_desc)
    return made, [made]


def get_rank(group: Any = None) -> int:
    """This process's rank in a group: 0, or -1 where it is not in it."""
    found = member(group)
    return -1 if found is None else found.rank()


def get_world_size(group: Any = None) -> int:
    """The number of processes of a group: 1, or -1 where this process is not in it."""
    found = member(group)
    return -1 if found is None else found.size()


def _registered(group: Any) -> ProcessGroup:
    found = member(group)
    if found is None or found not in _pg_map:
        raise ValueError("Invalid process group specified")
    return found


def get_backend(group: Any = None) -> str:
    """The name of a group's backend."""
    return _registered(group)._backend


def get_backend_config(group: Any = None) -> str:
    """Which backend serves which device."""
    return _registered(group)._config


def get_process_group_ranks(group: Any) -> list[int]:
    """The ranks of a group: [0]."""
    _registered(group)
    return [0]


def get_global_rank(group: Any, group_rank: int) -> int:
    """The rank in the world of a group's member."""
    if group not in _pg_map:
        raise ValueError(f"Group {group} is not registered")
    if group_rank != 0:
        raise ValueError(f"Group rank {group_rank} is not part of group {group}")
    return 0


def get_group_rank(group: Any, global_rank: int) -> int:
    """The rank in a group of a process of the world."""
    if group is not GroupMember.WORLD and group not in _pg_map:
        raise ValueError(f"Group {group} is not registered, please create group with new_group API")
    if global_rank != 0:
        raise ValueError(f"Global rank {global_rank} is not part of group {group}")
    return 0


def get_node_local_rank(fallback_rank: int | None = None) -> int:
    """This process's rank on its machine, from LOCAL_RANK, or `fallback_rank`."""
    if "LOCAL_RANK" in os.environ:
        return int(os.environ["LOCAL_RANK"])
    if fallback_rank is not None:
        return int(fallback_rank)
    raise RuntimeError(
        "LOCAL_RANK is not in the environment. Consider passing fallback_rank to allow "
        "`get_node_local_rank` to work, assuming you are not running in a multi-device context "
        "and want the code to run locally instead."
    )


def get_pg_count() -> int:
    """How many groups there are."""
    return len(_pg_map)


def get_default_backend_for_device(device: str | Device) -> str:
    """The name of the backend for a kind of device; ValueError where there is none."""
    kind = device.type if isinstance(device, Device) else Device(device).type
    if kind not in Backend.default_device_backend_map:
        raise ValueError(f"Default backend not registered for device : {kind}")
    return Backend.default_device_backend_map[kind]


def warn_not_member(function: str) -> None:
    """Tell that a group is somebody else's."""
    warnings.warn(f"Running {function} on global rank 0 which does not belong to the given group.")
