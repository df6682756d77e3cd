"""A security key in software: answers what a browser would, for tests of passkeys without one."""

import hashlib
import json
import os
from base64 import urlsafe_b64encode
from typing import Any

from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.hashes import SHA256
from fido2 import cbor
from fido2.cose import ES256

PRESENT, VERIFIED, ATTESTED = 0x01, 0x04, 0x40
ORIGIN, PARTY = "http://testserver", b"testserver"


def encoded(data: bytes) -> str:
    """Returns base64url without padding, as WebAuthn's JSON has it."""
    return urlsafe_b64encode(data).rstrip(b"=").decode()


class Passkey:
    """One key pair bound to this site."""

    def __init__(self) -> None:
        self.id = os.urandom(16)
        self.key = ec.generate_private_key(ec.SECP256R1())
        self.count = 0

    def _client(self, kind: str, challenge: str) -> bytes:
        return json.dumps({"type": f"webauthn.{kind}", "challenge": challenge, "origin": ORIGIN}).encode()

    def _data(self, flags: int, rest: bytes = b"") -> bytes:
        self.count += 1
        return hashlib.sha256(PARTY).digest() + bytes([flags]) + self.count.to_bytes(4, "big") + rest

    def _answer(self, response: dict[str, bytes]) -> str:
        return json.dumps(
            {
                "id": encoded(self.id),
                "rawId": encoded(self.id),
                "type": "public-key",
                "clientExtensionResults": {},
                "response": {name: encoded(value) for name, value in response.items()},
            }
        )

    def register(self, options: dict[str, Any]) -> str:
        """Returns the credential that answers creation options."""
        public = cbor.encode(ES256.from_cryptography_key(self.key.public_key()))
        attested = bytes(16) + len(self.id).to_bytes(2, "big") + self.id + public
        data = self._data(PRESENT | VERIFIED | ATTESTED, attested)
        statement = cbor.encode({"fmt": "none", "attStmt": {}, "authData": data})
        client = self._client("create", options["publicKey"]["challenge"])
        return self._answer({"clientDataJSON": client, "attestationObject": statement})

    def sign(self, options: dict[str, Any]) -> str:
        """Returns the credential that answers request options."""
        data, client = self._data(PRESENT | VERIFIED), self._client("get", options["publicKey"]["challenge"])
        signature = self.key.sign(data + hashlib.sha256(client).digest(), ec.ECDSA(SHA256()))
        return self._answer({"clientDataJSON": client, "authenticatorData": data, "signature": signature})
