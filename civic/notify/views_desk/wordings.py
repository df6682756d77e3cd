"""Wordings: the list, editing with a live preview, entering the gateway's codes."""

from typing import Any

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from civic.lib.errors import Conflict, NotAllowed, ValidationFailed
from civic.lib.numbers import whole
from civic.notify import access, drafting, listing, templates, variables
from civic.notify import preview as previews
from civic.notify.enums import Channel
from civic.notify.forms import CodesForm, WordingForm
from civic.notify.models import Wording
from civic.notify.templates import CannotRender, Template
from civic.notify.views_desk.door import frame, only, person


@require_GET
@only(access.may_read_wordings)
def index(request: HttpRequest) -> HttpResponse:
    """Lists every message that is sent, by kind, with what is in use on each channel."""
    context = {**frame(request, "wordings"), "groups": listing.groups(get_language() or "")}
    return render(request, "notify/desk/index.html", context)


@require_http_methods(["GET", "POST"])
@only(access.may_read_wordings)
def edit(request: HttpRequest, template: str, channel: str) -> HttpResponse:
    """Shows one wording with its versions; POST writes a further version."""
    found = _template(template, channel)
    before, posted = drafting.newest(found, channel), request.method == "POST"
    if posted and not access.may_edit_wordings(request.user):
        raise NotAllowed()
    form = WordingForm(request.POST if posted else None, template=found, channel=channel, text=before)
    if posted and form.is_valid():
        try:
            made = drafting.write(
                found, channel, form.words(), based_on=form.cleaned_data["based_on"], actor=person(request)
            )
        except Conflict as refused:
            form.add_error(None, str(refused))
        else:
            messages.success(request, _saved(made))
            return redirect("desk_messages:edit", found.code, channel)
    context = {**frame(request, "wordings"), **_page(request, found, channel, form)}
    return render(request, "notify/desk/edit.html", context, status=400 if form.errors else 200)


@require_POST
@only(access.may_read_wordings)
def preview(request: HttpRequest, template: str, channel: str) -> HttpResponse:
    """Returns how the words being typed would read, or what is wrong with them; nothing is kept."""
    found = _template(template, channel)
    form = WordingForm(request.POST, template=found, channel=channel, text=drafting.newest(found, channel))
    return render(request, "notify/desk/_preview.html", _preview(request, found, channel, form))


@require_POST
@only(access.may_edit_wordings)
def enter_codes(request: HttpRequest, wording_id: int) -> HttpResponse:
    """Enters the gateway's codes of a version, which brings it into use."""
    wording = get_object_or_404(Wording, pk=wording_id, channel=Channel.SMS)
    form = CodesForm(request.POST)
    if form.is_valid():
        said = form.cleaned_data
        try:
            drafting.enter_codes(wording, zh=said["sms_code"], en=said["sms_code_en"], actor=person(request))
        except (ValidationFailed, Conflict) as refused:
            messages.error(request, _words_of(refused))
        else:
            messages.success(
                request, _("Version %(number)d is in use from now on.") % {"number": wording.version}
            )
    else:
        messages.error(request, _("Enter the code that the gateway gave the Chinese text."))
    return redirect("desk_messages:edit", wording.template, Channel.SMS)


def _template(code: str, channel: str) -> Template:
    """Returns the template that is sent by `channel`. Raises Http404 for anything else."""
    try:
        found = templates.get(code)
    except CannotRender:
        raise Http404 from None
    if found not in drafting.editable() or channel not in drafting.channels_of(found):
        raise Http404
    return found


def _page(request: HttpRequest, template: Template, channel: str, form: WordingForm) -> dict[str, Any]:
    written = drafting.versions(template, channel)
    text = template.text(channel)
    return {
        "template": template,
        "title": listing.title_of(template, get_language() or ""),
        "channel": channel,
        "channels": drafting.channels_of(template),
        "form": form,
        "codes_form": CodesForm(),
        "may_edit": access.may_edit_wordings(request.user),
        "versions": [listing.version(row, text.version) for row in written],
        "in_use": text,
        "newest_version": written[0].version if written else 0,
        "shipped": [(name, getattr(template, name)) for name in form.fields if name != "based_on"],
        "variables": [
            (each, variables.sample(template, None, get_language() or "")[each.name])
            for each in variables.of(template)
        ],
        **_preview(request, template, channel, form),
    }


def _preview(request: HttpRequest, template: Template, channel: str, form: WordingForm) -> dict[str, Any]:
    """Returns the context of the preview: the typed words where they can be used, else only the form's complaints."""
    chosen = request.POST.get("message", "")
    words = form.words() if form.is_bound and form.is_valid() else None
    if words is None and not form.is_bound:
        before = drafting.newest(template, channel)
        words = drafting.Words(zh=before.zh, en=before.en, title_zh=before.title_zh, title_en=before.title_en)
    user, number = person(request), whole(chosen)
    return {
        "cases": previews.cases(user, template),
        "chosen": number,
        "preview": previews.show(user, template, channel, words, number) if words else [],
        "preview_form": form if form.is_bound and not words else None,
        "channel": channel,
    }


def _saved(made: Wording) -> str:
    if made.in_use_from is None:
        return _("Version %(number)d is kept. It comes into use once the gateway's code is entered.") % {
            "number": made.version
        }
    return _("Version %(number)d is in use from now on.") % {"number": made.version}


def _words_of(refused: Conflict | ValidationFailed) -> str:
    return " ".join(str(each) for found in (refused.errors or {}).values() for each in found) or str(refused)
