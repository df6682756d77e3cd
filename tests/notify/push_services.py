"""A push service and a phone, as RFC 8030, 8291 and 8292 describe them: written from those documents with the bare
primitives of `cryptography`, and with nothing of the code under test or the libraries it uses.
"""

import base64
import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.utils import encode_dss_signature
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from pytest_django import Settings

POINT = (Encoding.X962, PublicFormat.UncompressedPoint)


def b64(data: bytes) -> str:
    """Returns base64url without padding."""
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


def unb64(text: str) -> bytes:
    """Reads base64url without padding."""
    return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))


def derived(secret: bytes, salt: bytes, info: bytes, length: int) -> bytes:
    """HKDF with SHA-256."""
    return HKDF(hashes.SHA256(), length, salt, info).derive(secret)


class Phone:
    """A browser with its own key pair and shared secret (RFC 8291 section 3)."""

    def __init__(self, endpoint: str) -> None:
        self.endpoint = endpoint
        self.private = ec.generate_private_key(ec.SECP256R1())
        self.public = self.private.public_key().public_bytes(*POINT)
        self.secret = bytes(range(16))

    def subscription(self) -> dict[str, str]:
        """Returns what the page sends."""
        return {"endpoint": self.endpoint, "p256dh": b64(self.public), "auth": b64(self.secret)}

    def read(self, body: bytes) -> dict[str, Any]:
        """Decrypts one message (RFC 8291 section 3.4, RFC 8188 section 2). Raises InvalidTag for another's."""
        salt, size, length = body[:16], int.from_bytes(body[16:20], "big"), body[20]
        sender, sealed = body[21 : 21 + length], body[21 + length :]
        assert length == 65 and len(sealed) <= size
        shared = self.private.exchange(
            ec.ECDH(), ec.EllipticCurvePublicKey.from_encoded_point(ec.SECP256R1(), sender)
        )
        info = b"WebPush: info\x00" + self.public + sender
        mixed = derived(shared, self.secret, info, 32)
        key = derived(mixed, salt, b"Content-Encoding: aes128gcm\x00", 16)
        nonce = derived(mixed, salt, b"Content-Encoding: nonce\x00", 12)
        plain = AESGCM(key).decrypt(nonce, sealed, None).rstrip(b"\x00")
        assert plain[-1:] == b"\x02"  # the last record
        said: dict[str, Any] = json.loads(plain[:-1])
        return said


@dataclass
class Delivery:
    """One message that the service took."""

    path: str
    headers: dict[str, str]
    body: bytes
    claims: dict[str, Any]


@dataclass
class PushService:
    """Listens on this machine; takes what is signed by `key` and answers the next of `answers`, else 201."""

    key: str  # the application server's public key, as browsers were told
    took: list[Delivery] = field(default_factory=list)
    answers: list[int] = field(default_factory=list)
    refused: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        service = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["Content-Length"]))
                status = service.take(self.path, dict(self.headers), body)
                self.send_response(status)
                self.send_header("Content-Length", "0")
                self.end_headers()

            def log_message(self, *args: Any) -> None:
                """Says nothing."""

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.server.server_port}"
        threading.Thread(target=self.server.serve_forever, args=[0.01], daemon=True).start()

    def take(self, path: str, headers: dict[str, str], body: bytes) -> int:
        """Returns the status for one message; 401 unless its signature is right (RFC 8292 section 4.2)."""
        try:
            claims = self.verified(headers["Authorization"])
        except (InvalidSignature, AssertionError, ValueError, KeyError) as error:
            self.refused.append(repr(error))
            return 401
        if self.answers:
            status = self.answers.pop(0)
            if status != 201:
                return status
        self.took.append(Delivery(path, headers, body, claims))
        return 201

    def verified(self, header: str) -> dict[str, Any]:
        """Returns the claims of a VAPID header. Raises when anything about it is wrong."""
        scheme, _, rest = header.partition(" ")
        parts = dict(part.strip().split("=", 1) for part in rest.split(","))
        assert scheme == "vapid" and parts["k"] == self.key
        head, claims, signature = parts["t"].split(".")
        assert json.loads(unb64(head))["alg"] == "ES256"
        raw = unb64(signature)
        whole = encode_dss_signature(int.from_bytes(raw[:32], "big"), int.from_bytes(raw[32:], "big"))
        public = ec.EllipticCurvePublicKey.from_encoded_point(ec.SECP256R1(), unb64(parts["k"]))
        public.verify(whole, f"{head}.{claims}".encode(), ec.ECDSA(hashes.SHA256()))
        told: dict[str, Any] = json.loads(unb64(claims))
        assert told["aud"] == self.url
        return told

    def close(self) -> None:
        """Stops listening."""
        self.server.shutdown()
        self.server.server_close()


@contextmanager
def listening(settings: Settings) -> Iterator[PushService]:
    """Yields a push service that knows the key of this installation, to which `settings` are set."""
    private = ec.generate_private_key(ec.SECP256R1())
    settings.VAPID_PRIVATE_KEY = b64(private.private_numbers().private_value.to_bytes(32, "big"))
    settings.WEB_PUSH_LOCAL = True
    service = PushService(b64(private.public_key().public_bytes(*POINT)))
    yield service
    service.close()
