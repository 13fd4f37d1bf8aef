"""The mail port: one plain message to one person.

With LAOTIE_SMTP_HOST it goes to that server, else the catcher writes it into the data directory, where
`laotie messages` lists it. A queued mail lies encrypted in its job until it is sent.
"""

import json

from django.conf import settings
from django.core.mail import EmailMessage
from django.db import transaction

from laotie.core.crypto import decrypt, encrypt

SUBJECT_LETTERS_MAX = 200


def queue_mail(*, to: str, subject: str, text: str) -> None:
    """Send a mail once the transaction around this is committed; the worker tries again when the server is away."""
    from laotie.core.jobs import send_mail  # noqa: PLC0415 - jobs import this

    sealed = encrypt(
        json.dumps({"to": to, "subject": " ".join(subject.split())[:SUBJECT_LETTERS_MAX], "text": text})
    )
    with transaction.atomic():
        send_mail.defer(sealed=sealed)


def send_sealed_mail(sealed: str) -> None:
    """Hand a queued mail over now.

    Raises: OSError, smtplib.SMTPException.
    """
    found = json.loads(decrypt(sealed))
    EmailMessage(found["subject"], found["text"], settings.DEFAULT_FROM_EMAIL, [found["to"]]).send()
