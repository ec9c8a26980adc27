"""The text of the driver: native code that runs a plan's steps with a team of native threads.

In: a target.  Out: an LLVM module with

    loxley_run(state, call) -> i64       fills the slots, runs the steps; how many helpers it lacked
    loxley_begin(state) -> i64           makes the caller's lock and condition in a zeroed state
    loxley_start(state, helpers) -> i64  starts threads up to `helpers`; how many there are
    loxley_pauses(state, count)          spends pauses, for measuring how long one takes

The thread that calls is worker 0, and the helpers are workers 1, 2 ...  For each parallel step the
caller posts one part to each helper's mailbox, does part 0, and then *takes back* every part whose
helper has not begun it.  So a helper that sleeps, or whose processor is busy with another process,
delays nobody; and a wake-up that comes too late is never waited for.  Only a part that a helper is
in the middle of is waited for: a short spin, then sleep.  If the scheduler has taken such a helper
off its processor, that takes milliseconds; the caller then works alone for a while, and after that
tries its team again.  None of this changes a result: a kernel's division never does.
"""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager

from .builder import Function, Module, V, i64
from .target import Target

# The state: byte offsets.  What different threads write lies in different cache lines.
BUSY, SPINS, STARTED = 0, 8, 16  # 1 while a caller leads the team; pauses before sleep; helpers
ALONE_UNTIL = 24  # a time (ns) before which the team is not used
CALLER_SLEEPS, CALLER_LOCK, CALLER_WAKE = 64, 128, 256
HELPERS = 512  # then a record for each helper:
MAIL, FUNCTION, SLOTS, PARTS = 0, 8, 16, 24  # one cache line says all that a step needs
SLEEPS, LOCK, WAKE = 64, 128, 256
INDEX, HELPER_BYTES = 384, 512
NOTHING, POSTED, BEGUN = 0, 1, 2  # what a mailbox says of its helper's part
# A lock or condition of libc lies in 128 zeroed bytes; Linux and macOS need 40 to 64 of them.
MOST_HELPERS = 1023
STATE_BYTES = HELPERS + (MOST_HELPERS + 1) * HELPER_BYTES

# What `loxley_run` is called with: eight i64.
CALL = ("slots", "inputs", "moves", "array_moves", "value_moves", "steps", "step_count", "workers")
# A wait for helpers that is longer than this (ns), and than the caller's own part took, means that
# they were taken off their processors.  Then the caller works alone for `_TRUST` times as long: one
# trial in so many costs a few percent at worst.  The more helpers, the more it costs to do without
# them, and the shorter that time is.
_LONG_WAIT, _TRUST, _LONGEST_ALONE = 300_000, 16, 100_000_000
ROW_BYTES = 32  # of the table of steps: function, address of its slots, most workers, reserved


def text(target: Target, data_offset: int) -> str:
    """The module; `data_offset` is where an ndarray object keeps the address of its data."""
    module = Module()
    _helper(module, target)
    _start(module)
    _begin(module)
    _pauses(module, target)
    _fill(module, data_offset)
    _parallel_step(module, target)
    _run(module)
    return str(module)


def _at(f: Function, base: V, offset: int) -> V:
    return f.address(base, "i8", i64(offset))


def _read(f: Function, base: V, offset: int, type: str = "i64") -> V:
    return f.load(_at(f, base, offset), type, 8)


def _write(f: Function, base: V, offset: int, value: V) -> None:
    f.store(value, _at(f, base, offset), 8)


def _atomic_read(f: Function, base: V, offset: int) -> V:
    return f.let("i64", f"load atomic i64, {_at(f, base, offset)} seq_cst, align 8")


def _atomic_write(f: Function, base: V, offset: int, number: V) -> None:
    f.line(f"store atomic {number}, {_at(f, base, offset)} seq_cst, align 8")


def _claim(f: Function, base: V, offset: int, old: int, new: int) -> V:
    """Whether this thread changed the word from `old` to `new`."""
    place = _at(f, base, offset)
    pair = f.let("{ i64, i1 }", f"cmpxchg {place}, i64 {old}, i64 {new} seq_cst seq_cst, align 8")
    return f.let("i1", f"extractvalue {pair}, 1")


def _is(f: Function, value: V, number: int) -> V:
    return f.compare("icmp eq", value, i64(number))


@contextmanager
def _forever(f: Function) -> Iterator[str]:
    """An endless loop; yields the label behind it."""
    head, end = f.label("again"), f.label("out")
    f.branch(head)
    f.place(head)
    yield end
    f.branch(head)
    f.place(end)


def _leave_if(f: Function, condition: V, label: str) -> None:
    stay = f.label("stay")
    f.branch_if(condition, label, stay)
    f.place(stay)


def _pause(f: Function, target: Target) -> None:
    if target.triple.startswith("x86"):
        f.call("llvm.x86.sse2.pause", "void", [])
    else:
        f.line('call void asm sideeffect "yield", ""()')


def _await(
    f: Function,
    state: V,
    target: Target,
    word: tuple[V, int, int],
    sleeper: tuple[V, int, int, int],
) -> None:
    """Waits until a word holds a number: spins `SPINS` pauses, then sleeps until it is woken.

    word     (base, offset, the number)
    sleeper  (base, offset of its flag, of its lock, of its condition)
    """
    (base, offset, number), (own, flag, lock, wake) = word, sleeper
    done = f.label("done")
    with f.loop(i64(0), _read(f, state, SPINS)):
        _leave_if(f, _is(f, _atomic_read(f, base, offset), number), done)
        _pause(f, target)
    f.call("pthread_mutex_lock", "i32", [_at(f, own, lock)])
    _atomic_write(f, own, flag, i64(1))
    with _forever(f) as awake:
        _leave_if(f, _is(f, _atomic_read(f, base, offset), number), awake)
        f.call("pthread_cond_wait", "i32", [_at(f, own, wake), _at(f, own, lock)])
    _atomic_write(f, own, flag, i64(0))
    f.call("pthread_mutex_unlock", "i32", [_at(f, own, lock)])
    f.branch(done)
    f.place(done)


def _do_part(f: Function, base: V, offset: int, part: V, parts: V) -> None:
    """Calls a kernel; its function and slots lie side by side."""
    function, slots = _read(f, base, offset, "ptr"), _read(f, base, offset + 8, "ptr")
    f.line(f"call void {function.name}({slots}, {part}, {parts})")


def _helper(module: Module, target: Target) -> None:
    """A helper's life; its argument is its record, from which it finds the state."""
    f = Function(module, "loxley_helper", [("ptr", "own")], "ptr")
    own = f["own"]
    index = _read(f, own, INDEX)
    back = f.binary("mul", f.binary("add", index, i64(1)), i64(-HELPER_BYTES))
    state = f.address(f.address(own, "i8", back), "i8", i64(HELPER_BYTES - HELPERS))
    with _forever(f) as never:
        _await(f, state, target, (own, MAIL, POSTED), (own, SLEEPS, LOCK, WAKE))
        with f.when(_claim(f, own, MAIL, POSTED, BEGUN)):
            _do_part(f, own, FUNCTION, f.binary("add", index, i64(1)), _read(f, own, PARTS))
            _atomic_write(f, own, MAIL, i64(NOTHING))
            with f.when(_is(f, _atomic_read(f, state, CALLER_SLEEPS), 1)):
                _wake_caller(f, state)
    f.line(f"; {never} is never reached")
    f.ret(V("null", "ptr"))


def _wake_caller(f: Function, state: V) -> None:
    """With its lock held: it may be between its last look and its sleep."""
    f.call("pthread_mutex_lock", "i32", [_at(f, state, CALLER_LOCK)])
    f.call("pthread_cond_signal", "i32", [_at(f, state, CALLER_WAKE)])
    f.call("pthread_mutex_unlock", "i32", [_at(f, state, CALLER_LOCK)])


def _record(f: Function, state: V, index: V) -> V:
    offset = f.binary("add", f.binary("mul", index, i64(HELPER_BYTES)), i64(HELPERS))
    return f.address(state, "i8", offset)


def _make_lock(f: Function, base: V, lock: int, wake: int) -> None:
    null = V("null", "ptr")
    f.call("pthread_mutex_init", "i32", [_at(f, base, lock), null])
    f.call("pthread_cond_init", "i32", [_at(f, base, wake), null])


def _begin(module: Module) -> None:
    f = Function(module, "loxley_begin", [("ptr", "state")], "i64")
    _make_lock(f, f["state"], CALLER_LOCK, CALLER_WAKE)
    f.ret(i64(0))


def _start(module: Module) -> None:
    f = Function(module, "loxley_start", [("ptr", "state"), ("i64", "helpers")], "i64")
    state, null = f["state"], V("null", "ptr")
    thread = f.variable("i64")  # pthread_t: a word or a pointer
    entry = V("@loxley_helper", "ptr")
    first = _read(f, state, STARTED)
    full = f.label("full")
    with f.loop(first, f["helpers"]) as index:
        own = _record(f, state, index)
        _write(f, own, INDEX, index)
        _make_lock(f, own, LOCK, WAKE)
        failed = f.call("pthread_create", "i32", [thread, null, entry, own])
        _leave_if(f, f.compare("icmp ne", failed, V("0", "i32")), full)
        f.call("pthread_detach", "i32", [f.get(thread, "i64")])
        _atomic_write(f, state, STARTED, f.binary("add", index, i64(1)))
    f.branch(full)
    f.place(full)
    f.ret(_read(f, state, STARTED))


def _pauses(module: Module, target: Target) -> None:
    """As the loop of `_await` does them, with a word that nobody writes."""
    f = Function(module, "loxley_pauses", [("ptr", "state"), ("i64", "count")])
    with f.loop(i64(0), f["count"]):
        _atomic_read(f, f["state"], BUSY)
        _pause(f, target)
    f.ret()


def _fill(module: Module, data_offset: int) -> None:
    """Copies inputs to slots; the first moves follow an ndarray object to its data."""
    f = Function(module, "loxley_fill", [("ptr", "call")], linkage="internal")
    slots, inputs, moves = (_field(f, name, "ptr") for name in CALL[:3])
    arrays, values = _field(f, "array_moves"), _field(f, "value_moves")
    with f.loop(i64(0), f.binary("add", arrays, values)) as i:
        move = f.address(moves, "i64", f.binary("mul", i, i64(2)))
        source = f.address(inputs, "i64", f.load(move, "i64", 8))
        place = f.address(slots, "i64", _read(f, move, 8))
        given = f.variable("i64", f.load(source, "i64", 8))
        with f.when(f.compare("icmp slt", i, arrays)):
            array = f.load(source, "ptr", 8)
            f.set(given, _read(f, array, data_offset))
        f.store(f.get(given, "i64"), place, 8)
    f.ret()


def _field(f: Function, name: str, type: str = "i64") -> V:
    return _read(f, f["call"], CALL.index(name) * 8, type)


def _parallel_step(module: Module, target: Target) -> None:
    """One step by `parts` workers: post, do part 0, take back what nobody began, wait."""
    parameters = [("ptr", "state"), ("ptr", "row"), ("i64", "parts")]
    f = Function(module, "loxley_step", parameters, linkage="internal")
    state, row, parts = f["state"], f["row"], f["parts"]
    helpers = f.binary("sub", parts, i64(1))
    with f.loop(i64(0), helpers) as i:
        _post(f, _record(f, state, i), row, parts)
    start = _now(f)
    _do_part(f, row, 0, i64(0), parts)
    with f.loop(i64(0), helpers) as i:
        with f.when(_claim(f, _record(f, state, i), MAIL, POSTED, NOTHING)):
            _do_part(f, row, 0, f.binary("add", i, i64(1)), parts)
    own_end = _now(f)
    with f.loop(i64(0), helpers) as i:
        word = (_record(f, state, i), MAIL, NOTHING)
        _await(f, state, target, word, (state, CALLER_SLEEPS, CALLER_LOCK, CALLER_WAKE))
    _judge(f, state, helpers, f.binary("sub", own_end, start), own_end)
    f.ret()


def _post(f: Function, own: V, row: V, parts: V) -> None:
    _write(f, own, FUNCTION, _read(f, row, 0))
    _write(f, own, SLOTS, _read(f, row, 8))
    _write(f, own, PARTS, parts)
    _atomic_write(f, own, MAIL, i64(POSTED))
    with f.when(_is(f, _atomic_read(f, own, SLEEPS), 1)):
        # Without its lock: a signal that is lost costs a helper this step, and no more.
        f.call("pthread_cond_signal", "i32", [_at(f, own, WAKE)])


def _judge(f: Function, state: V, helpers: V, own_time: V, own_end: V) -> None:
    """Sets `ALONE_UNTIL` if helpers were waited for much too long."""
    now = _now(f)
    waited = f.binary("sub", now, own_end)
    longer = f.compare("icmp sgt", waited, own_time)
    long = f.compare("icmp sgt", waited, i64(_LONG_WAIT))
    with f.when(f.binary("and", longer, long)):
        pause = f.binary("sdiv", f.binary("mul", waited, i64(_TRUST)), helpers)
        pause = _least(f, pause, i64(_LONGEST_ALONE))
        _write(f, state, ALONE_UNTIL, f.binary("add", now, pause))


def _now(f: Function) -> V:
    """Nanoseconds of the monotonic clock."""
    spec = f.variable("[2 x i64]")
    f.call("clock_gettime", "i32", [V(str(time.CLOCK_MONOTONIC), "i32"), spec])
    seconds, rest = _read(f, spec, 0), _read(f, spec, 8)
    return f.binary("add", f.binary("mul", seconds, i64(1_000_000_000)), rest)


def _run(module: Module) -> None:
    """Returns how many helpers were lacking; the steps ran all the same.

    Where another thread leads the team at this moment, the steps run on the caller alone.
    """
    f = Function(module, "loxley_run", [("ptr", "state"), ("ptr", "call")], "i64")
    state, steps = f["state"], _field(f, "steps", "ptr")
    f.call_defined("loxley_fill", "void", [f["call"]])
    wanted = _field(f, "workers")
    most, lacking = f.variable("i64", wanted), f.variable("i64", i64(0))
    leads = f.variable("i64", i64(0))  # 0: not asked yet, 1: leads, 2: another thread does
    with f.loop(i64(0), _field(f, "step_count")) as i:
        row = f.address(steps, "i8", f.binary("mul", i, i64(ROW_BYTES)))
        worth = _read(f, row, 16)
        parallel = f.compare("icmp sgt", _least(f, worth, f.get(most, "i64")), i64(1))
        with f.when(f.binary("and", parallel, _is(f, f.get(leads, "i64"), 0))):
            _take_lead(f, state, wanted, (leads, most, lacking))
        parts = _trusted(f, state, _least(f, worth, f.get(most, "i64")))
        alone, together, next = f.label("alone"), f.label("together"), f.label("next")
        f.branch_if(f.compare("icmp sgt", parts, i64(1)), together, alone)
        f.place(together)
        f.call_defined("loxley_step", "void", [state, row, parts])
        f.branch(next)
        f.place(alone)
        _do_part(f, row, 0, i64(0), i64(1))
        f.branch(next)
        f.place(next)
    with f.when(_is(f, f.get(leads, "i64"), 1)):
        _atomic_write(f, state, BUSY, i64(0))
    f.ret(f.get(lacking, "i64"))


def _take_lead(f: Function, state: V, wanted: V, variables: tuple[V, V, V]) -> None:
    """Sets `leads`, how many workers there are at `most`, and how many helpers are `lacking`."""
    leads, most, lacking = variables
    f.set(leads, i64(2))
    f.set(most, i64(1))
    with f.when(_claim(f, state, BUSY, 0, 1)):
        f.set(leads, i64(1))
        team = f.binary("add", _atomic_read(f, state, STARTED), i64(1))
        f.set(most, _least(f, team, wanted))
        f.set(lacking, f.binary("sub", wanted, f.get(most, "i64")))


def _trusted(f: Function, state: V, parts: V) -> V:
    """`parts`, but 1 while the team is not to be used."""
    worth = f.variable("i64", parts)
    with f.when(f.compare("icmp sgt", parts, i64(1))):
        until = _read(f, state, ALONE_UNTIL)
        with f.when(f.compare("icmp ne", until, i64(0))):
            early = f.compare("icmp slt", _now(f), until)
            f.set(worth, f.select(early, i64(1), parts))
            _write(f, state, ALONE_UNTIL, f.select(early, until, i64(0)))
    return f.get(worth, "i64")


def _least(f: Function, a: V, b: V) -> V:
    return f.call("llvm.smin.i64", "i64", [a, b])
