"""`torch.jit.trace`: functions and modules whose calls on examples become code of TorchScript.

In: a function or module and example inputs.  Out: a `ScriptFunction` or `TopLevelTracedModule` that
repeats what was done, with the examples' control flow.
Source: https://docs.pytorch.org/docs/2.13/generated/torch.jit.trace.html
"""

from __future__ import annotations

import ast
import copy
import inspect
import warnings
from collections.abc import Callable
from typing import Any

from ..nn.modules.module import Module
from ..random import fork_rng
from ..tensor import Tensor, allclose
from .code import Class, Function
from .module import (
    RecursiveScriptModule,
    ScriptFunction,
    ScriptModule,
    TopLevelTracedModule,
    TracedModule,
    put,
)
from .names import qualified
from .scripting import UNIT
from .state import STATE
from .traced import CallPlace, Frame, Value
from .tracing import Tracer, TracerWarning, _attribute, _path
from .types import NONE, TENSOR, Type, Unscriptable, optional, type_of


class TracingCheckError(Exception):
    """A trace that does something else when it is repeated. Source: torch.jit._trace."""


def _structure_error(value: Any) -> RuntimeError:
    return RuntimeError(
        f"Type '{type(value).__name__}' cannot be traced. Only Tensors and (possibly nested) "
        "Lists, Dicts, and Tuples of Tensors can be traced"
    )


def _input_type(value: Any) -> Type:
    if isinstance(value, Tensor):
        return TENSOR
    if isinstance(value, (tuple, list, dict)) and value:
        try:
            return type_of(value, lambda cls: None)
        except Unscriptable:
            pass
    raise _structure_error(value)


class Trace:
    """One recorded call."""

    def __init__(self, function: Callable, root: Module | None, args: tuple, kwargs: dict) -> None:
        self.tracer = Tracer(UNIT, root)
        self.names = _names_of(function, args, kwargs)
        self.given = [*args, *kwargs.values()]
        self.kinds = [_input_type(one) for one in self.given]
        frame = self.tracer.root
        for name, one in zip(self.names, self.given, strict=True):
            self._enter(one, Value(frame, name))
        with self.tracer:
            self.result = function(*args, **kwargs)
            self.returned = self._leaving(self.result)
        frame.statements.append(ast.Return(self.returned))

    def _enter(self, one: Any, value: Value) -> None:
        if isinstance(one, Tensor):
            self.tracer.keep(one, value)
        else:
            self.tracer.register(one, value)

    def _leaving(self, made: Any) -> ast.expr:
        if isinstance(made, Tensor):
            return self.tracer.node(made)
        if isinstance(made, tuple):
            return ast.Tuple([self._leaving(one) for one in made], ast.Load())
        if isinstance(made, list):
            return ast.List([self._leaving(one) for one in made], ast.Load())
        if isinstance(made, dict):
            keys: list[ast.expr | None] = [ast.Constant(key) for key in made]
            return ast.Dict(keys, [self._leaving(one) for one in made.values()])
        raise RuntimeError(
            "Only tensors, lists, tuples of tensors, or dictionary of tensors can be output from "
            "traced functions"
        )

    def definition(self, frame: Frame, name: str, owner: str | None) -> ast.FunctionDef:
        """A recorded call as a function."""
        args = [] if owner is None else [ast.arg("self", ast.parse(owner, mode="eval").body)]
        if frame is self.tracer.root:
            pairs = zip(self.names, self.kinds, strict=True)
            args += [ast.arg(one, kind.node()) for one, kind in pairs]
        else:
            args += [
                ast.arg(inside.name, ast.Name("int" if inside.is_int else "Tensor", ast.Load()))
                for _, inside in frame.inputs
            ]
        body: list[ast.stmt] = []
        for one in frame.statements:
            body.append(_call_of(one.frame) if isinstance(one, CallPlace) else one)
        returns: ast.expr | None = None
        if frame is not self.tracer.root:
            body.append(ast.Return(_results(frame)))
        if frame is self.tracer.root:
            returns = _output_type(self.result).node()
        elif frame.outputs:
            kinds = [Type("int" if one.is_int else "Tensor") for one, _ in frame.outputs]
            returns = (kinds[0] if len(kinds) == 1 else Type("Tuple", tuple(kinds))).node()
        else:
            returns = NONE.node()
        spec = ast.arguments(posonlyargs=[], args=args, kwonlyargs=[], kw_defaults=[], defaults=[])
        return ast.FunctionDef(name, spec, body, [], returns)


def _output_type(made: Any) -> Type:
    if isinstance(made, Tensor):
        return TENSOR
    if isinstance(made, tuple):
        return Type("Tuple", tuple(map(_output_type, made)))
    if isinstance(made, list):
        return Type("List", (_output_type(made[0]) if made else TENSOR,))
    return Type("Dict", (Type("str"), _output_type(next(iter(made.values())))))


def _results(frame: Frame) -> ast.expr:
    names: list[ast.expr] = [ast.Name(inside.name, ast.Load()) for inside, _ in frame.outputs]
    if not names:
        return ast.Constant(None)
    return names[0] if len(names) == 1 else ast.Tuple(names, ast.Load())


def _call_of(frame: Frame) -> ast.stmt:
    """The statement that calls a submodule."""
    assert frame.parent is not None and frame.module is not None
    target: ast.expr = ast.Name("self", ast.Load())
    for part in _path(frame.parent.module, frame.module) or ():
        target = _attribute(target, part)
    args: list[ast.expr] = [ast.Name(outside.name, ast.Load()) for outside, _ in frame.inputs]
    call = ast.Call(ast.Attribute(target, frame.name, ast.Load()), args, [])
    stores: list[ast.expr] = [ast.Name(outside.name, ast.Store()) for _, outside in frame.outputs]
    if not stores:
        return ast.Expr(call)
    place = stores[0] if len(stores) == 1 else ast.Tuple(stores, ast.Store())
    return ast.Assign(targets=[place], value=call, lineno=1)


def _names_of(function: Callable, args: tuple, kwargs: dict) -> list[str]:
    """The names of the arguments that are given."""
    names: list[str] = []
    try:
        parameters = list(inspect.signature(function).parameters.values())
    except (TypeError, ValueError):
        parameters = []
    for at in range(len(args)):
        plain = at < len(parameters) and parameters[at].kind in (
            inspect.Parameter.POSITIONAL_ONLY,
            inspect.Parameter.POSITIONAL_OR_KEYWORD,
        )
        names.append(parameters[at].name if plain else f"argument_{at + 1}")
    return [_safe(one) for one in (*names, *kwargs)]


def _safe(name: str) -> str:
    return f"{name}_arg" if name in ("self", "torch", "ops", "CONSTANTS", "inf", "nan") else name


def _skeleton(module: Module, kind: type[TracedModule], made: dict) -> RecursiveScriptModule:
    """A module with the parameters of another, without code."""
    if id(module) in made:
        return made[id(module)]
    if isinstance(module, RecursiveScriptModule):
        return module
    name = UNIT.free_name(qualified(type(module)))
    cls = UNIT.classes[name] = Class(name, "Module", UNIT)
    result = made[id(module)] = kind(cls)
    result.__dict__["_name"] = type(module).__name__
    values: dict[str, Any] = {}
    for members, listed in (
        (module._parameters, cls.parameters),
        (module._buffers, cls.buffers),
    ):
        for key, value in members.items():
            cls.attributes[key] = NONE if value is None else TENSOR
            values[key] = value
            if value is not None:
                listed.append(key)
    cls.attributes["training"], values["training"] = Type("bool"), module.training
    cls.attributes["_is_full_backward_hook"] = optional(Type("bool"))
    values["_is_full_backward_hook"] = None
    for key, sub in module._modules.items():
        values[key] = None if sub is None else _skeleton(sub, TracedModule, made)
        held = values[key]
        cls.attributes[key] = NONE if held is None else Type(held._script_class.name)
    put(result, values)
    result.training = module.training
    result._non_persistent_buffers_set = set(module._non_persistent_buffers_set)
    return result


def _traced_methods(module: Module, inputs: dict[str, Any], given: dict) -> RecursiveScriptModule:
    """A module with code for some of its methods."""
    made: dict[int, RecursiveScriptModule] = {}
    result = _skeleton(module, TopLevelTracedModule, made)
    for name, example in inputs.items():
        function = module if name == "forward" else getattr(module, name)
        args, kwargs = _arguments(example, given)
        trace = Trace(_calling(module, name), module, args, kwargs)
        _check_output(trace.result, given["strict"])
        frames = [(trace.tracer.root, name, result)]
        for key, calls in trace.tracer.done.items():
            frames += [(frame, frame.name, made[key]) for frame in calls]
        for frame, method, owner in frames:
            cls: Any = owner._script_class
            node = trace.definition(frame, method, cls.name)
            cls.methods[method] = Function(f"{cls.name}.{method}", node, UNIT, cls)
        if given["check_trace"]:
            _check(function, getattr(result, name), args, kwargs, given)
    return result


def _calling(module: Module, name: str) -> Callable:
    return module.forward if name == "forward" else getattr(module, name)


def _arguments(example: Any, given: dict) -> tuple[tuple, dict[str, Any]]:
    if given.get("by_name"):
        return (), dict(example)
    if isinstance(example, (Tensor, dict)):
        return (example,), {}
    return tuple(example), {}


def _check_output(made: Any, strict: bool) -> None:
    if strict and isinstance(made, (dict, list)):
        kind = "dictionary" if isinstance(made, dict) else "list"
        raise RuntimeError(
            f"Encountering a {kind} at the output of the tracer might cause the trace to be "
            "incorrect, this is only valid if the container structure does not change based on "
            "the module's inputs. Consider using a constant container instead (e.g. for `list`, "
            "use a `tuple` instead. for `dict`, use a `NamedTuple` instead). If you absolutely "
            "need this and know the side effects, pass strict=False to trace() to allow this "
            "behavior."
        )


def _check(plain: Callable, traced: Callable, args: tuple, kwargs: dict, given: dict) -> None:
    """Compares the trace with what it was made from; TracerWarning where they differ."""
    with fork_rng():
        again = copy.deepcopy((args, kwargs))
        expected = plain(*again[0], **again[1])
    with fork_rng():
        again = copy.deepcopy((args, kwargs))
        got = traced(*again[0], **again[1])
    pairs = zip(_leaves(expected), _leaves(got), strict=True)
    for at, (one, other) in enumerate(pairs):
        tolerance = given["check_tolerance"]
        if one.shape != other.shape or not allclose(
            one.detach().to(other.dtype), other.detach(), tolerance, tolerance, True
        ):
            warnings.warn(
                f"Output nr {at + 1}. of the traced function does not match the corresponding "
                "output of the Python function.",
                TracerWarning,
                stacklevel=4,
            )


def _leaves(made: Any) -> list[Tensor]:
    if isinstance(made, Tensor):
        return [made]
    if isinstance(made, dict):
        return [leaf for one in made.values() for leaf in _leaves(one)]
    if isinstance(made, (tuple, list)):
        return [leaf for one in made for leaf in _leaves(one)]
    return []


class CompilationUnit:
    """Where code lives; the process has one, and no other can be filled.

    Source: torch.jit.CompilationUnit.
    """

    def __init__(self, lang: str | None = None, _frames_up: int = 0) -> None:
        if lang is not None:
            raise NotImplementedError("torch.jit.CompilationUnit: argument 'lang'")

    def define(self, lang: str, rcb: Any = None, _frames_up: int = 0) -> None:
        """NotImplementedError: functions are scripted from Python."""
        raise NotImplementedError("torch.jit.CompilationUnit.define is not implemented")


_UNIT = CompilationUnit()


def _refuse(name: str, **given: Any) -> None:
    for argument, value in given.items():
        if value:
            raise NotImplementedError(f"{name}: argument '{argument}' is not implemented")


def trace(
    func: Any,
    example_inputs: Any = None,
    optimize: Any = None,
    check_trace: bool = True,
    check_inputs: Any = None,
    check_tolerance: float = 1e-5,
    strict: bool = True,
    _force_outplace: bool = False,
    _module_class: Any = None,
    _compilation_unit: Any = _UNIT,
    example_kwarg_inputs: Any = None,
    _store_inputs: bool = True,
) -> Any:
    """A function or module as what its call on `example_inputs` did.

    Sizes stay open where they are used as sizes; branches are those of the examples.
    Source: torch.jit.trace.
    """
    if STATE.tracer is not None or isinstance(func, (ScriptModule, ScriptFunction)):
        if isinstance(func, (ScriptModule, ScriptFunction)):
            warnings.warn(
                "The input to trace is already a ScriptModule, tracing it is a no-op. Returning "
                "the object as is.",
                stacklevel=2,
            )
        return func
    _refuse(
        "torch.jit.trace",
        check_inputs=check_inputs,
        _force_outplace=_force_outplace,
        _module_class=_module_class,
    )
    if example_kwarg_inputs is not None:
        if example_inputs is not None:
            raise RuntimeError("example_inputs and example_kwarg_inputs should not both be given")
        example_inputs = example_kwarg_inputs
    elif example_inputs is None:
        raise RuntimeError("example_kwarg_inputs should be a dict")
    given = {
        "check_trace": check_trace,
        "check_tolerance": check_tolerance,
        "strict": strict,
        "by_name": example_kwarg_inputs is not None,
    }
    if isinstance(func, Module):
        return _traced_methods(func, {"forward": example_inputs}, given)
    held = getattr(func, "__self__", None)
    if isinstance(held, Module) and func.__name__ == "forward":
        return _traced_methods(held, {"forward": example_inputs}, given)
    return _traced_function(func, example_inputs, given)


def _traced_function(func: Callable, example: Any, given: dict) -> ScriptFunction:
    args, kwargs = _arguments(example, given)
    made = Trace(func, None, args, kwargs)
    _check_output(made.result, given["strict"])
    plain = getattr(func, "__name__", "") not in ("", "<lambda>")
    name = UNIT.free_name(qualified(func) if plain else "__torch__._lambda")
    node = made.definition(made.tracer.root, name.rpartition(".")[2], None)
    function = UNIT.functions[name] = Function(name, node, UNIT)
    result = ScriptFunction(function, func)
    if given["check_trace"]:
        _check(func, result, args, kwargs, given)
    return result


def trace_module(
    mod: Module,
    inputs: dict[str, Any],
    optimize: Any = None,
    check_trace: bool = True,
    check_inputs: Any = None,
    check_tolerance: float = 1e-5,
    strict: bool = True,
    _force_outplace: bool = False,
    _module_class: Any = None,
    _compilation_unit: Any = _UNIT,
    example_inputs_is_kwarg: bool = False,
    _store_inputs: bool = True,
) -> Any:
    """A module with several methods traced: `inputs` has example inputs by method's name.

    Source: torch.jit.trace_module.
    """
    if not isinstance(mod, Module):
        raise AttributeError("expected torch.nn.Module as the first argument")
    if not isinstance(inputs, dict):
        raise AttributeError("expected a dictionary of (method_name, input) pairs")
    _refuse(
        "torch.jit.trace_module",
        check_inputs=check_inputs,
        _force_outplace=_force_outplace,
        _module_class=_module_class,
    )
    given = {
        "check_trace": check_trace,
        "check_tolerance": check_tolerance,
        "strict": strict,
        "by_name": example_inputs_is_kwarg,
    }
    return _traced_methods(mod, inputs, given)
