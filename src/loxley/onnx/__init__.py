"""`torch.onnx`: what programs ask of it besides exporting, and export's errors.

The exporter itself is not there: it takes the packages `onnx` and `onnxscript`, and `export` raises
what PyTorch raises without them.
Source: https://docs.pytorch.org/docs/stable/onnx.html
"""

from __future__ import annotations

import importlib.util
import os
import re
import warnings
from collections.abc import Callable, Collection, Mapping, Sequence
from typing import Any

from .. import version
from . import errors, operators, symbolic_helper
from .constants import OperatorExportTypes, TensorProtoDataType, TrainingMode
from .errors import OnnxExporterError

__all__ = [
    "OnnxExporterError",
    "OperatorExportTypes",
    "TensorProtoDataType",
    "TrainingMode",
    "errors",
    "export",
    "is_in_onnx_export",
    "operators",
    "register_custom_op_symbolic",
    "symbolic_helper",
    "unregister_custom_op_symbolic",
]

producer_name, producer_version = "pytorch", version.__version__
_NAME = re.compile(r"^[a-zA-Z][a-zA-Z0-9_\-\.]*::[a-zA-Z_]+[a-zA-Z0-9_]*$")
_SYMBOLICS: dict[tuple[str, int], Callable] = {}


def is_in_onnx_export() -> bool:
    """False: nothing is ever being exported."""
    return False


def export(
    model: Any,
    args: tuple[Any, ...] = (),
    f: str | os.PathLike | None = None,
    *,
    kwargs: dict[str, Any] | None = None,
    verbose: bool | None = None,
    input_names: Sequence[str] | None = None,
    output_names: Sequence[str] | None = None,
    opset_version: int | None = None,
    dynamo: bool = True,
    external_data: bool = True,
    dynamic_shapes: dict[str, Any] | tuple[Any, ...] | list[Any] | None = None,
    custom_translation_table: dict[Callable, Callable] | None = None,
    report: bool = False,
    optimize: bool = True,
    verify: bool = False,
    profile: bool = False,
    dump_exported_program: bool = False,
    artifacts_dir: str | os.PathLike = ".",
    export_params: bool = True,
    keep_initializers_as_inputs: bool = False,
    dynamic_axes: Mapping[str, Any] | None = None,
    training: TrainingMode = TrainingMode.EVAL,
    operator_export_type: OperatorExportTypes = OperatorExportTypes.ONNX,
    do_constant_folding: bool = True,
    custom_opsets: Mapping[str, int] | None = None,
    export_modules_as_functions: bool | Collection[type] = False,
    autograd_inlining: bool = True,
) -> Any:
    """ModuleNotFoundError (or `OnnxExporterError` with `dynamo=False`) without the packages that
    PyTorch's exporter needs; with them NotImplementedError. Source: torch.onnx.export."""
    if dynamo:
        if importlib.util.find_spec("onnxscript") is None:
            raise ModuleNotFoundError("No module named 'onnxscript'", name="onnxscript")
    else:
        warnings.warn(_LEGACY, DeprecationWarning, stacklevel=2)
        if importlib.util.find_spec("onnx") is None:
            raise OnnxExporterError("Module onnx is not installed!")
    raise NotImplementedError("torch.onnx.export is not implemented")


_LEGACY = (
    "You are using the legacy TorchScript-based ONNX export. Starting in PyTorch 2.9, the new "
    "torch.export-based ONNX exporter has become the default. Learn more about the new export "
    "logic: https://docs.pytorch.org/docs/stable/onnx_export.html. For exporting control flow: "
    "https://pytorch.org/tutorials/beginner/onnx/export_control_flow_model_to_onnx_tutorial.html"
)


def register_custom_op_symbolic(
    symbolic_name: str, symbolic_fn: Callable, opset_version: int
) -> None:
    """Keeps a function that an exporter would ask how to write an operator.

    OnnxExporterError for names that are not of the form "domain::name".
    """
    _check_name(symbolic_name)
    _SYMBOLICS[symbolic_name, opset_version] = symbolic_fn


def unregister_custom_op_symbolic(symbolic_name: str, opset_version: int) -> None:
    """Forgets what `register_custom_op_symbolic` was told."""
    _check_name(symbolic_name)
    _SYMBOLICS.pop((symbolic_name, opset_version), None)


def _check_name(name: str) -> None:
    if _NAME.match(name) is None:
        raise OnnxExporterError(
            f"Failed to register operator {name}. The symbolic name must match the format "
            "domain::name, and should start with a letter and contain only alphanumeric characters"
        )
