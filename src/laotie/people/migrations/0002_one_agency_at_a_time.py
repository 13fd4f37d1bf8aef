"""A creator is with one agency at a time, whatever two transactions believe.

Both sides of the constraint are ranges, which GiST indexes without an extension.
"""

from django.db import migrations

FORWARD = """
ALTER TABLE people_agencycontract ADD CONSTRAINT agency_contract_no_overlap EXCLUDE USING gist (
    int8range(creator_id, creator_id, '[]') WITH &&,
    tstzrange(starts_at, ends_at) WITH &&
) WHERE (state IN ('accepted', 'terminated'))
"""
BACKWARD = "ALTER TABLE people_agencycontract DROP CONSTRAINT agency_contract_no_overlap"


class Migration(migrations.Migration):
    dependencies = [("people", "0001_initial")]
    operations = [migrations.RunSQL(FORWARD, BACKWARD)]
