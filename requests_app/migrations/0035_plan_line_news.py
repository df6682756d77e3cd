"""What a plan computed again proposes otherwise than before; empty in every line there is."""

from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('requests_app', '0034_speaks'),
    ]

    operations = [
        migrations.AddField(
            model_name='planline',
            name='news',
            field=models.CharField(blank=True, choices=[('new', 'New'), ('changed', 'Changed')], max_length=7, verbose_name='since the plan before'),
        ),
    ]
