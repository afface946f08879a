"""What a process costs: CPU time and memory, of it and its children, read from the kernel."""

import resource
import statistics
import time
from collections.abc import Callable, Iterable
from pathlib import Path


def family(pid: int) -> list[int]:
    """The process and all its living descendants."""
    found = [pid]
    for parent in found:
        for task in Path(f"/proc/{parent}/task").iterdir():
            found += map(int, (task / "children").read_text().split())
    return found


def cpu_nanoseconds(pids: Iterable[int]) -> int:
    """CPU time used so far, user and system, all threads that live or lived.

    Read from the clock of each process (clock_getcpuclockid(3)), which counts in nanoseconds where
    utime and stime of /proc/PID/stat count in ticks of 10 ms.
    """
    return sum(time.clock_gettime_ns(_cpu_clock(pid)) for pid in pids)


def _cpu_clock(pid: int) -> int:
    # The kernel's encoding of a process's CPU clock: the inverted pid above three bits, of which
    # 2 says "time on the processor as the scheduler counts it".
    return (~pid << 3) | 2


def memory_bytes(pids: Iterable[int]) -> int:
    """Resident set size, summed; meant for differences, where what processes share cancels out.

    Not the proportional set size: that changes with every other process that starts or ends and maps
    the same libraries.
    """
    return sum(_resident(pid) for pid in pids)


def _resident(pid: int) -> int:
    pages = int(Path(f"/proc/{pid}/statm").read_text().split()[1])
    return pages * resource.getpagesize()


def settled_memory(pids: Iterable[int], turn: Callable[[float], object], *, limit: float = 20.0) -> int:
    """Memory once it has stood still (within 0.5 %) for two seconds, or after `limit` seconds.

    `turn(seconds)` is called meanwhile, so that the load can go on answering. Waiting lets collectors
    and hibernation of idle sessions do their work: an idle session is what it is after a while.
    """
    known = list(pids)
    end = time.monotonic() + limit
    last, since = memory_bytes(known), time.monotonic()
    while time.monotonic() < end and time.monotonic() - since < 2:
        turn(0.25)
        now = memory_bytes(known)
        if abs(now - last) > last / 200:
            last, since = now, time.monotonic()
    return memory_bytes(known)


def median(values: Iterable[float]) -> float:
    """The median; not a number for no values, which a table shows as a dash."""
    known = list(values)
    return statistics.median(known) if known else float("nan")


def spread(values: Iterable[float]) -> float:
    """Half the distance between the smallest and the largest value, relative to the median."""
    known = list(values)
    return (max(known) - min(known)) / 2 / statistics.median(known) if known else float("nan")
