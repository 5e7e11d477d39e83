from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('recruiting', '0012_let_positions_differ_in_their_letters'),
    ]

    operations = [
        migrations.AlterField(
            model_name='source',
            name='acknowledge',
            field=models.BooleanField(default=False, help_text='Of those who come through the interface with this channel. Off where a job board writes to applicants itself.', verbose_name='acknowledge applications'),
        ),
    ]
