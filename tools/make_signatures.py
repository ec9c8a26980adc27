"""Writes src/loxley/tensor/signature_table.py: which types the arguments of public functions have.

    PYTHONPATH=src python tools/make_signatures.py

In: PyTorch's operator schemas, for the functions that it binds by them. Out: a table of strings
that `loxley/tensor/signatures.py` reads. Needs PyTorch 2.13.
"""

from __future__ import annotations

import re
from pathlib import Path

import torch

import loxley
import loxley.linalg
import loxley.special
from loxley.tensor import PUBLIC, Tensor

TARGET = Path(__file__).parents[1] / "src/loxley/tensor/signature_table.py"
# Bound by hand in PyTorch, or with deprecated orders of arguments besides.
BY_HAND = frozenset(
    "add sub mul div true_divide addbmm addcdiv addcmul addmm addmv addr baddbmm rsub eq ne lt gt "
    "le ge matmul mm bmm arange range tensor full full_like randint randint_like nonzero to view "
    "copy_ item contiguous where norm split tensor_split type sparse_coo_tensor frombuffer "
    "index_put unsafe_chunk size stride numel dim new_tensor detach requires_grad_ apply_ map_ "
    "map2_ sum_to_size expand repeat permute reshape flip resize_ tile new_empty new_zeros "
    "new_ones new_full zeros ones empty rand randn linspace logspace eye normal asarray gradient "
    "stft istft cdist histogramdd meshgrid unbind sigmoid relu exp neg pow sqrt rsqrt tanh "
    "transpose squeeze unsqueeze clone data_ptr tolist numpy div_ mul_ add_ sub_ "
    "result_type can_cast promote_types poisson bernoulli cauchy_ uniform_ normal_ random_ "
    "exponential_ geometric_ log_normal_ special_polygamma is_floating_point is_complex "
    "subtract multiply divide floor_divide batch_norm instance_norm matrix_power is_set_to".split()
)
_KINDS = {
    "Tensor": "T",
    "number": "S",
    "Scalar": "S",
    "int": "i",
    "SymInt": "i",
    "float": "f",
    "bool": "b",
    "str": "s",
    "ScalarType": "d",
    "Device": "D",
    "Layout": "L",
    "MemoryFormat": "M",
    "Generator": "G",
}


_CONVERSIONS = (
    "bfloat16 bool byte cdouble cfloat chalf char double float half int long short cpu".split()
)
_CONVERSION = "T:input *M?:memory_format= > "


def _kind(text: str) -> str | None:
    """A schema's type in the table's letters; None for one that the table has not."""
    found = re.fullmatch(r"(\w+)(\([\w!]+\))?(\?)?(\[(\d*)\])?(\?)?", text)
    if found is None or found[1] not in _KINDS:
        return None
    return _KINDS[found[1]] + (found[3] or "") + (found[4] or "") + (found[6] or "")


def _overload(text: str) -> tuple[str | None, str]:
    """The parameters of one schema and its `out`: "T" for each, "L" for a list of tensors.

    None where a type is unknown.
    """
    text = re.sub(r"(int\[\d*\]) (\w+)=\[\]", r"\1? \2=", text)  # None is an empty list
    inside = re.search(r"\((.*)\) ->", re.sub(r"=\[[^]]*\]", "=", text))
    assert inside is not None
    parts, outs, named = [], "", False
    for part in filter(None, inside[1].split(", ")):
        if part == "*":
            named = True
            continue
        kind, _, rest = part.partition(" ")
        name, default, _ = rest.partition("=")
        if "!" in kind and named:
            outs += "L" if "[" in kind else "T"
            continue
        short = _kind(re.sub(r"\([\w!]+\)", "", kind))
        if short is None:
            return None, ""
        name = "input" if name == "self" else name
        parts.append(f"{'*' if named else ''}{short}:{name}{default}")
    return " ".join(parts), outs


def _row(name: str) -> str | None:
    """All overloads of a function: parameters, then the forms of its `out=`."""
    overloads, outs = [], []
    schemas = list(torch._C._jit_get_schemas_for_operator(f"aten::{name}"))
    for space in ("linalg", "special"):
        shared = getattr(getattr(loxley, space), name, None)
        if shared is not None and shared is PUBLIC.get(name):
            schemas += torch._C._jit_get_schemas_for_operator(f"aten::{space}_{name}")
    for schema in schemas:
        if "Dimname" in str(schema) or "str dim" in str(schema):
            continue
        text, count = _overload(str(schema))
        if text is None:
            if "Tensor" not in str(schema):
                continue  # of TorchScript's lists and numbers
            return None
        if count and count not in outs:
            outs.append(count)
        if "T[]:input" in text or "[]:input" in text.split(":")[0]:
            continue  # of TorchScript's lists
        if not count and text not in overloads and "T" in text:
            overloads.append(text)
    return f"{' | '.join(overloads)} > {' '.join(outs)}" if overloads else None


def _bound(name: str) -> bool:
    """Whether PyTorch's own parser of arguments reads the calls of a function."""
    for owner, prefix in (
        (torch, ""),
        (torch.linalg, "linalg_"),
        (torch.special, "special_"),
        (torch.fft, "fft_"),
        (torch._C._nn, ""),
        (torch.Tensor, ""),
    ):
        found = getattr(owner, name.removeprefix(prefix), None) if name.startswith(prefix) else None
        if found is not None:
            return type(found).__name__ in ("builtin_function_or_method", "method_descriptor")
    return False


_HEADER = '''"""Which types public functions take, as tools/make_signatures.py made it from schemas.

A row has the parameters of each overload, `kind:name`, `=` after those that may be left out, `*`
before those by name only, and what `out=` takes: T a tensor, TT two, L a list of them.  Kinds are
told in `signatures.py`.
Source: https://docs.pytorch.org/docs/stable/torch.compiler_ir.html
"""

# ruff: noqa: E501
from __future__ import annotations

# fmt: off
TABLE: dict[str, str] = {
'''


def main() -> None:
    """Writes the table."""
    own = {name for name in (*PUBLIC, *dir(Tensor)) if not name.startswith("_")}
    prefixed = {f"{p}_{n}" for p in ("linalg", "fft", "special") for n in dir(getattr(torch, p))}
    names = sorted(
        n for n in own | prefixed if n not in BY_HAND and _bound(n) and not n.startswith("sparse_")
    )
    rows = {name: _CONVERSION for name in _CONVERSIONS}
    rows |= {name: row for name in names if (row := _row(name))}
    rows = dict(sorted(rows.items()))
    lines = [f'    "{name}": "{row}",' for name, row in rows.items()]
    TARGET.write_text(_HEADER + "\n".join(lines) + "\n}\n# fmt: on\n")


if __name__ == "__main__":
    main()
