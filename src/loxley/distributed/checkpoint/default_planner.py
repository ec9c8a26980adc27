"""The usual plans of checkpoints, where PyTorch has them."""

# ruff: noqa: F401 - names for programs

from .planner import DefaultLoadPlanner, DefaultSavePlanner
