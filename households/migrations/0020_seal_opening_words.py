import resilience.lib.crypto
from django.db import migrations, models
from django.db.models import Q

SAID = "opening_says_which_other_reason"


def seal(apps, editor):
    _copy(apps, editor, 'words', 'sealed_words')


def unseal(apps, editor):
    _copy(apps, editor, 'sealed_words', 'words')


def _copy(apps, editor, source, target):
    rows = apps.get_model('households', 'Opening')._base_manager.using(editor.connection.alias)
    for pk, words in list(rows.order_by('pk').values_list('pk', source)):
        if words:
            rows.filter(pk=pk).update(**{target: words})


class Migration(migrations.Migration):
    """The table is as old as the migration before: there are few words to carry over, but all of them on the way back."""

    dependencies = [
        ('households', '0019_openings'),
    ]

    operations = [
        migrations.RemoveConstraint('opening', SAID),
        migrations.AddField(
            'opening',
            'sealed_words',
            resilience.lib.crypto.EncryptedTextField(
                aad='households.opening.words', blank=True, default=b'', verbose_name='reason in words'
            ),
        ),
        migrations.RunPython(seal, unseal, elidable=True),
        migrations.RemoveField('opening', 'words'),
        migrations.RenameField('opening', 'sealed_words', 'words'),
        migrations.AddConstraint(
            'opening', models.CheckConstraint(condition=~Q(reason='other') | ~Q(words=''), name=SAID)
        ),
    ]
