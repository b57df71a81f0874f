"""Fourth step: what stood in the plain columns leaves the files of the database, too.

Both databases keep freed pages and dropped columns as they were until something overwrites them. What copies of the
files there are elsewhere (backups, PostgreSQL's archived WAL) holds the words until it is thrown away.
"""

from django.db import migrations

TABLES = ('households_visit', 'households_lifeevent', 'households_filechange', 'households_resident')


def rewrite(apps, editor):
    connection = editor.connection
    if connection.in_atomic_block:  # a test's; VACUUM works only outside
        return
    with connection.cursor() as cursor:
        if connection.vendor == 'sqlite':
            cursor.execute('VACUUM')
            cursor.execute('PRAGMA wal_checkpoint(TRUNCATE)')
        else:
            for table in TABLES:
                cursor.execute(f'VACUUM (FULL, ANALYZE) {table}')


class Migration(migrations.Migration):

    atomic = False

    dependencies = [
        ('households', '0016_only_sealed_words'),
    ]

    operations = [
        migrations.RunPython(rewrite, migrations.RunPython.noop, elidable=True),
    ]
