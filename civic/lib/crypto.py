"""Personal columns at rest: AES-256-GCM under a key ring, and keyed hashes beside them for exact search.

Settings FIELD_KEYS (the first encrypts, all decrypt) and HASH_KEY are texts of at least 32 random characters.
Where they are empty (development, demo) keys are derived from SECRET_KEY; civic/lib/checks.py refuses that in
production. Rotation: put a new key first, rewrite the rows, drop the old one. HASH_KEY cannot be rotated
without rehashing.
"""

import hashlib
import hmac
import os
from base64 import b64decode, urlsafe_b64encode
from functools import lru_cache
from typing import Final, NamedTuple

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from django.conf import settings

_FORMAT: Final = "e1"
_NONCE_BYTES: Final = 12


class Undecryptable(ValueError):
    """The stored text was made with a key that is not in FIELD_KEYS, or was tampered with."""


class Ring(NamedTuple):
    """The keys in force: prefix and cipher that encrypt, and every cipher by its prefix."""

    prefix: str
    cipher: AESGCM
    by_prefix: dict[str, AESGCM]


def encrypt(plain: str) -> str:
    """Returns "e1.<key id>.<base64url of nonce and ciphertext>"; different each time; "" stays ""."""
    if not plain:
        return ""
    ring = _ring(tuple(settings.FIELD_KEYS), settings.SECRET_KEY, tuple(settings.SECRET_KEY_FALLBACKS))
    nonce = os.urandom(_NONCE_BYTES)
    sealed = ring.cipher.encrypt(nonce, plain.encode(), ring.prefix.encode())
    return ring.prefix + urlsafe_b64encode(nonce + sealed).decode()


def decrypt(stored: str) -> str:
    """Returns the plain text of what `encrypt` made. Raises Undecryptable."""
    if not stored:
        return ""
    ring = _ring(tuple(settings.FIELD_KEYS), settings.SECRET_KEY, tuple(settings.SECRET_KEY_FALLBACKS))
    cut = stored.rfind(".") + 1
    prefix = stored[:cut]
    cipher = ring.by_prefix.get(prefix)
    if cipher is None:
        raise Undecryptable(f"no key {prefix[:16]!r} in FIELD_KEYS")
    try:
        blob = b64decode(stored[cut:], altchars=b"-_", validate=True)
        return cipher.decrypt(blob[:_NONCE_BYTES], blob[_NONCE_BYTES:], prefix.encode()).decode()
    except (InvalidTag, ValueError) as error:
        raise Undecryptable(f"text under key {prefix!r} was changed or cut") from error


def needs_rotation(stored: str) -> bool:
    """Returns whether `stored` was encrypted with another key than the first of the ring."""
    ring = _ring(tuple(settings.FIELD_KEYS), settings.SECRET_KEY, tuple(settings.SECRET_KEY_FALLBACKS))
    return bool(stored) and not stored.startswith(ring.prefix)


def keyed_hash(plain: str) -> str:
    """Returns 64 hex digits of HMAC-SHA256: equal for equal texts, useless to anybody without HASH_KEY."""
    return hmac.digest(_hash_key(settings.HASH_KEY, settings.SECRET_KEY), plain.encode(), "sha256").hex()


def _derive(secret: str, purpose: bytes) -> bytes:
    """Returns 32 bytes of key for one `purpose`: the same secret never serves two ends."""
    return HKDF(algorithm=SHA256(), length=32, salt=None, info=b"civic:" + purpose).derive(secret.encode())


@lru_cache(maxsize=8)
def _ring(field_keys: tuple[str, ...], secret_key: str, old_secret_keys: tuple[str, ...]) -> Ring:
    """Builds the ring once per distinct settings. Keys derived from SECRET_KEY stay able to decrypt what a
    development installation wrote before FIELD_KEYS was set."""
    keys = [_derive(key, b"field") for key in field_keys]
    keys += [_derive(key, b"field from secret") for key in (secret_key, *old_secret_keys)]
    by_prefix = {f"{_FORMAT}.{hashlib.sha256(key).hexdigest()[:8]}.": AESGCM(key) for key in keys}
    prefix, cipher = next(iter(by_prefix.items()))
    return Ring(prefix, cipher, by_prefix)


@lru_cache(maxsize=8)
def _hash_key(hash_key: str, secret_key: str) -> bytes:
    return _derive(hash_key, b"hash") if hash_key else _derive(secret_key, b"hash from secret")
