"""The people API, by subject.

Whatever opens other doors (tokens, operators' work) needs a session: a token must not beget a stronger one.
"""

from ninja import Router

from laotie.people.api import addresses, agencies, applications, identity, me, operators, shops

router = Router()
for part in (me, identity, applications, addresses, shops, agencies, operators):
    router.add_router("", part.router)
