"""Public sets over HTTPS, from a server on this machine: newer, whole, within limits, and with their publisher."""

from __future__ import annotations

import contextlib
import gzip
import http.server
import io
import json
import ssl
import tarfile
import threading
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

from sousveil.errors import LimitExceeded, Malformed, Usage
from sousveil.indicators import download as module
from sousveil.indicators import fetch as fetching
from sousveil.indicators.download import download
from sousveil.indicators.fetch import fetch, release_of
from sousveil.indicators.model import IndicatorKind as K
from sousveil.indicators.model import ThreatClass
from sousveil.indicators.public_sets import public_sets
from sousveil.indicators.store import SetChange, current, load_paths, remove

COMMIT = "0123456789abcdef0123456789abcdef01234567"
MAY, JUNE = 1_777_600_000, 1_780_300_000
"""In 2026, in seconds since 1970."""


def stix(*patterns: str, name: str = "Evil") -> bytes:
    """A bundle that names no publisher, as most are published."""
    objects: list[dict[str, object]] = [{"type": "malware", "id": "malware--1", "name": name}]
    for number, pattern in enumerate(patterns):
        objects += [
            {"type": "indicator", "id": f"indicator--{number}", "pattern": pattern, "created": "2026-05-01T00:00:00Z"},
            {
                "type": "relationship",
                "id": f"relationship--{number}",
                "relationship_type": "indicates",
                "source_ref": f"indicator--{number}",
                "target_ref": "malware--1",
            },
        ]
    return json.dumps({"type": "bundle", "id": "bundle--1", "objects": objects}).encode()


def archive(files: dict[str, bytes], seconds: int = MAY, *, links: dict[str, str] | None = None) -> bytes:
    """An archive as the host of a repository makes it: one folder, the commit's time everywhere, its id in the head."""
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode="w:gz", format=tarfile.PAX_FORMAT, pax_headers={"comment": COMMIT}) as tar:
        for path, data in files.items():
            member = tarfile.TarInfo(f"repository-HEAD/{path}")
            member.size, member.mtime = len(data), seconds
            tar.addfile(member, io.BytesIO(data))
        for path, target in (links or {}).items():
            member = tarfile.TarInfo(f"repository-HEAD/{path}")
            member.type, member.linkname = tarfile.SYMTYPE, target
            tar.addfile(member)
    return out.getvalue()


@pytest.fixture(autouse=True)
def _own_data(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SOUSVEIL_DATA", str(tmp_path / "data"))
    for name in ("http_proxy", "https_proxy", "HTTPS_PROXY", "HTTP_PROXY", "all_proxy", "ALL_PROXY"):
        monkeypatch.delenv(name, raising=False)


@pytest.fixture(scope="module")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A self-made certificate for localhost with its key, in one file."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "localhost")])
    now = datetime.now(UTC)
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName("localhost")]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .sign(key, hashes.SHA256())
    )
    path = tmp_path_factory.mktemp("tls") / "localhost.pem"
    path.write_bytes(
        key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
        + made.public_bytes(serialization.Encoding.PEM)
    )
    return path


class Server:
    """Answers over HTTPS on this machine. `answers`: path -> bytes, or an address to redirect to."""

    def __init__(self, certificate: Path | None) -> None:
        self.answers: dict[str, bytes | str] = {}
        self.asked: list[str] = []
        outer = self

        class Handler(http.server.BaseHTTPRequestHandler):
            def log_message(self, format: str, *args: object) -> None:
                """Nothing."""

            def do_GET(self) -> None:
                outer.asked.append(self.path)
                answer = outer.answers.get(self.path)
                if answer is None:
                    self.send_error(404)
                elif isinstance(answer, str):
                    self.send_response(302)
                    self.send_header("Location", answer)
                    self.end_headers()
                else:
                    self.send_response(200)
                    promised = len(answer) + (5 if self.path == "/cut" else 0)
                    self.send_header("Content-Length", str(promised))
                    self.end_headers()
                    for start in range(0, len(answer), 1000 if self.path == "/slow" else 1 << 20):
                        self.wfile.write(answer[start : start + 1000] if self.path == "/slow" else answer[start:])
                        if self.path == "/slow":
                            time.sleep(0.05)

        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        scheme = "http"
        if certificate is not None:
            context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
            context.load_cert_chain(certificate)
            self.server.socket = context.wrap_socket(self.server.socket, server_side=True)
            scheme = "https"
        self.address = f"{scheme}://localhost:{self.server.server_port}"
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    def stop(self) -> None:
        self.server.shutdown()
        self.server.server_close()


@pytest.fixture
def server(certificate: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Server]:
    """A server whose certificate is trusted."""
    monkeypatch.setenv("SSL_CERT_FILE", str(certificate))
    running = Server(certificate)
    yield running
    running.stop()


def values(name: str = "amnesty") -> dict[str, list[str]]:
    """Set -> values of what was fetched."""
    return {
        one.name: [i.value for i in one.indicators]
        for one in load_paths([], bundled=False, added=True)
        if one.name.startswith(name + "/")
    }


def test_the_known_public_sets() -> None:
    assert list(public_sets()) == ["amnesty", "mvt-indicators", "echap", "citizenlab"]
    assert all(one.url.startswith("https://") for one in public_sets().values())
    assert [name for name, one in public_sets().items() if not one.commercial_use] == ["citizenlab"]


def test_fetched_then_newer(server: Server) -> None:
    files = {
        "2026_evil/evil.stix2": stix("[domain-name:value='evil.example']", "[domain-name:value='gone.example']"),
        "2026_evil/README.md": b"[domain-name:value='readme.example']",
        "2025_old/domains.txt": b"plain.example\n",
    }
    server.answers = {"/archive": "/moved", "/moved": archive(files)}
    first = fetch("amnesty", f"{server.address}/archive")
    assert (first.changed, first.sets, first.indicators) == (True, 1, 2)
    assert (first.release.version, first.release.created, first.release.revision) == (MAY, "2026-05-01", COMMIT)
    assert first.release.signer is None
    (one,) = load_paths([], bundled=False, added=True)
    assert (one.name, one.publisher, one.licence) == (
        "amnesty/2026_evil/evil",
        "Amnesty International Security Lab",
        "CC-BY 2.0",
    )
    (said,) = one.indicators[0].attributions
    assert (said.family, said.publisher, said.threat_class) == ("Evil", one.publisher, ThreatClass.MERCENARY)
    assert not fetch("amnesty", f"{server.address}/archive").changed
    files["2026_evil/evil.stix2"] = stix("[domain-name:value='evil.example']")
    files["2026_worse/worse.stix2"] = stix("[process:name='worse']")
    server.answers["/moved"] = archive(files, JUNE)
    second = fetch("amnesty", f"{server.address}/archive")
    assert second.changes == (
        SetChange(name="amnesty/2026_evil/evil", added=0, removed=1, first_removed=("gone.example",)),
        SetChange(name="amnesty/2026_worse/worse", added=1, removed=0, first_added=("worse",)),
    )
    assert values() == {"amnesty/2026_evil/evil": ["evil.example"], "amnesty/2026_worse/worse": ["worse"]}
    assert server.asked == ["/archive", "/moved"] * 3


def test_an_older_copy_is_refused(server: Server) -> None:
    server.answers = {
        "/new": archive({"a.stix2": stix("[domain-name:value='new.example']")}, JUNE),
        "/old": archive({"a.stix2": stix("[domain-name:value='old.example']")}, MAY),
        "/same": archive({"a.stix2": stix("[domain-name:value='other.example']")}, JUNE),
    }
    fetch("amnesty", f"{server.address}/new")
    for path, why in (("/old", "is older than the installed one"), ("/same", "has the same version")):
        with pytest.raises(Usage, match=why):
            fetch("amnesty", server.address + path)
        assert values() == {"amnesty/a": ["new.example"]}
    remove("amnesty")
    assert values() == {} and current("amnesty") is None
    fetch("amnesty", f"{server.address}/old")
    assert values() == {"amnesty/a": ["old.example"]}


def test_only_https(server: Server) -> None:
    plain = Server(None)
    try:
        data = archive({"a.stix2": stix("[domain-name:value='evil.example']")})
        plain.answers = {"/archive": data}
        server.answers = {"/down": f"{plain.address}/archive", "/file": "file:///etc/passwd", "/loop": "/loop"}
        for address in (
            f"{plain.address}/archive",
            f"{server.address}/down",
            f"{server.address}/file",
            f"{server.address}/loop",
            f"{server.address}/none",
            "ftp://localhost/x",
        ):
            with pytest.raises(Usage):
                fetch("amnesty", address)
        assert plain.asked == [] and values() == {}
        with pytest.raises(Usage, match="redirects to an address that is not allowed"):
            download(f"{server.address}/down", 100, https_only=False)
    finally:
        plain.stop()


def test_a_certificate_that_nobody_vouches_for(certificate: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("SSL_CERT_FILE", raising=False)
    running = Server(certificate)
    try:
        with pytest.raises(Usage, match="its certificate is not trusted here"):
            fetch("amnesty", f"{running.address}/archive")
        assert running.asked == []
    finally:
        running.stop()


def test_limits_of_size_and_time(server: Server, monkeypatch: pytest.MonkeyPatch) -> None:
    server.answers = {"/large": bytes(5000), "/slow": bytes(100_000), "/cut": bytes(100)}
    with pytest.raises(LimitExceeded, match="larger than 4,999 bytes"):
        download(f"{server.address}/large", 4999)
    assert download(f"{server.address}/large", 5000) == bytes(5000)
    with pytest.raises(LimitExceeded, match=r"sent its answer too slowly: 0.5 seconds"):
        download(f"{server.address}/slow", 1 << 20, seconds=0.5)
    with pytest.raises(Usage, match=r"cut off|cannot be read"):
        download(f"{server.address}/cut", 1 << 20)
    assert module.WHOLE_TIMEOUT <= 600


def test_archives_that_are_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    source = public_sets()["amnesty"]
    good = archive({"a.stix2": stix("[domain-name:value='evil.example']")})
    for data, why in (
        (b"<html>", "not an archive"),
        (good[:-20], "cut off"),
        (gzip.compress(b"no tar at all" * 100), "damaged"),
        (archive({"README.md": b"x"}), "contains no file of amnesty"),
        (archive({"a.stix2": b"x"}, 0), "states no time"),
        (archive({"a.stix2": b"x"}, MAY + 20 * 86_400), "a time in the future"),
    ):
        with pytest.raises(Malformed, match=why):
            release_of(source, data, "x", now=MAY)
    for place in range(0, len(good), 11):
        flipped = good[:place] + bytes([good[place] ^ 0x40]) + good[place + 1 :]
        with contextlib.suppress(Malformed, LimitExceeded):
            release_of(source, flipped, "x", now=MAY)
    monkeypatch.setattr(fetching, "MAX_UNPACKED", 1 << 20)
    with pytest.raises(LimitExceeded, match="unpacks to more than 1 MiB"):
        release_of(source, archive({"zeros": bytes(4 << 20)}), "x", now=MAY)
    monkeypatch.setattr(fetching, "MAX_ENTRIES", 3)
    with pytest.raises(LimitExceeded, match="more than 3 entries"):
        release_of(source, archive({f"{n}.stix2": b"x" for n in range(4)}), "x", now=MAY)


def test_names_and_links_of_an_archive_lead_nowhere(tmp_path: Path) -> None:
    """Paths are names of sets and no paths on this disk; links are left out."""
    data = archive(
        {"../../evil.stix2": stix("[domain-name:value='evil.example']")}, links={"link.stix2": "/etc/passwd"}
    )
    (tmp_path / "a.tar.gz").write_bytes(data)
    done = fetch("amnesty", str(tmp_path / "a.tar.gz"))
    assert (done.sets, done.indicators) == (1, 1)
    assert sorted(p.name for p in (tmp_path / "data").rglob("*") if p.is_file())[0] == "current"
    assert not list(tmp_path.parent.glob("evil*")) and len(list((tmp_path / "data/releases/amnesty").iterdir())) == 2


def test_an_archive_without_an_indicator_changes_nothing(tmp_path: Path) -> None:
    fine, empty = tmp_path / "fine", tmp_path / "empty"
    fine.write_bytes(archive({"a.stix2": stix("[domain-name:value='evil.example']")}))
    empty.write_bytes(archive({"a.stix2": stix()}, JUNE))
    fetch("amnesty", str(fine))
    with pytest.raises(Malformed, match="contains no indicator"):
        fetch("amnesty", str(empty))
    assert values() == {"amnesty/a": ["evil.example"]}
    with pytest.raises(Usage, match="There is no public set named nobody") as caught:
        fetch("nobody", str(fine))
    assert caught.value.hint == "Known public sets: amnesty, mvt-indicators, echap, citizenlab."


def test_what_review_adds_and_leaves_out(tmp_path: Path) -> None:
    (tmp_path / "mvt").write_bytes(
        archive(
            {
                "2026-05-26_btmob/btmob.stix2": stix(
                    "[ipv4-addr:value='142.251.183.138']", "[domain-name:value='evil.example']", name="BTMOB"
                ),
                "2026_cellebrite/cellebrite.stix2": stix("[app:id='com.client.appA']", name="Cellebrite"),
                "broken/broken.stix2": b'{"type": "bundle", "id": "bundle--1"',
            }
        )
    )
    done = fetch("mvt-indicators", str(tmp_path / "mvt"))
    assert [(name, entry) for name, entry, _ in done.skipped] == [
        ("mvt-indicators/2026-05-26_btmob/btmob", "142.251.183.138"),
        ("mvt-indicators/broken/broken", "broken/broken.stix2"),
    ]
    sets = {one.name.rpartition("/")[2]: one for one in load_paths([], bundled=False, added=True)}
    assert [i.kind for i in sets["btmob"].indicators] == [K.DOMAIN]
    assert sets["btmob"].indicators[0].attributions[0].threat_class is None
    assert sets["cellebrite"].indicators[0].attributions[0].threat_class is ThreatClass.EXTRACTION_TOOL
    citizen = "type,value,to_ids,date\ndomain,evil.example,1,20160824\nip-dst,192.0.2.1,0,20160824\n"
    (tmp_path / "citizen").write_bytes(archive({"201608_NSO_Group/iocs.csv": citizen.encode()}))
    fetch("citizenlab", str(tmp_path / "citizen"))
    (one,) = (one for one in load_paths([], bundled=False, added=True) if one.name.startswith("citizenlab/"))
    (said,) = one.indicators[0].attributions
    assert (said.family, said.publisher, said.ceiling, said.published) == ("Pegasus", "Citizen Lab", None, "2016-08-24")
    assert not one.commercial_use and one.context == ("192.0.2.1",)
