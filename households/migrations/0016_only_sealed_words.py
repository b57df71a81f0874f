"""Third step: the plain columns go, the sealed ones get their names and bounds."""

from django.db import migrations, models

from resilience.lib.crypto import fits


class Migration(migrations.Migration):

    dependencies = [
        ('households', '0015_seal_words'),
    ]

    operations = [
        migrations.RemoveConstraint('visit', 'visit_note_bounded'),
        migrations.RemoveField('visit', 'note'),
        migrations.RenameField('visit', 'sealed_note', 'note'),
        migrations.RemoveField('lifeevent', 'note'),
        migrations.RenameField('lifeevent', 'sealed_note', 'note'),
        migrations.RemoveField('lifeevent', 'elsewhere'),
        migrations.RenameField('lifeevent', 'sealed_elsewhere', 'elsewhere'),
        migrations.RemoveField('filechange', 'why'),
        migrations.RenameField('filechange', 'sealed_why', 'why'),
        migrations.RemoveField('filechange', 'changes'),
        migrations.RenameField('filechange', 'sealed_changes', 'changes'),
        migrations.RemoveField('resident', 'registered_elsewhere'),
        migrations.RenameField('resident', 'sealed_registered_elsewhere', 'registered_elsewhere'),
        migrations.AddConstraint('visit', models.CheckConstraint(condition=fits('note', 2000), name='visit_note_bounded')),
        migrations.AddConstraint(
            'lifeevent',
            models.CheckConstraint(condition=fits('elsewhere', 120) & fits('note', 500), name='life_event_words_bounded'),
        ),
        migrations.AddConstraint(
            'filechange',
            models.CheckConstraint(condition=fits('why', 500) & fits('changes', 20000), name='file_change_words_bounded'),
        ),
        migrations.AddConstraint(
            'resident',
            models.CheckConstraint(
                condition=fits('registered_elsewhere', 120), name='resident_registered_elsewhere_bounded'
            ),
        ),
    ]
