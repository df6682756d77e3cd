"""The flow of a service request as its specification tells it, in plain Python. Nothing of the product is imported:
the tables of verbs are written out a second time."""

from tests.model.desk import Desk
from tests.model.endings import Endings
from tests.model.service import Service


class World(Desk, Service, Endings):
    """The requests, who blocked whom, what time it is, and every verb."""
