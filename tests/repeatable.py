"""How a property is tested that costs a database: the same examples every time, none kept, none made shorter."""

from hypothesis import HealthCheck, Phase, settings

REPEATABLE = settings(
    deadline=None,
    derandomize=True,
    database=None,
    phases=[Phase.generate],
    suppress_health_check=list(HealthCheck),
)
