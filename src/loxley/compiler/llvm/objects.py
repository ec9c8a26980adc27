"""What an object file asks of the process: the names of the symbols that it does not define.

LLVM's loader leaves unknown names at address zero, where the first call ends the process; so they
are looked for before.  Source: the ELF-64 object file format.
"""

from __future__ import annotations

import struct
from collections.abc import Iterator

_SECTION = struct.Struct("<IIQQQQIIQQ")  # name type flags address offset size link info align entry
_SYMBOL = struct.Struct("<IBBHQQ")  # name info other section value size
_SYMBOL_TABLE = 2


def undefined(code: bytes) -> list[str]:
    """The symbols that an object needs from elsewhere; none are seen in other formats than ELF."""
    if code[:6] != b"\x7fELF\x02\x01":
        return []
    sections = list(_sections(code))
    names: list[str] = []
    for section in sections:
        if section[1] == _SYMBOL_TABLE:
            strings = sections[section[6]][4]
            for symbol in _SYMBOL.iter_unpack(code[section[4] : section[4] + section[5]]):
                if symbol[0] and not symbol[3]:
                    start = strings + symbol[0]
                    names.append(code[start : code.index(b"\0", start)].decode())
    return names


def _sections(code: bytes) -> Iterator[tuple[int, ...]]:
    (offset,) = struct.unpack_from("<Q", code, 40)
    size, count = struct.unpack_from("<HH", code, 58)
    for i in range(count):
        yield _SECTION.unpack_from(code, offset + i * size)
