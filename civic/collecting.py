"""Python's garbage collector, told what a server is like: much that stays for ever, little of the rest in cycles."""

import gc
from collections.abc import Iterator
from contextlib import contextmanager

NEW_OBJECTS = 20_000  # before the youngest are looked through; by default 700, several times in one request


def settle() -> None:
    """Sets aside everything loaded so far, so that no collection looks through it again; once a process, at the end
    of its start, before it forks or serves.
    """
    gc.collect()
    gc.freeze()
    gc.set_threshold(NEW_OBJECTS, 10, 10)


@contextmanager
def resting() -> Iterator[None]:
    """No search for cycles within the block, for work whose objects all live until its end: each search would go
    through every one of them to find nothing. What nothing refers to any more is freed all the same."""
    was_on = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_on:
            gc.enable()
