from django.apps.registry import Apps
from django.db import migrations, models
from django.db.backends.base.schema import BaseDatabaseSchemaEditor

# As `default_tables` marks them in a new database.
SHARED = ["repair", "repair-water", "repair-power", "repair-gas", "repair-heat", "repair-lift"]


def mark(apps: Apps, schema_editor: BaseDatabaseSchemaEditor) -> None:
    categories = apps.get_model("households", "Category").objects.using(schema_editor.connection.alias)
    categories.filter(code__in=SHARED).update(is_shared=True)


class Migration(migrations.Migration):
    dependencies = [("households", "0007_event_key")]

    operations = [
        migrations.AddField(
            model_name=model,
            name="is_shared",
            field=models.BooleanField(
                default=False,
                help_text="Like heating or the lift: neighbours who ask for it within days probably mean the same.",
                verbose_name="what one has, the whole stair may have",
            ),
        )
        for model in ("category", "historicalcategory")
    ] + [migrations.RunPython(mark, migrations.RunPython.noop, elidable=True)]
