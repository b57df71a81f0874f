from django.db import migrations


def empty(apps, schema_editor):
    """What was proposed goes when it is answered: from now on the verb does it, for those before it is done here."""
    answered = apps.get_model("privacy", "DataRequest").objects.exclude(state__in=["asked", "in_hand"])
    for row in answered.filter(kind="correct").only("proposed").iterator():
        if "value" in row.proposed:
            row.proposed = {name: said for name, said in row.proposed.items() if name == "field"}
            row.save(update_fields=["proposed"])


class Migration(migrations.Migration):
    dependencies = [("privacy", "0002_first_texts")]

    operations = [migrations.RunPython(empty, migrations.RunPython.noop)]
