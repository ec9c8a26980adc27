"""Starting a program on one process, with the variables that `torchrun` sets.

Source: https://docs.pytorch.org/docs/2.13/elastic/run.html
"""

from __future__ import annotations

import os
import socket
import subprocess
import uuid
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any


@dataclass
class LaunchConfig:
    """How many processes, where, under which name."""

    min_nodes: int
    max_nodes: int
    nproc_per_node: int
    logs_specs: Any = None
    run_id: str = ""
    role: str = "default_role"
    rdzv_endpoint: str = ""
    rdzv_backend: str = "etcd"
    rdzv_configs: dict[str, Any] = field(default_factory=dict)
    rdzv_timeout: int = -1
    max_restarts: int = 3
    monitor_interval: float = 0.1
    start_method: str = "spawn"
    log_line_prefix_template: str | None = None
    metrics_cfg: dict[str, str] = field(default_factory=dict)
    local_addr: str | None = None
    event_log_handler: str = "null"
    numa_options: Any = None
    signals_to_handle: str = "SIGTERM,SIGINT,SIGHUP,SIGQUIT"
    duplicate_stdout_filters: list[str] | None = None
    duplicate_stderr_filters: list[str] | None = None
    virtual_local_rank: bool = False
    shutdown_timeout: int | None = None


def variables(config: LaunchConfig) -> dict[str, str]:
    """The environment of the one worker; NotImplementedError for more of them."""
    if config.max_nodes > 1 or config.nproc_per_node > 1:
        raise NotImplementedError(
            f"torch.distributed.launcher: {config.max_nodes} nodes of {config.nproc_per_node} "
            "processes: processes are not connected yet"
        )
    for name in (
        "logs_specs",
        "numa_options",
        "duplicate_stdout_filters",
        "duplicate_stderr_filters",
        "virtual_local_rank",
    ):
        if getattr(config, name):
            raise NotImplementedError(f"torch.distributed.launcher: argument '{name}'")
    host, _, port = config.rdzv_endpoint.partition(":")
    return {
        "LOCAL_RANK": "0",
        "RANK": "0",
        "GROUP_RANK": "0",
        "ROLE_RANK": "0",
        "ROLE_NAME": config.role,
        "LOCAL_WORLD_SIZE": "1",
        "WORLD_SIZE": "1",
        "GROUP_WORLD_SIZE": "1",
        "ROLE_WORLD_SIZE": "1",
        "MASTER_ADDR": host or "127.0.0.1",
        "MASTER_PORT": port if port and port != "0" else str(_free_port()),
        "TORCHELASTIC_RESTART_COUNT": "0",
        "TORCHELASTIC_MAX_RESTARTS": str(config.max_restarts),
        "TORCHELASTIC_RUN_ID": config.run_id or str(uuid.uuid4()),
        "OMP_NUM_THREADS": os.environ.get("OMP_NUM_THREADS", "1"),
    }


def _free_port() -> int:
    with socket.socket() as found:
        found.bind(("", 0))
        return found.getsockname()[1]


@contextmanager
def _environment(values: dict[str, str]) -> Iterator[None]:
    before = {name: os.environ.get(name) for name in values}
    os.environ.update(values)
    try:
        yield
    finally:
        for name, value in before.items():
            if value is None:
                del os.environ[name]
            else:
                os.environ[name] = value


class elastic_launch:  # noqa: N801 - PyTorch's name
    """Runs a function here, or a program in a process of its own, with those variables."""

    def __init__(
        self,
        config: LaunchConfig,
        entrypoint: Callable | str | None,
        health_check_server: Any = None,
    ) -> None:
        if health_check_server is not None:
            raise NotImplementedError("elastic_launch: argument 'health_check_server'")
        self._config, self._entrypoint = config, entrypoint

    def __call__(self, *args: Any) -> dict[int, Any]:
        """The results by rank."""
        values = variables(self._config)
        if callable(self._entrypoint):
            with _environment(values):
                return {0: self._entrypoint(*args)}
        command = [str(self._entrypoint), *map(str, args)]
        ended = subprocess.run(command, env={**os.environ, **values})
        if ended.returncode:
            raise ChildFailedError(command[0], ended.returncode)
        return {0: None}


class ChildFailedError(Exception):
    """The program ended with an error."""

    def __init__(self, name: str, exit_code: int) -> None:
        super().__init__(f"{name} failed with exit code {exit_code}")
        self.exit_code = exit_code
