"""Links by which a volunteer tells a team mate of a task: signed, so that nobody counts through the others."""

from datetime import timedelta
from typing import Final

from django.core import signing

VALID_FOR: Final = timedelta(days=7)
SIGNER: Final = signing.TimestampSigner(salt="requests_app.sharing", sep=".")


def token_of(request_id: int) -> str:
    """Returns what stands in the link: the number of the request and our signature, nothing about anybody."""
    return SIGNER.sign(str(request_id))


def request_id_of(token: str) -> int | None:
    """Returns the number of the request, None for a link that is not ours or older than a week."""
    try:
        return int(SIGNER.unsign(token, max_age=VALID_FOR))
    except signing.BadSignature:
        return None
