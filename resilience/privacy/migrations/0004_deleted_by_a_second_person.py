from django.db import migrations, models
from django.db.models import F, Q


class Migration(migrations.Migration):
    dependencies = [("privacy", "0003_answered_ones_propose_nothing")]

    operations = [
        migrations.AddConstraint(
            model_name="datarequest",
            constraint=models.CheckConstraint(
                condition=~Q(kind="delete", state="done")
                | Q(recorded_by__isnull=True)
                | Q(closed_by__isnull=True)
                | ~Q(closed_by=F("recorded_by")),
                name="data_request_deleted_by_a_second_person",
            ),
        )
    ]
