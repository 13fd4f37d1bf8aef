"""What was asked for leaves the refunds, which are money only from now on, for the after-sale cases."""

from django.db import migrations

FORWARDS = """
INSERT INTO orders_aftersale (order_id, line_id, kind, state, goods_fen, freight_fen, quantity, reason, answer, refusals,
    return_carrier, return_tracking_number, requested_at, moved_at, act_by)
SELECT order_id, line_id, 'refund_only',
    CASE state WHEN 'requested' THEN 'requested' ELSE 'closed' END, goods_fen, freight_fen, quantity, reason, answer,
    CASE state WHEN 'refused' THEN 1 ELSE 0 END, '', '', requested_at, coalesce(answered_at, requested_at),
    CASE state WHEN 'requested' THEN answer_by END
FROM orders_refund WHERE state IN ('requested', 'refused', 'withdrawn') ORDER BY id;
DELETE FROM orders_ordermove WHERE refund_id IN
    (SELECT id FROM orders_refund WHERE state IN ('requested', 'refused', 'withdrawn'));
DELETE FROM orders_ordermove WHERE refund_id IS NOT NULL AND new = 'requested';
DELETE FROM orders_refund WHERE state IN ('requested', 'refused', 'withdrawn');
UPDATE orders_refund SET requested_at = coalesce(answered_at, requested_at);
"""


class Migration(migrations.Migration):
    dependencies = [("orders", "0004_after_sale")]
    operations = [migrations.RunSQL(FORWARDS, migrations.RunSQL.noop)]
