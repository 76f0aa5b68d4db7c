"""Fixtures of the unit tests: one small gate per module, emptied before each test."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.conftest import settings_for
from tests.unit.judging import Bench, opened


@pytest.fixture(scope="module")
def module_bench(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Bench]:
    """Yields the gate that a module's tests share: opening one costs more than a test."""
    home = tmp_path_factory.mktemp("gate")
    with opened(settings_for(home), home) as found:
        yield found


@pytest.fixture
def bench(module_bench: Bench) -> Bench:
    """Returns a warehouse that knows nothing."""
    module_bench.reset()
    return module_bench
