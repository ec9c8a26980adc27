"""What a template is to a plan: a kernel written as LLVM text, its slots and its scratch memory."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, NamedTuple


class Form(NamedTuple):
    """What a template can be given instead of an argument that it would prepare on every run.

    argument  the slot of the argument
    slot      the slot of the prepared form's address; 0 there is for none
    bytes     sizes by slot name -> bytes of the form
    template  the kernel that writes the form to the address in that slot; it has the same slots,
              less those of other arguments
    """

    argument: str
    slot: str
    bytes: Callable[[Mapping[str, int]], int]
    template: Template


class Template(NamedTuple):
    """A kernel that is not generated from loops.

    name     the symbol of its function, unique to `key`
    key      everything that its text depends on besides the target; hashable
    text     target -> LLVM module text that defines `name`
    slots    (name, kind) of each argument slot in order; kind is "ptr", "i64" or "f64"
    scratch  (sizes by slot name, target) -> bytes of scratch memory that each worker needs; a
             template with scratch has a "ptr" slot named "scratch"
    work     sizes by slot name -> operations, for deciding how many workers it is worth
    form     what may be kept of an argument that does not change from run to run
    """

    name: str
    key: tuple
    text: Callable[[Any], str]
    slots: tuple[tuple[str, str], ...]
    scratch: Callable[[Mapping[str, int], Any], int]
    work: Callable[[Mapping[str, int]], int]
    form: Form | None = None
