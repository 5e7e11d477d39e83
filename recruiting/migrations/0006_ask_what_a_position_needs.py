from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("recruiting", "0005_accept_refused_applications")]

    operations = [
        migrations.AddField(
            model_name="position",
            name="form_fields",
            field=models.JSONField(
                blank=True, default=dict, editable=False, verbose_name="form fields"
            ),
        ),
    ]
