"""`python -m loxley -m torch.distributed.run script.py`: what `torchrun` does, with one process.

Source: https://docs.pytorch.org/docs/2.13/elastic/run.html
"""

from __future__ import annotations

import argparse
import sys
from typing import Any

from .launcher.api import ChildFailedError, LaunchConfig, elastic_launch

_PROGRAM = (__package__ or __name__).partition(".")[0]


def get_args_parser() -> argparse.ArgumentParser:
    """The options of `torchrun` that one process has."""
    parser = argparse.ArgumentParser("torchrun", description="Torch Distributed Elastic Launcher")
    add = parser.add_argument
    add("--nnodes", default="1:1", help="number of nodes")
    add("--nproc-per-node", "--nproc_per_node", default="1", help="processes of a node")
    add("--rdzv-backend", "--rdzv_backend", default="static")
    add("--rdzv-endpoint", "--rdzv_endpoint", default="")
    add("--rdzv-id", "--rdzv_id", default="none")
    add("--standalone", action="store_true")
    add("--max-restarts", "--max_restarts", type=int, default=0)
    add("--role", default="default")
    add("--node-rank", "--node_rank", type=int, default=0)
    add("--master-addr", "--master_addr", default="127.0.0.1")
    add("--master-port", "--master_port", type=int, default=29500)
    add("-m", "--module", action="store_true", help="the script is a module's name")
    add("--no-python", "--no_python", action="store_true", help="the script is a program")
    add("training_script")
    add("training_script_args", nargs=argparse.REMAINDER)
    return parser


def _count(text: str) -> int:
    if text in ("cpu", "gpu", "xpu", "auto"):
        raise NotImplementedError(
            f"torch.distributed.run: --nproc-per-node={text}: say 1; "
            "processes are not connected yet"
        )
    return int(text)


def run(args: Any) -> None:
    """Runs the program of parsed arguments; ChildFailedError where it fails."""
    if args.node_rank:
        raise NotImplementedError("torch.distributed.run: --node-rank")
    nodes = [int(part) for part in str(args.nnodes).split(":")]
    static = args.rdzv_backend == "static" and not args.standalone
    config = LaunchConfig(
        nodes[0],
        nodes[-1],
        _count(str(args.nproc_per_node)),
        run_id=args.rdzv_id,
        role=args.role,
        rdzv_endpoint=args.rdzv_endpoint
        or (f"{args.master_addr}:{args.master_port}" if static else ""),
        max_restarts=args.max_restarts,
    )
    given = [args.training_script, *args.training_script_args]
    if not args.no_python:
        given = [sys.executable, "-m", _PROGRAM, *(["-m"] if args.module else []), *given]
    elastic_launch(config, given[0])(*given[1:])


def main(args: list[str] | None = None) -> None:
    """`torchrun`'s command line."""
    try:
        run(get_args_parser().parse_args(args))
    except ChildFailedError as error:
        sys.exit(error.exit_code)


if __name__ == "__main__":
    main()
