"""Over TLS the connection goes to the checked address, and the certificate has to be the name's."""

import socket
import ssl
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import certifi
import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

from laotie.core.tests.receiver import Receiver, receiver
from laotie.events.webhooks import sending

NAME = "hooks.example.com"


def write_certificate(folder: Path) -> Path:
    """Write a self-signed certificate of NAME with its key."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, NAME)])
    now = datetime.now(UTC)
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName(NAME)]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    path = folder / "certificate.pem"
    path.write_bytes(
        key.private_bytes(
            serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
        )
        + certificate.public_bytes(serialization.Encoding.PEM)
    )
    return path


@pytest.fixture
def found(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, settings: Any) -> Iterator[tuple[Receiver, list[str]]]:
    """Run a receiver behind TLS that every name leads to; give it with the names it was asked for."""
    certificate = write_certificate(tmp_path)
    asked: list[str] = []
    server = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    server.load_cert_chain(certificate)
    server.sni_callback = lambda _socket, name, _context: asked.append(name)
    monkeypatch.setattr(certifi, "where", lambda: str(certificate))
    settings.WEBHOOKS_ALLOW_PRIVATE = True
    real = socket.getaddrinfo

    def answer(host: Any, port: Any, *rest: Any, **named: Any) -> Any:
        return real("127.0.0.1" if str(host).endswith("example.com") else host, port, *rest, **named)

    monkeypatch.setattr(socket, "getaddrinfo", answer)
    sending._tls.cache_clear()
    with receiver(tls=server) as running:
        yield running, asked
    sending._tls.cache_clear()


def test_the_name_is_asked_for_and_its_certificate_accepted(found: tuple[Receiver, list[str]]) -> None:
    running, asked = found
    outcome = sending.post(f"https://{NAME}:{running.port}/hook", headers={}, body=b"{}")
    assert (outcome.status, outcome.trouble) == (200, "")
    assert asked == [NAME]
    assert running.received[0].headers["host"] == f"{NAME}:{running.port}"


def test_another_names_certificate_is_refused(found: tuple[Receiver, list[str]]) -> None:
    running, asked = found
    outcome = sending.post(f"https://other.example.com:{running.port}/hook", headers={}, body=b"{}")
    assert (outcome.status, outcome.trouble) == (None, "connection")
    assert asked == ["other.example.com"]
    assert running.received == []
