"""The default words for the default skills of installations that are in use already."""

from django.db import migrations

from requests_app.default_keywords import SKILL_KEYWORDS


def write(apps, schema_editor):
    Skill = apps.get_model("volunteers", "Skill")
    for code, words in SKILL_KEYWORDS.items():
        Skill.objects.filter(code=code, keywords="").update(keywords=words)


class Migration(migrations.Migration):
    dependencies = [("requests_app", "0036_skills_of_a_request"), ("volunteers", "0009_skill_keywords")]

    operations = [migrations.RunPython(write, migrations.RunPython.noop)]
