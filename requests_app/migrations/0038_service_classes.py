"""To which service class a kind of help belongs."""

import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('requests_app', '0037_default_skill_keywords'),
        ('volunteers', '0010_service_classes'),
    ]

    operations = [
        migrations.AddField(
            model_name='category',
            name='service_class',
            field=models.ForeignKey(blank=True, db_index=False, help_text='Who chose it likes this kind of help.', null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='volunteers.serviceclass', verbose_name='service class'),
        ),
    ]
