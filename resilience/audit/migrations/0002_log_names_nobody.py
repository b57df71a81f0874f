import json

from django.db import migrations

ABOUT_PEOPLE = [
    ("accounts", "user"), ("exports", "export"),
    *(
        ("households", name)
        for name in (
            "appointment", "assignment", "filechange", "household", "householdphone", "lifeevent", "opening",
            "openingallowance", "photo", "requestevent", "requestitem", "resident", "residentneed", "responsibility",
            "servicerequest", "visit",
        )
    ),
]  # fmt: skip


def name_nobody(apps, schema_editor):
    """Django's log of the administration called rows about people by their names: what is written already goes."""
    log = apps.get_model("admin", "LogEntry").objects
    for app, model in ABOUT_PEOPLE:
        log.filter(content_type__app_label=app, content_type__model=model).update(object_repr="")
    told = log.filter(change_message__contains='"object"').only("change_message")
    for entry in told.iterator():  # of rows edited beneath their owner
        try:
            message = json.loads(entry.change_message)
        except ValueError:
            continue
        for said in (said for each in message for said in each.values() if "object" in said):
            said["object"] = ""
        entry.change_message = json.dumps(message)
        entry.save(update_fields=["change_message"])


class Migration(migrations.Migration):
    dependencies = [
        ("audit", "0001_initial"),
        ("admin", "0003_logentry_add_action_flag_choices"),
        ("contenttypes", "0002_remove_content_type_name"),
    ]

    operations = [migrations.RunPython(name_nobody, migrations.RunPython.noop)]
