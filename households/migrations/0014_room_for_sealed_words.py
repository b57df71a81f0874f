"""First of four steps: columns beside those that will be sealed."""

from django.db import migrations

import resilience.lib.crypto


def _text(label, length, words):
    return resilience.lib.crypto.EncryptedTextField(
        aad=f'households.{label}', blank=True, default='', max_length=length, verbose_name=words
    )


class Migration(migrations.Migration):

    dependencies = [
        ('households', '0013_fingerprints_know_their_source'),
    ]

    operations = [
        migrations.AddField('visit', 'sealed_note', _text('visit.note', 2000, 'note')),
        migrations.AddField('lifeevent', 'sealed_note', _text('lifeevent.note', 500, 'note')),
        migrations.AddField('lifeevent', 'sealed_elsewhere', _text('lifeevent.elsewhere', 120, 'place outside the register')),
        migrations.AddField('filechange', 'sealed_why', _text('filechange.why', 500, 'why')),
        migrations.AddField(
            'filechange',
            'sealed_changes',
            resilience.lib.crypto.EncryptedJSONField(aad='households.filechange.changes', blank=True, default=list, verbose_name='from – to'),
        ),
        migrations.AddField('resident', 'sealed_registered_elsewhere', _text('resident.registered_elsewhere', 120, 'registered elsewhere')),
    ]
