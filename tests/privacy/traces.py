"""Looking for what ought to be gone: through every column of every table, decrypted."""

from django.apps import apps
from django.db import connection


def tables_that_say(*words: str) -> set[str]:
    """Returns "app.model.column" for each column in which one of `words` stands, whatever the table."""
    existing = set(connection.introspection.table_names())
    found = set()
    for model in apps.get_models(include_auto_created=True):
        if model._meta.db_table not in existing:
            continue
        for row in model._base_manager.all():
            for field in model._meta.local_concrete_fields:
                said = str(getattr(row, field.attname))
                if any(word in said for word in words):
                    found.add(f"{model._meta.label_lower}.{field.name}")
    return found
