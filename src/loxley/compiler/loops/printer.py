"""The text of a loop nest, one line per statement.

kernel scale(x: f32, n: i64 -> y: f32)
    parallel for i in n:
        y[i] = x[i] * 2.0
"""

from __future__ import annotations

from collections.abc import Iterator

from ...ir.loops import Call, Const, Expr, For, Kernel, Let, Load, Register, Stmt, Store, Update

_INFIX = {
    "add": ("+", 4),
    "sub": ("-", 4),
    "mul": ("*", 5),
    "div": ("/", 5),
    "floor_divide": ("//", 5),
    "remainder": ("%", 5),
    "lt": ("<", 1),
    "le": ("<=", 1),
    "gt": (">", 1),
    "ge": (">=", 1),
    "eq": ("==", 1),
    "ne": ("!=", 1),
    "or": ("|", 2),
    "and": ("&", 3),
}


def kernel_lines(kernel: Kernel) -> str:
    """The whole kernel."""
    inputs = [f"{b.name}: {b.kind}" for b in kernel.buffers if not b.writable]
    inputs += [f"{p.name}: {p.kind}" for p in kernel.scalars]
    outputs = [f"{b.name}: {b.kind}" for b in kernel.buffers if b.writable]
    head = f"kernel {kernel.name}({', '.join(inputs)} -> {', '.join(outputs)})"
    return "\n".join([head, *statement_lines(kernel.body, 1)])


def statement_lines(statements: tuple[Stmt, ...], depth: int = 0) -> Iterator[str]:
    """The lines of statements, indented by `depth`."""
    indent = "    " * depth
    for statement in statements:
        if isinstance(statement, For):
            mode = "" if statement.mode == "serial" else statement.mode + " "
            yield f"{indent}{mode}for {statement.var} in {expression(statement.extent)}:"
            yield from statement_lines(statement.body, depth + 1)
        else:
            yield indent + _line(statement)


def _line(statement: Let | Register | Update | Store) -> str:
    if isinstance(statement, Let):
        return f"let {statement.name} = {expression(statement.value)}"
    if isinstance(statement, Register):
        return f"register {statement.name} = {expression(statement.init)}"
    if isinstance(statement, Update):
        return f"{statement.register} <- {statement.op}({expression(statement.value)})"
    place = f"{statement.buffer}[{expression(statement.index)}]"
    return f"{place} = {expression(statement.value)}"


def expression(expr: Expr, tightness: int = 0) -> str:
    """`a * (b + c)`; parenthesized where it binds less than `tightness`."""
    if isinstance(expr, Const):
        return repr(expr.value)
    if isinstance(expr, Load):
        return f"{expr.buffer}[{expression(expr.index)}]"
    if not isinstance(expr, Call):
        return expr.name
    if expr.op in _INFIX:
        sign, level = _INFIX[expr.op]
        a, b = (expression(x, level + k) for k, x in enumerate(expr.args))
        return f"({a} {sign} {b})" if level < tightness else f"{a} {sign} {b}"
    name = expr.kind if expr.op == "cast" else expr.op
    return f"{name}({', '.join(expression(a) for a in expr.args)})"
