from typing import Any

import django.db.models.deletion
import django.utils.timezone
from django.db import migrations, models
from django.db.models.functions import JSONObject


def keep_sentences(apps: Any, _schema: object) -> None:
    """What was told in a sentence so far is told by it from now on."""
    told = apps.get_model("recruiting", "Message").objects.exclude(reason="")
    told.update(why="told", why_about=JSONObject(text="reason"))


class Migration(migrations.Migration):

    dependencies = [
        ('companies', '0007_dress_the_career_site'),
        ('recruiting', '0018_keep_what_our_receiver_said'),
    ]

    operations = [
        migrations.AddField(
            model_name='message',
            name='archived_as',
            field=models.CharField(blank=True, choices=[('not_candidate', 'Not a candidate'), ('spam', 'Spam'), ('machine', 'Machine mail'), ('deleted', 'Deleted')], default='', max_length=15, verbose_name='archived as'),
        ),
        migrations.AddField(
            model_name='message',
            name='why',
            field=models.CharField(blank=True, max_length=20, verbose_name='why it is here'),
        ),
        migrations.AddField(
            model_name='message',
            name='why_about',
            field=models.JSONField(blank=True, default=dict, editable=False),
        ),
        migrations.RunPython(keep_sentences, migrations.RunPython.noop),
        migrations.RemoveField(
            model_name='message',
            name='reason',
        ),
        migrations.CreateModel(
            name='MailRule',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('pattern', models.CharField(max_length=255, verbose_name='mail from')),
                ('treat', models.CharField(choices=[('not_candidate', 'Not a candidate'), ('spam', 'Spam'), ('machine', 'Machine mail')], max_length=15, verbose_name='is')),
                ('hits', models.PositiveIntegerField(default=0, editable=False, verbose_name='put away')),
                ('created_at', models.DateTimeField(default=django.utils.timezone.now, editable=False, verbose_name='created')),
                ('author', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to='companies.membership')),
                ('company', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='mail_rules', to='companies.company')),
                ('subcompany', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.CASCADE, related_name='+', to='companies.subcompany')),
            ],
            options={
                'verbose_name': 'mail rule',
                'verbose_name_plural': 'mail rules',
                'ordering': ['pattern'],
                'constraints': [models.UniqueConstraint(condition=models.Q(('subcompany', None)), fields=('company', 'pattern'), name='recruiting_rule_once'), models.UniqueConstraint(condition=models.Q(('subcompany__isnull', False)), fields=('company', 'subcompany', 'pattern'), name='recruiting_rule_once_there')],
            },
        ),
    ]
