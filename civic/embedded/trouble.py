"""Failures as people read them: one line that says what is wrong and what to do."""

import errno
import re
import shutil


class Trouble(Exception):
    """Something the person at the keyboard must know; its text is one line."""


class Stopped(BaseException):
    """A signal asked us to stop; not an error, and not to be swallowed by `except Exception`."""


KNOWN = (
    (
        r"no space left on device|errno 28|ENOSPC|disk quota exceeded",
        "the disk is full; free some space and try again",
    ),
    (
        r"dns error|name or service not known|temporary failure in name resolution|network is unreachable"
        r"|getaddrinfo|ENOTFOUND|EAI_AGAIN|ECONNREFUSED|ECONNRESET|ETIMEDOUT|connection timed out"
        r"|could not connect|failed to fetch|a new connection|error sending request|tcp connect error"
        r"|no matching distribution found for uv|from versions: none",
        "no network: the package registry cannot be reached; connect and try again",
    ),
    (
        r"do not match the hashes|hash mismatch|EINTEGRITY",
        "a downloaded package is not the one that was locked",
    ),
    (
        r"permission denied|EACCES|read-only file system",
        "this user may not write here; choose another folder or user",
    ),
)


def reason(output: str) -> str:
    """Returns the one-line cause found in a command's output: a known one, else its last telling line."""
    for pattern, meaning in KNOWN:
        if re.search(pattern, output, re.IGNORECASE):
            return meaning
    lines = [line.strip() for line in output.splitlines() if line.strip()]
    return lines[-1][:300] if lines else "it said nothing"


def from_os_error(error: OSError) -> Trouble:
    """Returns the Trouble that an operating system error amounts to."""
    if isinstance(error, shutil.Error):  # a list of what a copying could not copy
        return Trouble(reason(str(error)))
    if error.errno in {errno.ENOSPC, errno.EDQUOT}:
        return Trouble("the disk is full; free some space and try again")
    if error.errno in {errno.EACCES, errno.EPERM, errno.EROFS}:
        return Trouble(f"this user may not write {error.filename}; choose another CIVIC_HOME or user")
    return Trouble(f"{error.strerror or error}: {error.filename or ''}".rstrip(": "))
