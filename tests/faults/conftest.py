"""The cast, committed; and a plant: real worker, beat and web on this test's database and a Redis of their own."""

import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from civic.areas import queries as areas
from civic.embedded import quarters
from civic.embedded.places import ROOT, Places
from civic.embedded.processes import write_to_file
from civic.embedded.redis import Redis
from tests.cast import Cast
from tests.faults.plant import Plant


@pytest.fixture
def crowd(transactional_db: None) -> Cast:
    """The cast, committed, so that other processes see it."""
    areas.forget()
    return Cast()


@pytest.fixture
def plant(crowd: Cast, request: pytest.FixtureRequest) -> Iterator[Plant]:
    """Nothing runs yet but Redis; whatever the test starts is killed before the tables are emptied."""
    home = Path(tempfile.mkdtemp(prefix="faults-", dir="/tmp"))
    home.chmod(0o755)
    places = Places(ROOT, home)
    broker = Redis(places, quarters.prepare(places), "broker-of-a-test")
    broker.start(write_to_file(home / "log" / "redis.log"))
    made = Plant(home, broker)
    try:
        yield made
    finally:
        made.down()
        broker.stop()
        shutil.rmtree(home, ignore_errors=True)
