"""When the people of a plan were last to be asked; not known of any plan there is."""

from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('requests_app', '0039_default_service_classes'),
    ]

    operations = [
        migrations.AddField(
            model_name='plan',
            name='pressed_at',
            field=models.DateTimeField(null=True, verbose_name='last applied on'),
        ),
    ]
