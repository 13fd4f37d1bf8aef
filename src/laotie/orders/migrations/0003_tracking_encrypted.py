"""Tracking numbers become encrypted, those already there as well, with a keyed hash to find them by."""

from django.db import migrations, models

import laotie.core.crypto

BATCH = 1_000


def encrypt_numbers(apps, schema_editor):
    """Encrypt what is there in clear, in batches."""
    from laotie.orders.tracking import hash_tracking_number

    with schema_editor.connection.cursor() as cursor:
        while True:
            cursor.execute(
                "SELECT id, tracking_number FROM orders_parcel WHERE tracking_hash = '' AND tracking_number <> ''"
                " ORDER BY id LIMIT %s",
                [BATCH],
            )
            rows = cursor.fetchall()
            if not rows:
                return
            cursor.executemany(
                "UPDATE orders_parcel SET tracking_number = %s, tracking_hash = %s WHERE id = %s",
                [(laotie.core.crypto.encrypt(number), hash_tracking_number(number), pk) for pk, number in rows],
            )


def decrypt_numbers(apps, schema_editor):
    """Put the numbers back in clear."""
    with schema_editor.connection.cursor() as cursor:
        cursor.execute("SELECT id, tracking_number FROM orders_parcel WHERE tracking_hash <> ''")
        for pk, token in cursor.fetchall():
            cursor.execute(
                "UPDATE orders_parcel SET tracking_number = %s, tracking_hash = '' WHERE id = %s",
                [laotie.core.crypto.decrypt(token), pk],
            )


class Migration(migrations.Migration):
    dependencies = [
        ("orders", "0002_after_review"),
    ]

    operations = [
        migrations.AddField(
            model_name="parcel",
            name="tracking_hash",
            field=models.CharField(blank=True, max_length=64, default=""),
            preserve_default=False,
        ),
        migrations.AlterField(model_name="parcel", name="tracking_number", field=models.TextField()),
        migrations.RunPython(encrypt_numbers, decrypt_numbers),
        migrations.AlterField(
            model_name="parcel", name="tracking_number", field=laotie.core.crypto.EncryptedTextField()
        ),
        migrations.AddIndex(
            model_name="parcel", index=models.Index(fields=["tracking_hash"], name="parcel_tracking_hash")
        ),
    ]
