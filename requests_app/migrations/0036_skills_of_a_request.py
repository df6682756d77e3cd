"""The skills that the desk chose for one request."""

import django.contrib.postgres.fields
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('requests_app', '0035_plan_line_news'),
    ]

    operations = [
        migrations.AddField(
            model_name='servicerequest',
            name='skills',
            field=django.contrib.postgres.fields.ArrayField(base_field=models.IntegerField(), blank=True, db_default=[], default=list, size=None, verbose_name='skills chosen for it'),
        ),
    ]
