"""The default words for the default categories of installations that are in use already."""

from django.db import migrations

from requests_app.default_keywords import KEYWORDS


def write(apps, schema_editor):
    Category = apps.get_model("requests_app", "Category")
    for code, words in KEYWORDS.items():
        Category.objects.filter(code=code, keywords="").update(keywords=words)


class Migration(migrations.Migration):

    dependencies = [
        ("requests_app", "0011_keywords"),
    ]

    operations = [migrations.RunPython(write, migrations.RunPython.noop)]
