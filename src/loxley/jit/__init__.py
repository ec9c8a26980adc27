"""`torch.jit`: functions and modules as TorchScript: scripted, traced, saved and loaded.

In: functions and modules of a program, or PyTorch's archives.  Out: modules of code that runs here
without Python's compiler, and archives that PyTorch runs. What stands where:

    types       TorchScript's types             code       functions, classes, their text
    scalars     operators on plain values       operators  operators on tensors
    objects     attributes, methods, instances  execute    runs code in the archive form
    module      what a program holds            loading    archives in       saving  archives out
    markers     decorators                      names      what names of a program stand for
    frontend    Python source to code           expressions, scripting, library
    tracing     calls to code                   trace_modules, freezing

Source: https://docs.pytorch.org/docs/2.13/jit.html
"""

from __future__ import annotations

from ..futures import Future
from . import frontend
from .freezing import (
    enable_onednn_fusion,
    export_opnames,
    freeze,
    fuser,
    interface,
    onednn_fusion_enabled,
    optimize_for_inference,
    optimized_execution,
    run_frozen_optimizations,
    script_method,
    set_fusion_strategy,
    strict_fusion,
    wait,
)
from .loading import load
from .markers import (
    Attribute,
    Final,
    _overload,
    _overload_method,
    annotate,
    export,
    ignore,
    is_scripting,
    is_tracing,
    script_if_tracing,
    unused,
)
from .markers import jit_isinstance as isinstance  # noqa: A004 - PyTorch's name
from .module import (
    RecursiveScriptModule,
    ScriptFunction,
    ScriptModule,
    TopLevelTracedModule,
    TracedModule,
)
from .objects import RaisedError as Error
from .saving import save
from .scripting import script
from .trace_modules import CompilationUnit, TracingCheckError, trace, trace_module
from .tracing import TracerWarning
from .vocabulary import fork

_script_if_tracing = script_if_tracing
_fork, _wait, _isinstance = fork, wait, isinstance

__all__ = [
    "Attribute",
    "CompilationUnit",
    "Error",
    "Final",
    "Future",
    "RecursiveScriptModule",
    "ScriptFunction",
    "ScriptModule",
    "TopLevelTracedModule",
    "TracedModule",
    "TracerWarning",
    "TracingCheckError",
    "_overload",
    "_overload_method",
    "annotate",
    "enable_onednn_fusion",
    "export",
    "export_opnames",
    "fork",
    "freeze",
    "frontend",
    "fuser",
    "ignore",
    "interface",
    "is_scripting",
    "is_tracing",
    "isinstance",
    "load",
    "onednn_fusion_enabled",
    "optimize_for_inference",
    "optimized_execution",
    "run_frozen_optimizations",
    "save",
    "script",
    "script_if_tracing",
    "script_method",
    "set_fusion_strategy",
    "strict_fusion",
    "trace",
    "trace_module",
    "unused",
    "wait",
]
