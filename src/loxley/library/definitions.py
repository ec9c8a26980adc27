"""Libraries: schemas and kernels of operators, as `torch.library.Library` registers them."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, NoReturn

from ..aten.custom import CustomOverload, find, remove
from ..aten.custom import define as define_op
from ..aten.schema import parse

_KINDS = ("DEF", "IMPL", "FRAGMENT")
_RESERVED = ("prim",)
_KEYS = {
    name.lower(): name
    for name in (
        "CPU CUDA MPS XPU HPU MTIA Meta Autograd AutogradCPU AutogradCUDA AutogradMeta "
        "AutogradXPU AutogradMPS CompositeImplicitAutograd CompositeExplicitAutograd "
        "CompositeExplicitAutogradNonFunctional PrivateUse1 XLA SparseCPU QuantizedCPU "
        "BackendSelect Functionalize ADInplaceOrView AutocastCPU AutocastCUDA Python"
    ).split()
}
_defined: dict[str, Library] = {}  # the libraries of kind "DEF"


class Library:
    """Operators of one namespace. Source: torch.library.Library.

    ns            the namespace, `ops.<ns>`
    kind          "DEF" where it defines the namespace, "FRAGMENT" where it adds to one, "IMPL"
                  where it only adds kernels
    dispatch_key  which devices its kernels are for, unless `impl` says
    """

    def __init__(self, ns: str, kind: str, dispatch_key: str = "") -> None:
        if kind not in _KINDS:
            raise ValueError(f"Unsupported kind: {kind}")
        if ns in _RESERVED and kind in ("DEF", "FRAGMENT"):
            raise ValueError(
                f"{ns} is a reserved namespace. Please try creating a library with another name."
            )
        if kind == "DEF":
            if ns in _defined:
                raise RuntimeError(_TWICE.format(ns))
            _defined[ns] = self
        self.ns, self.kind, self.dispatch_key = ns, kind, dispatch_key
        self._ops: list[CustomOverload] = []
        self._kernels: list[tuple[CustomOverload, str, Callable]] = []

    def __repr__(self) -> str:
        return f"Library(kind={self.kind}, ns={self.ns}, dispatch_key={self.dispatch_key})>"

    def define(self, schema: str, alias_analysis: str = "", *, tags: Any = ()) -> str:
        """A new operator; gives its name. RuntimeError for one that is there already."""
        if alias_analysis not in ("", "FROM_SCHEMA", "CONSERVATIVE"):
            raise RuntimeError(f"Invalid alias_analysis type {alias_analysis}")
        made = parse(schema)
        name = made.name.rpartition("::")[2]
        op = define_op(self.ns, made._replace(name=f"{self.ns}::{name}"))
        self._ops.append(op)
        return name if not made.overload else f"{name}.{made.overload}"

    def impl(
        self,
        op_name: str | CustomOverload,
        fn: Callable,
        dispatch_key: str = "",
        *,
        with_keyset: bool = False,
        allow_override: bool = True,
    ) -> None:
        """The kernel of an operator for a dispatch key ("CPU", "Autograd", ...)."""
        if not callable(fn):
            raise TypeError(
                f"Input function is required to be a callable but found type {type(fn)}"
            )
        if with_keyset:
            raise NotImplementedError("torch.library.Library.impl: argument 'with_keyset'")
        key = dispatch_key or self.dispatch_key or "CompositeImplicitAutograd"
        op = op_name if isinstance(op_name, CustomOverload) else self._find(op_name)
        if op.kernels.get(key) is not None and not allow_override:
            raise RuntimeError(
                "This is not allowed since there's already a kernel registered from python "
                f"overriding {op.overloadpacket.__name__}'s behavior for {key} dispatch key and "
                f"{self.ns} namespace."
            )
        op.kernels[key] = fn
        self._kernels.append((op, key, fn))

    def _find(self, name: str) -> CustomOverload:
        namespace, _, rest = name.rpartition("::")
        if namespace not in ("", self.ns):
            raise ValueError(f"{name} is of another namespace than the library's, {self.ns}")
        return find(f"{self.ns}::{rest}")

    def _register_fake(
        self, op_name: Any, fn: Callable, _stacklevel: int = 1, *, allow_override: bool = True
    ) -> None:
        op = op_name if isinstance(op_name, CustomOverload) else self._find(op_name)
        if op.fake is not None and not allow_override:
            raise RuntimeError(
                f"register_fake(...): the operator {op.name()} already has an fake impl registered"
            )
        op.fake = fn

    def fallback(
        self, fn: Callable, dispatch_key: str = "", *, with_keyset: bool = False
    ) -> NoReturn:
        """NotImplementedError: kernels stand for one operator each."""
        raise NotImplementedError("torch.library.Library.fallback is not implemented")

    def _destroy(self) -> None:
        """Takes back what the library defined and registered."""
        for op, key, fn in self._kernels:
            if op.kernels.get(key) is fn:
                del op.kernels[key]
        for op in self._ops:
            remove(op)
        if _defined.get(self.ns) is self:
            del _defined[self.ns]
        self._ops, self._kernels = [], []


_TWICE = (
    "Only a single TORCH_LIBRARY can be used to register the namespace {}; please put all of your "
    "definitions in a single TORCH_LIBRARY block.  If you were trying to specify implementations, "
    "consider using TORCH_LIBRARY_IMPL (which can be duplicated).  If you really intended to "
    "define operators for a single namespace in a distributed way, you can use "
    "TORCH_LIBRARY_FRAGMENT to explicitly indicate this."
)


def find_op(op: Any) -> CustomOverload:
    """The operator that a name, an overload or the result of `custom_op` means."""
    if isinstance(op, str):
        return find(op)
    found = getattr(op, "_opoverload", op)
    if not isinstance(found, CustomOverload):
        raise ValueError(f"Expected an operator defined through torch.library, got {op!r}")
    return found


def library_for(op: CustomOverload, lib: Library | None) -> Library:
    """The library that registers, a fragment where none is given."""
    return Library(op.namespace, "FRAGMENT") if lib is None else lib


def define(qualname: Any, schema: str, *args: Any, lib: Any = None, tags: Any = ()) -> Any:
    """A new operator "ns::name" of the schema "(arguments) -> results".

    Called with a library first, a decorator that registers the kernel too.
    Source: torch.library.define.
    """
    if isinstance(qualname, Library):
        return _define_in(qualname, schema, *args)
    if not isinstance(qualname, str):
        raise ValueError(
            "define(qualname, schema): expected qualname to be instance of str, got "
            f"{type(qualname)}"
        )
    namespace, _, name = qualname.partition("::")
    if not name:
        raise ValueError(
            f"Expected qualname to be of the form 'namespace::name', but got {qualname}."
        )
    if not schema.lstrip().startswith("("):
        raise ValueError(
            "define(qualname, schema, ...): expected schema to look like e.g. "
            f'"(Tensor x) -> Tensor" but got "{schema}"'
        )
    (Library(namespace, "FRAGMENT") if lib is None else lib).define(name + schema, tags=tags)
    return None


def _define_in(lib: Library, schema: str, alias_analysis: str = "") -> Callable:
    def decorate(fn: Callable) -> Callable:
        lib.impl(lib.define(schema, alias_analysis), fn)
        return fn

    return decorate


def impl(
    qualname: Any,
    types: str | Sequence[str],
    func: Any = None,
    *,
    lib: Library | None = None,
) -> Any:
    """The kernel of operator "ns::name" for devices of some types ("cpu", "default" for all) or
    dispatch keys.  Source: torch.library.impl."""
    if isinstance(qualname, Library):  # (library, name, key): the form for one library
        return _impl_in(qualname, types, func or "")
    found = find(qualname)
    keys = [_key(one) for one in ([types] if isinstance(types, str) else types)]

    def register(fn: Callable) -> Callable:
        for key in keys:
            library_for(found, lib).impl(found, fn, key)
        return fn

    return register if func is None else register(func)


def _impl_in(lib: Library, name: Any, key: str) -> Callable:
    def decorate(fn: Callable) -> Callable:
        lib.impl(name, fn, key)
        return fn

    return decorate


def _key(kind: str) -> str:
    """The dispatch key of a type of device, or of a key's own name."""
    if kind == "default":
        return "CompositeExplicitAutograd"
    found = _KEYS.get(kind.lower())
    if found is None:
        raise ValueError(f"Unknown device type or dispatch key: {kind}")
    return found
