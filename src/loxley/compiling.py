"""`torch.compile` and `torch.compiler`: functions and modules that are captured and replayed.

In: a function or module.  Out: one that behaves as it does and runs without Python per operator
where that is safe (`capture`).  The names here are offered as `loxley.compiler`'s too.
Source: https://docs.pytorch.org/docs/stable/generated/torch.compile.html
"""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import Any, TypeVar, overload

from .capture import Captured, forget_all, running
from .nn.modules.module import Module

F = TypeVar("F", bound=Callable[..., Any])
_MODES = ("default", "lite", "reduce-overhead", "max-autotune-no-cudagraphs", "max-autotune")
_BACKENDS = (
    *("aot_eager", "aot_eager_decomp_partition", "aot_eager_default_partitioner", "aot_ts"),
    *("cudagraphs", "eager", "eager_debug", "eager_noexcept", "inductor", "openxla"),
    *("openxla_eval", "pre_dispatch_eager", "ts", "tvm"),
)
_STANCES = (
    *("default", "eager_then_compile", "aot_eager_then_compile", "force_eager"),
    *("eager_on_recompile", "fail_on_recompile"),
)


class TorchDynamoException(RuntimeError):
    """What `torch._dynamo` raises. Source: torch._dynamo.exc."""


class InvalidBackend(TorchDynamoException):
    """There is no backend of that name."""

    def __init__(self, name: str) -> None:
        super().__init__(
            f"Invalid backend: {name!r}, see `torch._dynamo.list_backends()` for available "
            "backends."
        )


class Unsupported(TorchDynamoException):
    """`fullgraph=True`, and the function could not be captured."""


class FailOnRecompileLimitHit(Unsupported):
    """`fullgraph=True`, and the function was called with too many signatures."""


@overload
def compile(  # noqa: A001
    model: F,
    *,
    fullgraph: bool = False,
    dynamic: bool | None = None,
    backend: Any = None,
    mode: str | None = None,
    options: dict | None = None,
    name: str | None = None,
    disable: bool = False,
    recompile_limit: int | None = None,
    isolate_recompiles: bool = False,
    shapes_spec: Any = None,
) -> F: ...
@overload
def compile(  # noqa: A001
    model: None = None,
    *,
    fullgraph: bool = False,
    dynamic: bool | None = None,
    backend: Any = None,
    mode: str | None = None,
    options: dict | None = None,
    name: str | None = None,
    disable: bool = False,
    recompile_limit: int | None = None,
    isolate_recompiles: bool = False,
    shapes_spec: Any = None,
) -> Callable[[F], F]: ...
def compile(  # noqa: A001
    model: Any = None,
    *,
    fullgraph: bool = False,
    dynamic: bool | None = None,
    backend: Any = None,
    mode: str | None = None,
    options: dict | None = None,
    name: str | None = None,
    disable: bool = False,
    recompile_limit: int | None = None,
    isolate_recompiles: bool = False,
    shapes_spec: Any = None,
) -> Any:
    """A function, or a module, that is captured once per signature and replayed.

    A signature is what the function read: shapes, dtypes, Python values, modes.  Where a call
    can't be captured it runs plainly; with `fullgraph=True` that is an error.  `dynamic`, `mode`
    and PyTorch's `backend`s choose among ways to generate code; there is one here, and kernels
    are the same for all sizes.  Usable as a decorator.
    """
    if mode is not None and options is not None:
        raise RuntimeError(
            "Either mode or options can be specified, but both can't be specified at the same time."
        )
    if model is None:
        given = {
            "fullgraph": fullgraph,
            "dynamic": dynamic,
            "backend": backend,
            "mode": mode,
            "options": options,
            "name": name,
            "disable": disable,
            "recompile_limit": recompile_limit,
            "isolate_recompiles": isolate_recompiles,
            "shapes_spec": shapes_spec,
        }
        return lambda wrapped: compile(wrapped, **given)
    _check_choices(dynamic, backend, mode, options, shapes_spec)
    if not callable(model):
        raise AssertionError(f"A callable function is expected, but {type(model)} is provided.")
    if disable:
        return model
    made = functools.partial(Captured, fullgraph=fullgraph, most=recompile_limit, error=Unsupported)
    if isinstance(model, OptimizedModule):
        model = model._orig_mod
    if isinstance(model, Module):
        return OptimizedModule(model, made)
    return _function(model, made(model))


def _check_choices(dynamic: Any, backend: Any, mode: Any, options: Any, shapes_spec: Any) -> None:
    if backend in (None, "inductor") and mode not in (None, *_MODES):
        raise RuntimeError(f"Unrecognized mode={mode}, should be one of: {', '.join(_MODES)}")
    if isinstance(backend, str) and backend not in _BACKENDS:
        raise InvalidBackend(backend)
    if backend is not None and not isinstance(backend, str):
        raise NotImplementedError("torch.compile: a function as 'backend' is not implemented")
    if dynamic is not None and not isinstance(dynamic, bool):
        raise AssertionError(f"Expected enable to be a bool, got {type(dynamic)}")
    if options and backend in (None, "inductor"):
        for option in options:
            if not isinstance(option, str):
                raise RuntimeError(f"Unexpected optimization option {option}")
    if shapes_spec is not None:
        raise NotImplementedError("torch.compile: argument 'shapes_spec' is not implemented")


def _function(wrapped: Callable, captured: Captured) -> Callable:
    """A function in the place of `wrapped`, a method where it stands in a class."""
    captures, observe, nothing = captured.captures, captured.observe, captured.nothing

    def compiled(*args: Any, **kwargs: Any) -> Any:
        for capture in captures:
            result = capture.replay(args, kwargs)
            if result is not nothing:
                return result
        return observe(args, kwargs)

    for part in ("__module__", "__name__", "__qualname__", "__doc__"):
        if hasattr(wrapped, part):
            setattr(compiled, part, getattr(wrapped, part))
    compiled._torchdynamo_orig_callable = wrapped  # type: ignore[attr-defined]
    compiled._loxley_compiled = captured  # type: ignore[attr-defined]
    compiled.get_compiler_config = dict  # type: ignore[attr-defined]
    return compiled


class OptimizedModule(Module):
    """A module as `compile` returns it: the original, under `_orig_mod`, called by capture.

    Attributes are read from and stored in the original.
    Source: torch._dynamo.eval_frame.OptimizedModule.
    """

    _own = frozenset(("_orig_mod", "dynamo_ctx", "_captured", "training"))

    def __init__(self, mod: Module, dynamo_ctx: Callable[[Module], Callable]) -> None:
        super().__init__()
        self.__dict__.pop("training")
        self._modules["_orig_mod"] = mod
        object.__setattr__(self, "dynamo_ctx", dynamo_ctx)
        object.__setattr__(self, "_captured", dynamo_ctx(mod))

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        if self._forward_hooks or self._forward_pre_hooks or self._backward_hooks:
            return super().__call__(*args, **kwargs)
        return self._captured(*args, **kwargs)

    def forward(self, *args: Any, **kwargs: Any) -> Any:
        return self._captured(*args, **kwargs)

    @property
    def training(self) -> bool:  # type: ignore[override]
        return self._modules["_orig_mod"].training  # type: ignore[union-attr]

    @training.setter
    def training(self, mode: bool) -> None:
        self._modules["_orig_mod"].training = mode  # type: ignore[union-attr]

    def __getattr__(self, name: str) -> Any:
        if name == "_orig_mod":
            return self.__dict__["_modules"]["_orig_mod"]
        return getattr(self.__dict__["_modules"]["_orig_mod"], name)

    def __setattr__(self, name: str, value: Any) -> None:
        if name == "_orig_mod":
            self._modules[name] = value
            object.__setattr__(self, "_captured", self.dynamo_ctx(value))
        elif name in self._own or "_modules" not in self.__dict__ or name in self.__dict__:
            object.__setattr__(self, name, value)
        elif "_orig_mod" not in self._modules:
            super().__setattr__(name, value)
        else:
            setattr(self._modules["_orig_mod"], name, value)

    def __delattr__(self, name: str) -> None:
        delattr(self._modules["_orig_mod"], name)

    def __dir__(self) -> list[str]:
        return sorted({*super().__dir__(), *dir(self._modules["_orig_mod"])})


def is_compiling() -> bool:
    """Whether the caller runs within a compiled function. Source: torch.compiler.is_compiling."""
    return running.compiled


def is_dynamo_compiling() -> bool:
    """The same. Source: torch.compiler.is_dynamo_compiling."""
    return running.compiled


def is_exporting() -> bool:
    """False: nothing is exported. Source: torch.compiler.is_exporting."""
    return False


def disable(fn: Any = None, recursive: bool = True, *, reason: str | None = None) -> Any:
    """Keeps a function out of compilation: it runs as Python wherever it is called.

    Source: torch.compiler.disable.
    """
    if fn is None:
        return lambda function: disable(function, recursive, reason=reason)
    if isinstance(fn, Module):
        fn.forward = disable(fn.forward, recursive, reason=reason)  # type: ignore[method-assign]
        return fn

    @functools.wraps(fn)
    def disabled(*args: Any, **kwargs: Any) -> Any:
        before, running.compiled = running.compiled, False
        try:
            return fn(*args, **kwargs)
        finally:
            running.compiled = before

    disabled._loxley_disabled = True  # type: ignore[attr-defined]
    return disabled


def allow_in_graph(fn: Any) -> Any:
    """The function itself: functions are followed. Source: torch.compiler.allow_in_graph."""
    if isinstance(fn, (list, tuple)):
        return [allow_in_graph(one) for one in fn]
    if not callable(fn):
        raise AssertionError("allow_in_graph expects a callable")
    return fn


def assume_constant_result(fn: Any) -> Any:
    """The function itself: what it returns is found out. Source: torch.compiler."""
    return fn


def list_backends(exclude_tags: Any = ("debug", "experimental")) -> list[str]:
    """The names that `backend` takes. Source: torch.compiler.list_backends."""
    return ["cudagraphs", "inductor", "openxla", "tvm"] if exclude_tags else sorted(_BACKENDS)


def reset() -> None:
    """Forgets every capture. Source: torch.compiler.reset."""
    forget_all()


def cudagraph_mark_step_begin() -> None:
    """Without effect on the CPU."""


class set_stance:  # noqa: N801
    """What compiled functions do, for good or for a block: "default", or "force_eager" to run
    as Python. Source: torch.compiler.set_stance.
    """

    def __init__(
        self,
        stance: str = "default",
        *,
        skip_guard_eval_unsafe: bool = False,
        force_backend: Any = None,
    ) -> None:
        if stance not in _STANCES:
            raise RuntimeError(
                f"invalid torch.compiler stance '{stance}', expected one of {list(_STANCES)}"
            )
        if stance not in ("default", "force_eager") or skip_guard_eval_unsafe or force_backend:
            raise NotImplementedError(f"torch.compiler.set_stance: {stance!r} is not implemented")
        self.before, self.stance = running.stance, stance
        running.stance = stance

    def __enter__(self) -> None:
        running.stance = self.stance

    def __exit__(self, *exc: object) -> None:
        running.stance = self.before

    def __call__(self, function: Callable) -> Callable:
        running.stance = self.before

        @functools.wraps(function)
        def inside(*args: Any, **kwargs: Any) -> Any:
            with set_stance(self.stance):
                return function(*args, **kwargs)

        return inside
