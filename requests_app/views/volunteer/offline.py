"""What makes the volunteer's pages an app on the phone: the worker that shows notifications."""

import json

from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, HttpResponse
from django.templatetags.static import static
from django.urls import reverse
from django.views.decorators.cache import cache_control


@login_not_required
@cache_control(no_cache=True)
def worker(request: HttpRequest) -> HttpResponse:
    """The service worker, whose reach is this folder: what it has to know, then the script itself."""
    told = {"home": reverse("v:home")}
    script = f"self.TOLD = {json.dumps(told)};\nimportScripts({json.dumps(static('js/v_worker.js'))});\n"
    return HttpResponse(script, content_type="text/javascript; charset=utf-8")
