"""The product's settings plus the bare views it is measured against; limits off, the same for both sides."""

from civic.settings import *  # noqa: F403

ROOT_URLCONF = "benchmarks.bare"
API_READS_A_MINUTE = API_WRITES_A_MINUTE = API_STRANGERS_A_MINUTE = 0
STAFF_SECOND_FACTOR = False
