from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('records', '0013_lists_of_the_clinic'),
    ]

    operations = [
        migrations.AddIndex(
            model_name='message',
            index=models.Index(fields=['site', 'state', '-made_at'], name='messages_by_state'),
        ),
    ]
