from django.db import migrations

from resilience.privacy.default_texts import TEXTS


def write(apps, schema_editor):
    """The first version of each, where staff have not written one."""
    consent_text = apps.get_model("privacy", "ConsentText")
    for purpose, (words_zh, words_en) in TEXTS.items():
        first = {"version": 1, "words_zh": words_zh, "words_en": words_en, "from_date": "2026-01-01"}
        if not consent_text.objects.filter(purpose=purpose).exists():
            consent_text.objects.create(purpose=purpose, **first)


class Migration(migrations.Migration):
    dependencies = [("privacy", "0001_initial")]

    operations = [migrations.RunPython(write, migrations.RunPython.noop)]
