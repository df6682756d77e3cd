"""Python's garbage collector, told what a server is like: much that stays for ever, little of the rest in cycles."""

import gc

NEW_OBJECTS = 20_000  # before the youngest are looked through; by default 700, several times in one request


def settle() -> None:
    """Sets aside everything loaded so far, so that no collection looks through it again; once a process, at the end
    of its start, before it forks or serves.
    """
    gc.collect()
    gc.freeze()
    gc.set_threshold(NEW_OBJECTS, 10, 10)
