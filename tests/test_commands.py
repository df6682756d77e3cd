"""Commands on a database that is not ready say what to do, in one line."""

import pytest
from django.core.management import CommandError, call_command
from django.db import connection
from django.db.migrations.loader import MigrationLoader
from django.db.migrations.recorder import MigrationRecorder

COMMANDS = {
    "demo_accounts": [],
    "load_demo": [],
    "import_requests": ["x.xlsx", "--area", "1", "--category", "errand", "--by", "x"],
    "check_consistency": [],
    "install_defaults": [],
    "train_suggestions": [],
    "load_areas": ["x.geojson"],
}


@pytest.mark.django_db
@pytest.mark.parametrize("command", COMMANDS)
def test_a_command_before_the_migrations_says_to_migrate(command: str) -> None:
    [newest] = MigrationLoader(connection).graph.leaf_nodes("privacy")
    MigrationRecorder(connection).record_unapplied(*newest)
    with pytest.raises(CommandError) as refusal:
        call_command(command, *COMMANDS[command])
    said = "The database is not ready: 1 migration is not applied. Run script/manage migrate first."
    assert str(refusal.value) == said
