import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("companies", "0003_tell_errors_in_the_older_shape"),
    ]

    operations = [
        migrations.AlterField(
            model_name="membership",
            name="subcompany",
            field=models.ForeignKey(
                blank=True,
                help_text="Leave empty to see the positions of the whole company.",
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="memberships",
                to="companies.subcompany",
            ),
        ),
    ]
