"""What every page must bear: axe finds nothing, nothing sticks out or is squeezed, elder mode is large."""

from pathlib import Path

from django.conf import settings
from playwright.sync_api import Error, Page

AXE = Path(settings.BASE_DIR) / "node_modules" / "axe-core" / "axe.min.js"
CHECKS = Path(__file__).with_name("page_checks.js")
VIOLATIONS = """async () => (await axe.run()).violations.map(v =>
    `${v.id} (${v.nodes.length}): ` + v.nodes.slice(0, 3).map(n => n.html.slice(0, 120)).join(" | "))"""

# Half-way through fading in, anything lacks contrast.
SETTLE = """() => Promise.allSettled(document.getAnimations()
    .filter(each => each.effect.getComputedTiming().endTime < 3000).map(each => each.finished)).then(() => true)"""

REPLACED = "Execution context was destroyed"


def check_page(page: Page) -> None:
    """Fails when axe finds a violation, something sticks out or is squeezed, or elder mode is not large enough.

    A page that is renewed meanwhile (the outbox does so once all is sent) is looked at again, once.
    """
    try:
        found = _faults(page)
    except Error as error:
        if REPLACED not in error.message:
            raise
        found = _faults(page)
    assert found == [], f"{page.url} at {page.viewport_size}: {found}"


def _faults(page: Page) -> list[str]:
    page.wait_for_load_state("load")
    page.evaluate(SETTLE)
    page.evaluate(AXE.read_text())
    page.evaluate(CHECKS.read_text())
    found: list[str] = page.evaluate(VIOLATIONS)
    found += page.evaluate("[...pageChecks.stickingOut(), ...pageChecks.squeezed()]")
    if page.evaluate("document.documentElement.classList.contains('elder')"):
        found += page.evaluate("pageChecks.tooSmall()")
    return found
