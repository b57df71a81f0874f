import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("households", "0025_looks_at_guests")]

    operations = [
        migrations.AddField(
            model_name="openingallowance",
            name="community",
            field=models.ForeignKey(
                editable=False,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to="households.region",
                verbose_name="community",
            ),
        )
    ]
