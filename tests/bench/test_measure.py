"""What the kernel is asked for, compared with what it says elsewhere."""

import os
import subprocess
import sys
import time
from collections.abc import Iterator

import pytest

from bench.measure import cpu_nanoseconds, family, median, memory_bytes, spread
from tests.waiting import until

BURN = "import time\nwhile time.process_time() < 0.2: pass\nprint('burnt', flush=True)\ninput()"
PARENT = "import subprocess, sys\nsubprocess.run([sys.executable, '-c', 'input()'])"


@pytest.fixture
def child() -> Iterator[subprocess.Popen[str]]:
    """A process that burns 0.2 s of CPU time, says so, and waits."""
    with subprocess.Popen(
        [sys.executable, "-c", BURN], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as process:
        yield process
        process.communicate("")


def test_cpu_time_of_another_process(child: subprocess.Popen[str]) -> None:
    assert child.stdout is not None
    assert child.stdout.readline() == "burnt\n"
    assert cpu_nanoseconds([child.pid]) >= 200_000_000


def test_cpu_time_is_counted_as_the_process_itself_counts_it() -> None:
    before = time.process_time_ns()
    counted = cpu_nanoseconds([os.getpid()])
    assert before <= counted <= time.process_time_ns()


def test_memory_is_what_is_resident(child: subprocess.Popen[str]) -> None:
    assert child.stdout is not None
    child.stdout.readline()
    assert 1_000_000 < memory_bytes([child.pid]) < 100_000_000


def test_a_family_has_children_and_grandchildren() -> None:
    with subprocess.Popen([sys.executable, "-c", PARENT], stdin=subprocess.PIPE, text=True) as process:
        until(lambda: len(family(process.pid)) == 2)
        parent, child = family(process.pid)
        assert parent == process.pid
        assert child != parent
        process.communicate("")


def test_median_and_spread() -> None:
    assert median([3.0, 1.0, 2.0]) == 2.0
    assert spread([3.0, 1.0, 2.0]) == 0.5
