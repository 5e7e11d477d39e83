from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("companies", "0004_keep_subcompanies_that_limit_members")]

    operations = [
        migrations.AddField(
            model_name="membership",
            name="signature",
            field=models.TextField(blank=True, default="", max_length=2000, verbose_name="signature"),
            preserve_default=False,
        ),
    ]
