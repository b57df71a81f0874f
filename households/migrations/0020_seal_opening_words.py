import resilience.lib.crypto
from django.db import migrations, models
from django.db.models import Q

SAID = "opening_says_which_other_reason"


class Migration(migrations.Migration):
    """The table is as old as the migration before, so there are no words to carry over."""

    dependencies = [
        ('households', '0019_openings'),
    ]

    operations = [
        migrations.RemoveConstraint('opening', SAID),
        migrations.RemoveField('opening', 'words'),
        migrations.AddField(
            'opening',
            'words',
            resilience.lib.crypto.EncryptedTextField(
                aad='households.opening.words', blank=True, default=b'', verbose_name='reason in words'
            ),
        ),
        migrations.AddConstraint(
            'opening', models.CheckConstraint(condition=~Q(reason='other') | ~Q(words=''), name=SAID)
        ),
    ]
