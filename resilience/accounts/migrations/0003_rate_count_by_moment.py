from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('accounts', '0002_bounded_days'),
    ]

    # What was counted before is forgotten: it would have been within the hour.
    operations = [
        migrations.RemoveConstraint(model_name='ratecount', name='rate_count_bounded'),
        migrations.RemoveIndex(model_name='ratecount', name='rate_count_window'),
        migrations.RemoveField(model_name='ratecount', name='tries'),
        migrations.RemoveField(model_name='ratecount', name='window_at'),
        migrations.AddField(model_name='ratecount', name='free_at', field=models.BigIntegerField(default=0), preserve_default=False),
        migrations.AddIndex(model_name='ratecount', index=models.Index(fields=['free_at'], name='rate_count_free')),
        migrations.AddConstraint(
            model_name='ratecount',
            constraint=models.CheckConstraint(condition=models.Q(('free_at__gte', 0), ('free_at__lte', 4102444800000000)), name='rate_count_bounded'),
        ),
    ]
