"""Whether a request without a wished time is wanted as soon as possible; a constant default, so no row is rewritten."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [('requests_app', '0028_patience')]

    operations = [
        migrations.AddField(
            model_name='servicerequest',
            name='as_soon_as_possible',
            field=models.BooleanField(db_default=False, default=False, verbose_name='as soon as possible'),
        ),
    ]
