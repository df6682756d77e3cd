"""The service classes of the default categories, for installations that are in use already."""

from django.db import migrations

from requests_app.defaults import CLASS_OF


def write(apps, schema_editor):
    Category = apps.get_model("requests_app", "Category")
    ServiceClass = apps.get_model("volunteers", "ServiceClass")
    ids = dict(ServiceClass.objects.values_list("code", "pk"))
    for code, service_class in CLASS_OF.items():
        if service_class in ids:
            mine = Category.objects.filter(code=code, service_class=None)
            mine.update(service_class_id=ids[service_class])


class Migration(migrations.Migration):
    dependencies = [("requests_app", "0038_service_classes")]

    operations = [migrations.RunPython(write, migrations.RunPython.noop)]
