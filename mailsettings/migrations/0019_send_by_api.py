import django.utils.timezone
import mailsettings.encryption
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('mailsettings', '0018_find_mails_by_state'),
    ]

    operations = [
        migrations.AddField(
            model_name='mailbox',
            name='sends_by',
            field=models.CharField(choices=[('smtp', 'SMTP'), ('graph', 'Microsoft Graph'), ('gmail', 'Gmail API')], default='smtp', editable=False, max_length=10, verbose_name='way out'),
        ),
        migrations.AddField(
            model_name='oauthgrant',
            name='reaches_api',
            field=models.BooleanField(default=False, editable=False, verbose_name='for the API too'),
        ),
        migrations.AddField(
            model_name='oauthgrant',
            name='api_token',
            field=mailsettings.encryption.SealedField(blank=True, default='', editable=False),
        ),
        migrations.AddField(
            model_name='oauthgrant',
            name='api_expires_at',
            field=models.DateTimeField(default=django.utils.timezone.now, editable=False),
        ),
    ]
