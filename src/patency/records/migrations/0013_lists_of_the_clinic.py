from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('records', '0012_quality'),
    ]

    operations = [
        migrations.AddIndex(
            model_name='criticalfinding',
            index=models.Index(condition=models.Q(('told_at__isnull', True)), fields=['site', 'due_at'], name='critical_findings_to_tell'),
        ),
        migrations.AddIndex(
            model_name='followup',
            index=models.Index(fields=['site', 'state', 'exam_day'], name='follow_ups_of_a_site'),
        ),
        migrations.AddIndex(
            model_name='imagefile',
            index=models.Index(fields=['site', 'state', '-filed_at'], name='images_filed_last'),
        ),
        migrations.AddIndex(
            model_name='payment',
            index=models.Index(fields=['site', 'at'], name='payments_of_a_day'),
        ),
        migrations.AddIndex(
            model_name='pregnancyepisode',
            index=models.Index(condition=models.Q(('closed_at__isnull', True)), fields=['site', 'opened_at'], name='pregnancies_followed'),
        ),
        migrations.AddIndex(
            model_name='referral',
            index=models.Index(condition=models.Q(('answered_at__isnull', True)), fields=['site', 'answer_due'], name='referrals_not_answered'),
        ),
        migrations.AddIndex(
            model_name='refund',
            index=models.Index(fields=['site', 'at'], name='refunds_of_a_day'),
        ),
        migrations.AddIndex(
            model_name='release',
            index=models.Index(condition=models.Q(('released_at__isnull', True)), fields=['site', 'due_at'], name='reports_to_release'),
        ),
        migrations.AddIndex(
            model_name='release',
            index=models.Index(fields=['site', '-released_at'], name='reports_released_last'),
        ),
        migrations.AddIndex(
            model_name='report',
            index=models.Index(fields=['site', 'status'], name='reports_of_a_site'),
        ),
    ]
