"""Examines an installation and says what is wrong with it and what to do: exit 1 when something has failed."""

from typing import Any

from django.conf import settings
from django.core.management import BaseCommand, CommandError
from django.utils.translation import gettext as _
from django.utils.translation import override

from civic.lib import health
from civic.lib.health import Finding, Verdict

MARKS = {Verdict.GREEN: "ok  ", Verdict.ATTENTION: "LOOK", Verdict.FAILED: "FAIL"}
SHOWN = 5  # troubles printed one by one


class Command(BaseCommand):
    help = __doc__
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: Any) -> None:
        names = [check.name for check in health.every()]
        parser.add_argument("--only", choices=names, help="one examination instead of all")
        languages = [code for code, _name in settings.LANGUAGES]
        parser.add_argument("--language", choices=languages, default=settings.LANGUAGE_CODE)

    def handle(self, *args: Any, **options: Any) -> None:
        chosen = [check for check in health.every() if options["only"] in (None, check.name)]
        with override(options["language"]):
            found = health.examine(chosen)
            for each in found:
                self._print(each)
            failed = sum(each.verdict == Verdict.FAILED for each in found)
            if failed:
                counted = {"failed": failed, "all": len(found)}
                raise CommandError(_("%(failed)d of %(all)d examinations failed") % counted)

    def _print(self, finding: Finding) -> None:
        self.stdout.write(f"{MARKS[finding.verdict]}  {finding.check.name}: {finding.said}")
        if finding.verdict == Verdict.GREEN:
            return
        for trouble in finding.measured.troubles[:SHOWN]:
            self.stdout.write(f"      - {trouble.words}")
        self.stdout.write(f"      > {finding.check.advice}")
