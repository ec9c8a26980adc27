"""All conformance tables in one place, in the order in which they are reported."""

from __future__ import annotations

from tests.conformance import api, modules, operator_dtypes, operators, optimizers, transforms
from tests.conformance.harness import Table

DEFAULT_TABLES = (
    *operators.DEFAULT_TABLES,
    "op_dtypes",
    "modules",
    "module_errors",
    "optimizers",
    "schedulers",
    "optimizer_errors",
    "api_names",
    "api_signatures",
)


def all_tables() -> list[Table]:
    """Every table, those that conformance runs by itself and those on request."""
    return [
        *operators.tables(),
        *operator_dtypes.tables(),
        *modules.tables(),
        *optimizers.tables(),
        *api.tables(),
        *transforms.tables(),
    ]
