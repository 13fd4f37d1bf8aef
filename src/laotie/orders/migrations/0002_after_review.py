"""The newcomer's turnover counts per owner instead of per shop; refunds the channel refuses wait longer each time."""

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

MOVE = """
INSERT INTO orders_newcomerturnover (owner_id, counted_fen)
SELECT shop.owner_id, sum(old.counted_fen)
  FROM orders_shopturnover old JOIN people_shop shop ON shop.id = old.shop_id GROUP BY shop.owner_id
"""


class Migration(migrations.Migration):
    dependencies = [
        ("orders", "0001_initial"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.AddField("refundpart", "retry_at", models.DateTimeField(null=True)),
        migrations.RemoveConstraint("newcomerturnover", "newcomer_counted"),
        migrations.RenameModel("NewcomerTurnover", "ShopTurnover"),
        migrations.CreateModel(
            name="NewcomerTurnover",
            fields=[
                (
                    "owner",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.PROTECT,
                        primary_key=True,
                        related_name="+",
                        serialize=False,
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                ("counted_fen", models.BigIntegerField(default=0)),
            ],
            options={
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(("counted_fen__gte", 0)), name="newcomer_counted"
                    )
                ],
            },
        ),
        migrations.RunSQL(MOVE, migrations.RunSQL.noop),
        migrations.DeleteModel("ShopTurnover"),
    ]
