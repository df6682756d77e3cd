"""What every page of the desk stands on: who may enter."""

from civic import shell
from civic.accounts.pages import View, for_roles

__all__ = ["ANYBODY", "PLACING", "QUEUE", "VOLUNTEERS", "View", "for_roles"]

QUEUE, VOLUNTEERS, PLACING = shell.QUEUE, shell.VOLUNTEERS, shell.PLACE
ANYBODY = QUEUE | VOLUNTEERS
