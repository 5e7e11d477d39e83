from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('mailsettings', '0014_prove_domains_each_day'),
    ]

    operations = [
        migrations.AddField(
            model_name='proberun',
            name='looked_at',
            field=models.DateTimeField(blank=True, editable=False, null=True),
        ),
    ]
