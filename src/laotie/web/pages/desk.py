"""The way in: which desks a person has."""

from django.http import HttpResponse

from laotie.people import queries as people
from laotie.web.desk import Desk, desk_page


@desk_page
def choose_desk(desk: Desk) -> HttpResponse:
    """Show the shops, the creator's desk, the agencies and the operator's desk that are mine."""
    me = people.get_account(desk.account_id)
    values = {
        "me": me,
        "shops": people.list_shops_of(account_id=me.id),
        "agencies": people.list_agencies_of(account_id=me.id),
    }
    return desk.render("desk/choose.html", values)
