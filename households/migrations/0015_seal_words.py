"""Second step: seal what is there, in short transactions. Killed, it is simply run again."""

from django.db import migrations, transaction

BATCH = 1000
COLUMNS = {
    'Visit': ('note',),
    'LifeEvent': ('note', 'elsewhere'),
    'FileChange': ('why', 'changes'),
    'Resident': ('registered_elsewhere',),
}


def seal(apps, editor):
    _copy(apps, editor.connection, lambda name: (name, f'sealed_{name}'))


def unseal(apps, editor):
    _copy(apps, editor.connection, lambda name: (f'sealed_{name}', name))


def _copy(apps, connection, direction):
    for model, names in COLUMNS.items():
        rows = apps.get_model('households', model)._base_manager.using(connection.alias).order_by('pk')
        pairs = [direction(name) for name in names]
        sources, last = [source for source, _target in pairs], 0
        while batch := list(rows.filter(pk__gt=last).values_list('pk', *sources)[:BATCH]):
            with transaction.atomic(using=connection.alias):
                for place, (_source, target) in enumerate(pairs, 1):
                    _write(connection, rows.model, target, [(row[place], row[0]) for row in batch if row[place]])
            last = batch[-1][0]


def _write(connection, model, name, values):
    field, quote = model._meta.get_field(name), connection.ops.quote_name
    statement = f'UPDATE {quote(model._meta.db_table)} SET {quote(field.column)} = %s WHERE id = %s'  # noqa: S608
    with connection.cursor() as cursor:
        cursor.executemany(statement, [(field.get_db_prep_save(value, connection), pk) for value, pk in values])


class Migration(migrations.Migration):

    atomic = False

    dependencies = [
        ('households', '0014_room_for_sealed_words'),
    ]

    operations = [
        migrations.RunPython(seal, unseal, elidable=True),
    ]
