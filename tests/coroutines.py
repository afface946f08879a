"""Tests that are coroutines: run on a loop of their own, which their fixtures share."""

import asyncio
import inspect
from collections.abc import Iterator

import pytest


@pytest.fixture
def runner() -> Iterator[asyncio.Runner]:
    """The loop of one test: fixtures run coroutines on it before and after the test does."""
    with asyncio.Runner() as made:
        yield made


@pytest.hookimpl(tryfirst=True)
def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """Give every coroutine test the loop, whether it names the fixture or not."""
    if inspect.iscoroutinefunction(metafunc.function) and "runner" not in metafunc.fixturenames:
        metafunc.fixturenames.append("runner")


@pytest.hookimpl(tryfirst=True)
def pytest_pyfunc_call(pyfuncitem: pytest.Function) -> bool | None:
    """Run a coroutine test on its loop."""
    if not inspect.iscoroutinefunction(pyfuncitem.obj):
        return None
    names = inspect.signature(pyfuncitem.obj).parameters
    arguments = {name: pyfuncitem.funcargs[name] for name in names}
    loop = pyfuncitem.funcargs["runner"]
    assert isinstance(loop, asyncio.Runner)
    loop.run(pyfuncitem.obj(**arguments))
    return True
