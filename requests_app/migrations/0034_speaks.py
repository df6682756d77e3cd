"""What a resident talks most easily: a language or dialect."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("requests_app", "0033_counted")]

    operations = [
        migrations.AddField(
            model_name="servicerequest",
            name="speaks",
            field=models.CharField(
                blank=True,
                choices=[
                    ("mandarin", "Mandarin"),
                    ("local", "The local dialect"),
                    ("cantonese", "Cantonese"),
                    ("wu", "Wu (Shanghai, Suzhou)"),
                    ("min", "Min (Fujian, Chaoshan)"),
                    ("hakka", "Hakka"),
                    ("sign", "Sign language"),
                    ("english", "English"),
                ],
                db_default="",
                default="",
                max_length=9,
                verbose_name="speaks best",
            ),
        ),
    ]
