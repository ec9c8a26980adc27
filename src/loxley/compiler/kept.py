"""Prepared forms of arguments that do not change from run to run: transformed weights.

In: the value and the array that a plan is given as an argument, run by run.  Out: the address of
the argument's form, or 0: then the kernel prepares the argument itself, in scratch memory, with
the same bits.  A form is made when the same value comes a second time in a row, so that training
neither makes nor keeps any.  Values never change; a form is right as long as its value lives and
has the same array, and it is freed when that dies or when no plan is left that reads it.  Plans
that prepare a value alike share one form.  All forms together are bounded: what would go beyond
is not kept.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any
from weakref import WeakValueDictionary, ref

import numpy as np

from .llvm.driver import Plan, Step
from .llvm.slots import Slots, data_address

MOST = 1 << 28  # bytes of all forms together
_ALIGN = 64


class Form:
    """One value's form: `address` of its memory, 0 once the value is dead."""

    bytes = 0  # of all forms

    def __init__(self, value: Any, array: np.ndarray, size: int) -> None:
        self.array = ref(array)
        self._memory: np.ndarray | None = np.empty(size + _ALIGN, np.uint8)
        self.address = -(-data_address(self._memory) // _ALIGN) * _ALIGN
        Form.bytes += len(self._memory)
        me = ref(self)
        self.value = ref(value, lambda _: _free(me()))

    def free(self) -> None:
        if self._memory is not None:
            Form.bytes -= len(self._memory)
            self._memory, self.address = None, 0

    def __del__(self) -> None:
        self.free()

    def suits(self, value: Any, array: np.ndarray) -> bool:
        return self.address != 0 and self.value() is value and self.array() is array


def _free(form: Form | None) -> None:
    if form is not None:
        form.free()


FORMS: WeakValueDictionary[tuple, Form] = WeakValueDictionary()  # by value's id, and by what


class Keeper:
    """What a plan keeps of one argument.

    leaf      position of the argument among the leaves
    key       what the form depends on besides the value
    size      bytes of the form
    function  () -> address of the kernel that writes it; its slots are `slots`, where the
              argument's address goes to `slots[source]` and the form's to `slots[target]`
    """

    def __init__(
        self,
        leaf: int,
        key: str,
        size: int,
        function: Callable[[], int],
        slots: Mapping[str, int],
        names: tuple[str, str],
        workers: int,
    ) -> None:
        self.leaf, self.key, self.size = leaf, key, size
        self.function, self.slots, self.names = function, slots, names
        self.workers = workers
        self._form: Form | None = None
        self._last: ref | None = None  # the value of the last run

    def look(self, value: Any, array: Any) -> tuple[int, bool]:
        """The form's address for this run, or 0; and whether the form was made just now.

        value  what the argument is; None where it may change, or is not known
        """
        if value is None:
            self._form = self._last = None
            return 0, False
        form = self._form
        if form is not None and form.suits(value, array):
            return form.address, False
        self._form = None
        if self._last is None or self._last() is not value:
            self._last = ref(value)
            return 0, False
        key = (id(value), self.key)
        form = FORMS.get(key)
        made = form is None or not form.suits(value, array)
        if made:
            if Form.bytes + self.size + _ALIGN > MOST:
                return 0, False
            form = FORMS[key] = self._make(value, array)
        assert form is not None
        self._form = form
        return form.address, made

    def _make(self, value: Any, array: np.ndarray) -> Form:
        form, slots = Form(value, array, self.size), Slots()
        source, target = self.names
        given = {**self.slots, source: data_address(array), target: form.address}
        first = slots.take(list(given.values()))
        Plan(slots, [Step(self.function(), first, self.workers)])()
        return form
