from django.db import migrations, models
from django.db.models import Q
from django.utils import timezone

from resilience.lib.dates import MAX_MOMENT, MIN_MOMENT

RECORDS = ("requests", "photos", "visits", "needs", "people", "files")
AT_LEAST = {90: RECORDS, 7: ("messages",)}


def keep_longer(apps, schema_editor):
    """No rule that is there keeps less than what may be; and each holds as it did."""
    rules = apps.get_model("households", "RetentionRule").objects
    for days, subjects in AT_LEAST.items():
        rules.filter(subject__in=subjects, keep_days__lt=days).update(keep_days=days)


class Migration(migrations.Migration):
    dependencies = [("households", "0023_rows_about_people_unscoped")]

    operations = [
        migrations.AddField(
            model_name="retentionrule",
            name="written_at",
            field=models.DateTimeField(default=MIN_MOMENT, editable=False, verbose_name="written"),
        ),
        migrations.AddField(
            model_name="historicalretentionrule",
            name="written_at",
            field=models.DateTimeField(default=MIN_MOMENT, editable=False, verbose_name="written"),
        ),
        migrations.AlterField(
            model_name="retentionrule",
            name="written_at",
            field=models.DateTimeField(default=timezone.now, editable=False, verbose_name="written"),
        ),
        migrations.AlterField(
            model_name="historicalretentionrule",
            name="written_at",
            field=models.DateTimeField(default=timezone.now, editable=False, verbose_name="written"),
        ),
        migrations.RunPython(keep_longer, migrations.RunPython.noop),
        migrations.AddConstraint(
            model_name="retentionrule",
            constraint=models.CheckConstraint(
                condition=~Q(subject__in=RECORDS) | Q(keep_days__gte=90),
                name="retention_of_records_ninety_days_at_least",
                violation_error_message="This is kept for at least 90 days.",
            ),
        ),
        migrations.AddConstraint(
            model_name="retentionrule",
            constraint=models.CheckConstraint(
                condition=~Q(subject="messages") | Q(keep_days__gte=7),
                name="retention_of_messages_a_week_at_least",
                violation_error_message="Messages are kept for at least 7 days.",
            ),
        ),
        migrations.AddConstraint(
            model_name="retentionrule",
            constraint=models.CheckConstraint(
                condition=Q(written_at__gte=MIN_MOMENT, written_at__lte=MAX_MOMENT), name="retention_rule_time_bounded"
            ),
        ),
    ]
