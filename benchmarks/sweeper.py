"""One of the workers of benchmarks/timers.py: sweeps from the word go until nothing is due any more."""

import sys
import time

import django


def main(longest_s: float) -> None:
    """Says that it is ready, waits for a line and sweeps; prints the processor time used in seconds."""
    django.setup()
    from civic import collecting
    from civic.cases import timers

    timers.sweep()  # connected, everything imported
    collecting.settle()  # as a worker does
    sys.stdout.write("ready\n")
    sys.stdout.flush()
    sys.stdin.readline()
    began, used = time.monotonic(), time.process_time()
    while time.monotonic() - began < longest_s and timers.sweep():
        pass
    sys.stdout.write(f"{time.process_time() - used}\n")


if __name__ == "__main__":
    main(float(sys.argv[1]))
