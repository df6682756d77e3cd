"""How a volunteer is greeted."""

from django.utils import timezone
from django.utils.translation import gettext as _

from civic.accounts.models import User
from civic.lib import clock

COMPOUND_SURNAMES = ("欧阳", "司马", "上官", "诸葛", "司徒", "皇甫", "尉迟", "公孙", "慕容", "令狐", "夏侯")


def greeting(user: User) -> str:
    """Returns the greeting of the hour with the given name: "Good morning, 建国"."""
    hour = timezone.localtime(clock.now()).hour
    name = {"name": given_name(str(user))}
    if 5 <= hour < 11:
        return _("Good morning, %(name)s") % name
    if 11 <= hour < 18:
        return _("Good afternoon, %(name)s") % name
    return _("Good evening, %(name)s") % name


def given_name(name: str) -> str:
    """Returns a Chinese name without its surname where two signs remain; any other name as it is."""
    surname = 2 if name.startswith(COMPOUND_SURNAMES) else 1
    is_chinese = len(name) <= 4 and all("一" <= sign <= "鿿" for sign in name)
    return name[surname:] if is_chinese and len(name) - surname >= 2 else name
