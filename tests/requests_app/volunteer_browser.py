"""A volunteer's browser in tests over HTTP: a session, and posting a form with its key."""

import re
from typing import Any

from django.test import Client
from django.urls import reverse

from civic.lib import codes
from requests_app.models import ServiceRequest
from volunteers.models import Volunteer


def browser(volunteer: Volunteer) -> Client:
    """Returns a browser signed in as `volunteer`, in English so that words can be compared."""
    client = Client(headers={"accept-language": "en"})
    client.force_login(volunteer.user)
    return client


def send(client: Client, name: str, request: ServiceRequest | int, **fields: Any) -> Any:
    """Posts the form of the route v:`name` with a fresh key."""
    pk = request if isinstance(request, int) else request.pk
    return client.post(reverse(f"v:{name}", args=[pk]), {"form_key": codes.token(), **fields})


def words(response: Any) -> str:
    """Returns what a page says: its main part without tags, blanks folded."""
    html = response.content.decode()
    main = html[html.find("<main") : html.find("</main>")]
    return " ".join(re.sub(r"<[^>]+>", " ", main).replace("&#x27;", "'").replace("&quot;", '"').split())
