from django.db import migrations, models

import laotie.orders.states


class Migration(migrations.Migration):

    dependencies = [
        ('orders', '0005_requests_become_cases'),
    ]

    operations = [
        migrations.RenameField(
            model_name='refund',
            old_name='requested_at',
            new_name='agreed_at',
        ),
        migrations.RemoveField(
            model_name='refund',
            name='answer',
        ),
        migrations.RemoveField(
            model_name='refund',
            name='answer_by',
        ),
        migrations.RemoveField(
            model_name='refund',
            name='answered_at',
        ),
        migrations.AddConstraint(
            model_name='refund',
            constraint=models.CheckConstraint(condition=models.Q(('state__in', ['agreed', 'succeeded'])), name='refund_state'),
        ),
    ]
