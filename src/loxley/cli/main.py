"""The command `loxley`: arguments come in, one of the subcommands runs, an exit code goes out.

Exit codes: 0 done, 1 the command could not do it (one line says why), 2 wrong usage,
130 interrupted.
"""

from __future__ import annotations

import argparse
import importlib.metadata
import sys

from ..extras import MissingExtra
from . import run
from .finetune import add_finetune
from .generate import add_generate
from .problems import CommandError

DESCRIPTION = """\
loxley: PyTorch's tensors, automatic differentiation and nn in pure Python.
"""
EPILOG = """\
first steps:
  loxley finetune                        teach a small language model Shakespeare's plays
  loxley generate --adapter runs/finetune $'HAMLET:\\n'
                                         let it speak
  loxley run script.py                   run a PyTorch program (as does python -m loxley)

`loxley COMMAND --help` lists a command's options. Models and texts are kept in $LOXLEY_CACHE
or ~/.cache/loxley; LOXLEY_LOG=help lists what can be logged.
"""


def _version() -> str:
    try:
        return importlib.metadata.version("loxley")
    except importlib.metadata.PackageNotFoundError:
        return "of a source tree that is not installed"


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="loxley",
        description=DESCRIPTION,
        epilog=EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
        allow_abbrev=False,
    )
    parser.add_argument("--version", action="version", version=f"loxley {_version()}")
    commands = parser.add_subparsers(title="commands", metavar="COMMAND", required=True)
    add_finetune(commands)
    add_generate(commands)
    # Its arguments belong to the program it runs: main() hands them over before parsing.
    commands.add_parser("run", help="run a program with torch bound to loxley", add_help=False)
    return parser


def main(arguments: list[str] | None = None) -> int:
    arguments = sys.argv[1:] if arguments is None else arguments
    if arguments[:1] == ["run"]:
        return run.main(arguments[1:])
    options = _parser().parse_args(arguments)
    try:
        return options.command(options)
    except (CommandError, MissingExtra) as error:
        print(f"loxley: error: {error}", file=sys.stderr)
        return 1
    except BrokenPipeError:
        # The reader of our output has left; Python must not try to flush to it at exit.
        sys.stdout = None  # type: ignore[assignment]
        return 1
    except KeyboardInterrupt:
        print("\nloxley: interrupted", file=sys.stderr)
        return 130
