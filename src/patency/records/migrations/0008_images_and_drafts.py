import uuid

import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('records', '0007_ways_in'),
    ]

    operations = [
        migrations.AddField(
            model_name='refund',
            name='ground',
            field=models.CharField(blank=True, default='', max_length=32),
        ),
        migrations.CreateModel(
            name='FindingsDraft',
            fields=[
                ('id', models.UUIDField(default=uuid.uuid4, editable=False, primary_key=True, serialize=False)),
                ('site', models.SlugField(max_length=64)),
                ('number', models.PositiveIntegerField()),
                ('typed', models.JSONField(null=True)),
                ('beside', models.BooleanField(default=False)),
                ('made_by', models.CharField(max_length=150)),
                ('made_at', models.DateTimeField()),
                ('visit', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='findings_drafts', to='records.visit')),
            ],
            options={
                'constraints': [models.UniqueConstraint(fields=('visit', 'number'), name='a_findings_draft_is_numbered')],
            },
        ),
        migrations.CreateModel(
            name='ImageFile',
            fields=[
                ('id', models.UUIDField(default=uuid.uuid4, editable=False, primary_key=True, serialize=False)),
                ('site', models.SlugField(max_length=64)),
                ('sha256', models.CharField(max_length=64)),
                ('size', models.BigIntegerField()),
                ('name', models.CharField(blank=True, default='', max_length=200)),
                ('is_dicom', models.BooleanField(default=False)),
                ('arrived_at', models.DateTimeField()),
                ('arrived_by', models.CharField(max_length=150)),
                ('told_number', models.CharField(blank=True, default='', max_length=64)),
                ('told_name', models.CharField(blank=True, default='', max_length=200)),
                ('told_birth_date', models.CharField(blank=True, default='', max_length=16)),
                ('told_accession', models.CharField(blank=True, default='', max_length=64)),
                ('study_uid', models.CharField(blank=True, default='', max_length=64)),
                ('image_uid', models.CharField(blank=True, default='', max_length=64)),
                ('state', models.CharField(choices=[('quarantined', 'quarantined'), ('filed', 'filed')], default='quarantined', max_length=12)),
                ('disagrees', models.JSONField(default=list)),
                ('filed_at', models.DateTimeField(null=True)),
                ('filed_by', models.CharField(blank=True, default='', max_length=150)),
                ('why', models.TextField(blank=True, default='')),
                ('patient', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='image_files', to='records.patient')),
                ('visit', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='image_files', to='records.visit')),
            ],
            options={
                'indexes': [models.Index(fields=['site', 'state', 'arrived_at'], name='images_to_file')],
                'constraints': [models.CheckConstraint(condition=models.Q(('state__in', ['filed', 'quarantined'])), name='a_state_of_an_image_we_know'), models.UniqueConstraint(fields=('site', 'sha256'), name='one_row_per_file_of_a_site'), models.CheckConstraint(condition=models.Q(models.Q(('patient__isnull', True), ('state', 'quarantined'), ('visit__isnull', True)), models.Q(('patient__isnull', False), ('state', 'filed'), ('visit__isnull', False)), _connector='OR'), name='a_filed_image_has_a_visit_and_a_woman'), models.CheckConstraint(condition=models.Q(('filed_at__isnull', True), ('filed_at__gte', models.F('arrived_at')), _connector='OR'), name='an_image_is_filed_after_it_came'), models.CheckConstraint(condition=models.Q(('site', ''), _negated=True), name='an_image_has_a_site')],
            },
        ),
    ]
