"""How long to wait before what failed is tried again."""

from datetime import timedelta


def wait_after(failures: int, *, first: timedelta, longest: timedelta) -> timedelta:
    """Returns `first` after one failure, twice as long after each further one, at most `longest`.

    However often it failed: nothing beyond `longest` is ever computed, so no number of failures is too large.
    """
    doublings = min(failures - 1, (longest // first).bit_length())
    return min(first * 2**doublings, longest)
