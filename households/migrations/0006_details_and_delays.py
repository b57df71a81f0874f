from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import migrations, models
from django.db.models import F, Q

MINUTES_HELP = (
    "A day has 1440 minutes. Where the category’s clock runs in office hours only, count those:"
    " from 8:30 to 18:00 a day has 570, a week 2850."
)
DELAYS = {
    "urgent_lead_after_minutes": (15, "urgent: tell the grid lead when overdue by (minutes)", ""),
    "urgent_desk_after_minutes": (60, "urgent: tell the desk when overdue by (minutes)", ""),
    "life_lead_after_minutes": (0, "life in danger: tell the grid lead again when overdue by (minutes)", ""),
    "life_desk_after_minutes": (
        5,
        "life in danger: tell the desk again when overdue by (minutes)",
        "All three are told at once when it is filed; this is for when nobody takes it.",
    ),
}
KINDS = [
    ("submitted", "asked"),
    ("taken_up", "taken up by the desk"),
    ("assigned", "given to a worker"),
    ("accepted", "accepted by the worker"),
    ("declined", "declined by the worker"),
    ("handed_over", "handed over"),
    ("started", "started"),
    ("visited", "visited"),
    ("note", "note"),
    ("reply", "reply to the resident"),
    ("paused", "waiting for the resident"),
    ("resumed", "clock runs again"),
    ("item", "one need answered"),
    ("resolved", "resolved"),
    ("confirmed", "answered by the resident"),
    ("closed", "closed"),
    ("reopened", "reopened"),
    ("rejected", "not taken up"),
    ("cancelled", "cancelled"),
    ("taken_back", "cancellation taken back"),
    ("merged", "joined to another request"),
    ("unmerged", "separated again"),
    ("twin", "another request was joined"),
    ("escalated", "escalated"),
    ("edited", "corrected"),
    ("called", "called to ask whether it is still needed"),
]


def _minutes(default: int, label: str, help_text: str) -> models.Field:
    return models.PositiveIntegerField(label, default=default, validators=[MaxValueValidator(43_200)], help_text=help_text)


class Migration(migrations.Migration):
    dependencies = [("households", "0005_bounded_days")]

    operations = [
        migrations.AddField(
            model_name="requestevent",
            name="details",
            field=models.JSONField(blank=True, default=dict, verbose_name="details"),
        ),
        migrations.AlterField(
            model_name="requestevent",
            name="kind",
            field=models.CharField(choices=KINDS, max_length=12, verbose_name="what"),
        ),
        *(
            migrations.AddField(model_name=model, name=name, field=_minutes(*column))
            for model in ("houserules", "historicalhouserules")
            for name, column in DELAYS.items()
        ),
        *(
            migrations.AddConstraint(
                model_name="houserules",
                constraint=models.CheckConstraint(
                    condition=Q(**{f"{urgency}_desk_after_minutes__gte": F(f"{urgency}_lead_after_minutes")}),
                    name=f"{urgency}_desk_is_told_after_the_lead",
                ),
            )
            for urgency in ("urgent", "life")
        ),
        *(
            migrations.AlterField(
                model_name=model,
                name="respond_minutes",
                field=models.PositiveIntegerField(
                    "respond within (minutes)",
                    help_text=MINUTES_HELP,
                    validators=[MinValueValidator(1), MaxValueValidator(525_600)],
                ),
            )
            for model in ("clockrule", "historicalclockrule")
        ),
    ]
