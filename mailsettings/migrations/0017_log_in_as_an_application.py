from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('mailsettings', '0016_tell_of_unread_mailboxes'),
    ]

    operations = [
        migrations.AddField(
            model_name='oauthgrant',
            name='tenant',
            field=models.CharField(blank=True, default='', editable=False, max_length=253, verbose_name='tenant'),
        ),
    ]
