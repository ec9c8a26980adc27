"""Found in place of PyTorch by processes that a program under `python -m loxley` spawns."""

import sys

import loxley
from loxley.cli.run import bind_torch

bind_torch()
sys.modules["torch"] = loxley
