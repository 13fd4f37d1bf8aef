"""The port for text messages: a purpose (as login_code) with its values, to one mobile number.

LAOTIE_SMS_PROVIDER chooses who sends: `catch` (a file in the data directory), `http` (any service behind a signed
request) or `aliyun`. Codes are in no log and in no table: a queued message lies encrypted in its job.
"""

from laotie.core.sms.sending import SmsUnavailable, TextMessage, queue_sms, send_sealed

__all__ = ["SmsUnavailable", "TextMessage", "queue_sms", "send_sealed"]
