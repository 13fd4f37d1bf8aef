"""The database's own guards: postings balance, and nothing that was posted is edited or deleted."""

from django.db import migrations

REFUSE_CHANGE = """
CREATE FUNCTION ledger_refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  RAISE EXCEPTION '% is only ever added to: % refused.', TG_TABLE_NAME, TG_OP
    USING ERRCODE = 'integrity_constraint_violation';
END $$;
CREATE TRIGGER ledger_posting_append_only BEFORE UPDATE OR DELETE ON ledger_posting
  FOR EACH ROW EXECUTE FUNCTION ledger_refuse_change();
CREATE TRIGGER ledger_leg_append_only BEFORE UPDATE OR DELETE ON ledger_leg
  FOR EACH ROW EXECUTE FUNCTION ledger_refuse_change();
CREATE TRIGGER ledger_holduse_append_only BEFORE UPDATE OR DELETE ON ledger_holduse
  FOR EACH ROW EXECUTE FUNCTION ledger_refuse_change();
"""

# All legs of a posting come in one statement, so the statement's own rows must balance.
REQUIRE_BALANCE = """
CREATE FUNCTION ledger_require_balance() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE unbalanced bigint;
BEGIN
  SELECT posting_id INTO unbalanced FROM added GROUP BY posting_id
    HAVING sum(amount_fen) <> 0 OR min(currency) <> max(currency) LIMIT 1;
  IF FOUND THEN
    RAISE EXCEPTION 'The legs of posting % do not balance.', unbalanced
      USING ERRCODE = 'integrity_constraint_violation';
  END IF;
  RETURN NULL;
END $$;
CREATE TRIGGER ledger_leg_balanced AFTER INSERT ON ledger_leg REFERENCING NEW TABLE AS added
  FOR EACH STATEMENT EXECUTE FUNCTION ledger_require_balance();
"""

DROP = """
DROP TRIGGER ledger_leg_balanced ON ledger_leg;
DROP TRIGGER ledger_holduse_append_only ON ledger_holduse;
DROP TRIGGER ledger_leg_append_only ON ledger_leg;
DROP TRIGGER ledger_posting_append_only ON ledger_posting;
DROP FUNCTION ledger_require_balance();
DROP FUNCTION ledger_refuse_change();
"""


class Migration(migrations.Migration):
    dependencies = [("ledger", "0001_initial")]
    operations = [migrations.RunSQL(REFUSE_CHANGE + REQUIRE_BALANCE, DROP)]
