from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("households", "0004_queue_of_a_grid")]

    operations = [
        migrations.AddField(
            model_name="requestevent",
            name="key",
            field=models.UUIDField(editable=False, null=True, unique=True),
        ),
    ]
