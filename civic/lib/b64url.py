"""Base64 for addresses and headers (RFC 4648 section 5), without padding."""

import base64
import binascii


def encode(data: bytes) -> str:
    """Returns `data` as text."""
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


def decode(text: str) -> bytes:
    """Returns the bytes of `text`, padded or not. Raises ValueError for anything else."""
    bare = text.rstrip("=")
    try:
        return base64.b64decode(bare + "=" * (-len(bare) % 4), altchars="-_", validate=True)
    except (binascii.Error, UnicodeError) as error:
        raise ValueError("not base64url") from error
