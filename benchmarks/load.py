"""A light HTTP client: a few connections that each send one prepared request after another."""

import itertools
import socket
import threading
import time
from collections import Counter
from collections.abc import Iterable, Iterator

TIMEOUT_S = 30


class Prepared:
    """Raw requests to one address, sent in turn; an endless or a finite supply."""

    def __init__(self, requests: Iterable[bytes], *, repeat: bool) -> None:
        self._supply: Iterator[bytes] = itertools.cycle(list(requests)) if repeat else iter(requests)
        self._lock = threading.Lock()

    def next(self) -> bytes | None:
        """Returns the next request, None when the supply has run out."""
        with self._lock:
            return next(self._supply, None)


def raw(method: str, path: str, *, headers: dict[str, str] | None = None, body: bytes = b"") -> bytes:
    """Returns an HTTP/1.1 request as bytes."""
    lines = [f"{method} {path} HTTP/1.1", "Host: 127.0.0.1", f"Content-Length: {len(body)}"]
    if body:
        lines.append("Content-Type: application/json")
    lines += [f"{name}: {value}" for name, value in (headers or {}).items()]
    return "\r\n".join(lines).encode() + b"\r\n\r\n" + body


class Outcome:
    """What came back: how many answers of which status, in how many seconds, and each answer's time."""

    def __init__(self) -> None:
        self.statuses: Counter[int] = Counter()
        self.times_s: list[float] = []
        self.seconds = 0.0

    @property
    def per_second(self) -> float:
        return sum(self.statuses.values()) / self.seconds if self.seconds else 0.0

    def percentile_ms(self, share: float) -> float:
        """Returns the time under which `share` of the answers came, in milliseconds."""
        ordered = sorted(self.times_s)
        return ordered[min(len(ordered) - 1, int(len(ordered) * share))] * 1000 if ordered else 0.0


def run(port: int, supply: Prepared, *, connections: int, seconds: float) -> Outcome:
    """Sends from `supply` over `connections` until it or the time runs out."""
    outcome, lock = Outcome(), threading.Lock()
    began = time.perf_counter()

    def one() -> None:
        statuses, times = _talk(port, supply, began + seconds)
        with lock:
            outcome.statuses.update(statuses)
            outcome.times_s.extend(times)

    threads = [threading.Thread(target=one) for _ in range(connections)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    outcome.seconds = time.perf_counter() - began
    return outcome


def _talk(port: int, supply: Prepared, until: float) -> tuple[Counter[int], list[float]]:
    statuses: Counter[int] = Counter()
    times: list[float] = []
    with socket.create_connection(("127.0.0.1", port), TIMEOUT_S) as line:
        line.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        while (sent := time.perf_counter()) < until and (request := supply.next()) is not None:
            line.sendall(request)
            statuses[_answer(line)] += 1
            times.append(time.perf_counter() - sent)
    return statuses, times


def _answer(line: socket.socket) -> int:
    """Reads one whole answer and returns its status."""
    data = b""
    while b"\r\n\r\n" not in data:
        data += _receive(line)
    head, _, rest = data.partition(b"\r\n\r\n")
    lowered = head.lower()
    if b"transfer-encoding: chunked" in lowered:
        while not rest.endswith(b"0\r\n\r\n"):
            rest += _receive(line)
    else:
        at = lowered.find(b"content-length:")
        length = int(lowered[at + 15 :].split(b"\r\n", 1)[0]) if at >= 0 else 0
        missing = length - len(rest)
        while missing > 0:
            missing -= len(_receive(line))
    return int(head[9:12])


def _receive(line: socket.socket) -> bytes:
    data = line.recv(65536)
    if not data:
        raise ConnectionError("the server closed the connection")
    return data
