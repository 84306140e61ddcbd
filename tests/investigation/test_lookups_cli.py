"""A look-up as people make it: two key processes, an exchange, a newsroom, two holders. No number is found anywhere."""

from __future__ import annotations

import hashlib
import json
import re
import socket
import time
from collections.abc import Sequence
from contextlib import ExitStack
from pathlib import Path
from subprocess import CompletedProcess

from sousveil.cases.folder import encrypted_for
from sousveil.ledger.keys import PrivateKey
from tests import forked
from tests.investigation.drawn import holders, leaks, national, numbers

TOKEN = "a token of a test of the verbs"
REASON = "He was killed and his editors want to know"


def free_ports(count: int) -> list[int]:
    """Ports of loopback that nobody uses now."""
    with ExitStack() as stack:
        sockets = [stack.enter_context(socket.socket()) for _ in range(count)]
        for one in sockets:
            one.bind(("127.0.0.1", 0))
        return [one.getsockname()[1] for one in sockets]


def test_from_a_list_to_an_answer(tmp_path: Path) -> None:
    clear, temporary = tmp_path / "clear", tmp_path / "tmp"
    for folder in (clear, temporary):
        folder.mkdir()
    environment = {"TMPDIR": str(temporary), "SOUSVEIL_DEBUG": "1", "HOME": str(temporary), "PATH": "/usr/bin:/bin"}
    outputs: list[bytes] = []

    def done(code: int, *words: object, stdin: bytes = b"") -> str:
        given = ["investigation", *map(str, words)]
        ran: CompletedProcess[bytes] = forked.run(given, environment=environment, folder=tmp_path, stdin=stdin)
        outputs.extend([ran.stdout, ran.stderr])
        assert ran.returncode == code, ran.stderr.decode()
        return ran.stdout.decode()

    def options(name: str, values: Sequence[object]) -> list[object]:
        return [word for value in values for word in (name, value)]

    listed, others = numbers(12), numbers(8, "FR")
    people = holders(clear, 3)
    (clear / "rooms").mkdir()
    reader = holders(clear / "rooms", 1)[0]
    both = options("--identity", [people[0].file, people[1].file])
    signers, room = [PrivateKey.new() for _ in range(2)], [PrivateKey.new() for _ in range(2)]
    for name, key in zip(("s0", "s1", "r0", "r1"), (*signers, *room), strict=True):
        key.save(clear / name)
    signing, asking = options("--sign", [clear / "s0", clear / "s1"]), options("--by", [clear / "r0", clear / "r1"])
    (clear / "list.csv").write_text(
        "number,selected at,client\n" + "".join(f"{value},2019-05-03 14:22Z,Client A\n" for value in listed)
    )
    done(0, "init", "vault", *options("--holder", [one.recipient for one in people]))
    done(0, "import", clear / "list.csv", *both)

    (tmp_path / "keys").mkdir()
    (tmp_path / "keys" / "token").write_text(TOKEN + "\n")
    (tmp_path / "keys" / "room").write_text(TOKEN + " and the exchange\n")
    ports = free_ports(3)
    made = [done(0, "key", "new", tmp_path / "keys" / f"key{place}").split()[-1].rstrip(".") for place in (0, 1)]
    config = {
        "name": "exchange-of-a-test",
        "keys": made,
        "signers": [one.public.raw.hex() for one in signers],
        "newsrooms": [{"name": "first", "people": [k.public.raw.hex() for k in room]}],
        "limits": {"request": 30, "day": 40, "newsroom": 100, "all": 100},
    }
    (clear / "config.json").write_text(json.dumps(config))
    done(0, "exchange", "init", "exchange", clear / "config.json")
    served = [
        [
            "key",
            "serve",
            f"keys/key{place}",
            "--port",
            ports[place],
            "--client",
            "keys/token",
            12,
            "--client",
            "keys/room",
            40,
        ]
        for place in (0, 1)
    ]
    at_keys = [
        word for place in (0, 1) for word in ("--key", f"http://127.0.0.1:{ports[place]}", tmp_path / "keys" / "token")
    ]
    exchange = f"http://127.0.0.1:{ports[2]}"
    of_exchange = [tmp_path / "keys" / "room" if str(word).endswith("token") else word for word in at_keys]
    served.append(["exchange", "serve", "exchange", "--port", ports[2], *of_exchange])
    serving = ["key", "serve", "keys/key0", "--client", "keys/token"]
    for wrong in (["0"], ["x"], ["1", "--client", "keys/token", "2"]):
        done(2, *serving, *wrong)
    with ExitStack() as stack:
        logs = [stack.enter_context((temporary / f"log{place}").open("wb")) for place in range(3)]

        def serve(place: int) -> None:
            words = ["investigation", *map(str, served[place])]
            streams = (
                stack.enter_context(open("/dev/null", "rb")).fileno(),
                logs[place].fileno(),
                logs[place].fileno(),
            )
            process = forked.start(forked.cli, words, environment=environment, folder=tmp_path, streams=streams)
            stack.callback(process.wait)
            stack.callback(process.send, 9)
            for _ in range(600):
                with socket.socket() as tried:
                    if tried.connect_ex(("127.0.0.1", ports[place])) == 0:
                        limits = Path(f"/proc/{process.pid}/limits").read_text()
                        assert re.search(r"Max core file size +0 +0 ", limits)
                        return
                time.sleep(0.05)
            raise AssertionError((temporary / f"log{place}").read_text())

        serve(0)
        serve(1)
        bundle = tmp_path / "outputs.bundle"
        done(0, "outputs", *at_keys, *signing, "--recipient", "exchange-of-a-test", "--out", bundle, *both)
        destroying = ["destroy", "--key", "keys/key0", "--confirm", made[0], "--out", "key.record", *signing]
        done(2, *destroying)  # a process serves with it
        assert not (tmp_path / "key.record").exists() and (tmp_path / "keys" / "key0").exists()
        assert "Took 12 outputs." in done(0, "exchange", "take", "exchange", bundle)
        serve(2)

        door = ["--as", "first", "--reason", REASON, *asking, "--exchange", exchange, "--keys", *made]
        said = done(0, "ask", "-", "--country", "GB", *door, stdin=national(listed[2]).encode() + b"\n")
        id = said.split("Request: ")[1].split(".")[0]
        (clear / "contacts.vcf").write_text("".join(f"TEL:{value}\n" for value in [*others, *listed[:4]]))
        again = done(0, "match", clear / "contacts.vcf", *door)
        assert "received 12 numbers" in again and said.split("Request")[1][40:] == again.split("Request")[1][40:]
        (clear / "contacts.vcf").write_text("".join(f"TEL:{value}\n" for value in numbers(28)))
        done(2, "match", clear / "contacts.vcf", *door)  # over the quota of the day
        done(2, "ask", listed[0], *door[:2], "--reason", f"Is {national(listed[0])} in it?", *door[4:])
        done(2, "ask", listed[0], *door[:-1], made[0])
        receiving = [id, "--as", "first", "--exchange", exchange, "--identity", reader.file]
        receiving += options("--signer", [key.public.raw.hex() for key in signers])
        assert "no answer yet" in done(0, "answer", *receiving)

        carried = tmp_path / "exchange" / "requests" / id
        released = ["--recipient", reader.recipient, *signing, *both]
        done(0, "release", carried, "--place", 0, *released, "--out", tmp_path / "answer")
        done(2, "release", carried, "--place", 1, *released, "--out", tmp_path / "another")
        assert not (tmp_path / "another").exists()
        done(2, "exchange", "take", "exchange", tmp_path / "answer")  # another process writes the folder
        assert id in done(0, "exchange", "take", exchange, tmp_path / "answer")
        assert done(0, "answer", *receiving) == (
            "Number 0 of the request: selected 2019-05-03 14:22:00, client Client A (zoned)\n"
        )
        done(0, "assign", "first", "--client", "Client A", *released, "--out", tmp_path / "rows")
        assigned = done(0, "exchange", "take", exchange, tmp_path / "rows").split()[-1].rstrip(".")
        words = ["investigation", "assignment", assigned, *map(str, receiving[1:])]
        rows = forked.run(words, environment=environment, folder=tmp_path).stdout.decode().splitlines()
        assert len(rows) == 12 and any(row.startswith(f"{listed[0]}: selected") for row in rows)
        done(2, "assignment", "0" * 32, *receiving[1:])
        strange = [PrivateKey.new().public.raw.hex() for _ in range(2)]
        done(2, "answer", *receiving[:7], *options("--signer", strange))

        # Counts for newsrooms: the label of two numbers is hidden, and no later count gives them away.
        more, few, one = numbers(12, "FR"), numbers(2), numbers(1)
        rows = [*((value, "Client B") for value in more), *((value, "Somebody") for value in few)]
        (clear / "more.csv").write_text("number,client\n" + "".join(f"{value},{client}\n" for value, client in rows))
        done(0, "import", clear / "more.csv", *both)
        reading = ["aggregates", "--exchange", exchange]
        known = options("--signer", [key.public.raw.hex() for key in signers])
        done(2, *reading, *known)  # the exchange has none yet
        making = ["aggregate", "--recipient", "exchange-of-a-test", *both]
        done(2, *making, *signing[:2], "--out", tmp_path / "alone")
        for name in ("older", "newer"):
            assert "with 5 counts for" in done(0, *making, *signing, "--out", tmp_path / name)
        assert done(0, "exchange", "take", exchange, tmp_path / "newer") == "Took 5 counts.\n"
        done(2, "exchange", "take", exchange, tmp_path / "older")
        done(2, *reading, *known[:2])
        done(2, *reading, *options("--signer", strange))
        printed = done(0, *reading, *known).splitlines()
        assert printed[0].endswith("UTC. Counts below 10 are not shown. Further counts are hidden to protect them.")
        assert [line.split() for line in printed[1:]] == [
            *([], "Different numbers by country".split(), ["GB", "14"], ["FR", "12"], ["sum", "26"]),
            *([], "Different numbers by client".split(), ["Client", "B", "12"]),
            *(["?1", "not", "shown"], ["?2", "not", "shown"], ["sum", "26"]),
        ]
        read = json.loads(done(0, *reading, *known, "--json"))
        assert b"Somebody" not in (tmp_path / "newer").read_bytes() and "Somebody" not in json.dumps(read)
        done(0, "embargo", "2026-01-01T00:00Z", *both)
        publishing = [
            "publish",
            "--title",
            "The list",
            "--publisher",
            "first",
            "--source",
            "https://first.example/list",
        ]
        publishing += [*signing, *both, "--out", tmp_path / "published"]
        done(2, *publishing, "--least", 3)
        done(0, *publishing)
        shown = json.loads((tmp_path / "published" / "counts.json").read_bytes())["cells"]
        assert [{**cell, "record": None} for cell in shown] == [{**cell, "record": None} for cell in read["cells"]]
        (clear / "one.csv").write_text(f"number,client\n{one[0]},Somebody\n")
        done(0, "import", clear / "one.csv", *both)
        done(2, *making, *signing, "--out", tmp_path / "differs")  # by one number
        assert not (tmp_path / "differs").exists() and not (tmp_path / "alone").exists()
    assert "Destroyed the key" in done(0, *destroying) and not (tmp_path / "keys" / "key0").exists()
    shown = done(0, "exchange", "requests", "exchange")
    assert f"{id}  " in shown and "matches: 8, 9, 10, 11" in shown and "matches: 0" in shown
    assert [json.loads(line)["what"] for line in done(0, "exchange", "log", "exchange").splitlines()] == [
        *("outputs", "ask", "ask", "answer", "look", "assignment", "look", "aggregates", "look")
    ]
    places = [tmp_path / name for name in ("vault", "exchange", "keys", "tmp")]
    assert leaks([clear], [], listed[:1])
    assert (
        leaks(
            places,
            [
                *outputs,
                *((tmp_path / name).read_bytes() for name in ("outputs.bundle", "answer", "rows", "older", "newer")),
            ],
            [*listed, *others, *more, *few, *one],
        )
        == []
    )


def test_a_person_from_identification_to_withdrawal(tmp_path: Path) -> None:
    clear, temporary = tmp_path / "clear", tmp_path / "tmp"
    for folder in (clear, temporary):
        folder.mkdir()
    environment = {"TMPDIR": str(temporary), "HOME": str(temporary), "PATH": "/usr/bin:/bin"}
    people, room, value, name = holders(clear, 3), clear / "room", numbers(1)[0], "Somebody Whose Name Is Secret"
    room.mkdir()
    reader = holders(room, 1)[0]
    both = ["--identity", str(people[0].file), "--identity", str(people[1].file)]
    signing = []
    for file in ("s0", "s1"):
        PrivateKey.new().save(clear / file)
        signing += ["--sign", str(clear / file)]
    quiet: list[bytes] = []

    def done(code: int, *words: str, stdin: str = "", listing: bool = False) -> str:
        given = ["investigation", *words, *both]
        ran = forked.run(given, environment=environment, folder=tmp_path, stdin=stdin.encode())
        quiet.extend([ran.stderr] if listing else [ran.stdout, ran.stderr])
        assert ran.returncode == code, ran.stderr.decode()
        return ran.stdout.decode()

    forked.run(
        ["investigation", "init", "vault", *(word for one in people for word in ("--holder", one.recipient))],
        environment=environment,
        folder=tmp_path,
    )
    (clear / "list.csv").write_text(f"number,client\n{value},Client A\n")
    done(0, "import", str(clear / "list.csv"))
    sent = ["--country", "gb", "--recipient", reader.recipient, *signing]
    assert "with 1 row for the newsroom first" in done(0, "assign", "first", *sent, "--out", "assignment")
    done(2, "assign", "first", *sent, "--out", "assignment")  # never over another file
    opening = ["investigation", "assignment", "assignment", "--as", "first", "--identity", str(reader.file)]
    opening += [word for file in ("s0", "s1") for word in ("--signer", PrivateKey.load(clear / file).public.raw.hex())]
    opened = forked.run(opening, environment=environment, folder=tmp_path).stdout.decode()
    assert opened == f"{value}: selected at an uncertain time, client Client A (absent)\n"
    rows = json.loads(forked.run([*opening, "--json"], environment=environment, folder=tmp_path).stdout)["rows"]
    assert rows == [{"e164": value, "seconds": None, "certainty": "absent", "client": "Client A", "state": "valid"}]
    basis, way, comment = "Secret Letter Head", "by a secret letter", "Secretly shocked."
    id = done(0, "person", "add", "--by", "Anna", stdin=f"{value}\n{name}\n{basis}\n").split()[-1].rstrip(".")
    agreed = ["consent", "give", id, "--scope", "named", "--until", "2099-01-01"]
    done(2, *agreed)
    done(2, "person", "confirm", id, "--by", "anna", stdin=f"{basis}\n")
    done(0, "person", "confirm", id, "--by", "Ben", stdin=f"{basis}\n")
    done(0, *agreed)
    done(2, *agreed[:-1], "tomorrow")
    done(0, "person", "change", id, "--order", "1", "--safety", "careful", "--way", stdin=f"{way}\n")
    plan = done(0, "contact-plan", "--day", "2099-01-01", listing=True)
    assert plan.startswith("1 person does not know yet on 2099-01-01.\n1. " + id) and f"way: {way}" in plan
    done(0, "person", "change", id, "--safety", "no_contact")
    plan = done(0, "contact-plan", "--day", "2099-01-01", listing=True)
    assert "none, it endangers the person" in plan and way not in plan
    for order in ("-5", "0"):
        assert done(2, "person", "change", id, "--order", order) == ""
    done(0, "person", "change", id, "--safety", "careful")
    days = ["--informed", "2026-12-01", "--comment-asked", "2026-12-01"]
    done(0, "person", "change", id, *days, "--comment", stdin=f"{comment}\n")
    line = done(0, "person", "list", listing=True)
    assert all(
        part in line
        for part in (name, "two people", "asked 2026-12-01, answered: Secretly shocked.", "until 2099-01-01")
    )
    plan = done(0, "contact-plan", "--day", "2099-01-01", listing=True)
    assert plan.startswith("0 people do not know yet") and "until 2099-01-01" in plan
    assert "ended after 2099-01-01" in done(0, "contact-plan", "--day", "2099-01-02", listing=True)
    done(0, "person", "list", listing=True)
    case = clear / "case"
    case.mkdir()
    findings = b'{"verdict": "traces_found", "reached": "execution", "class": "mercenary"}'
    (case / "findings.json").write_bytes(findings)
    sha256 = hashlib.sha256(findings).hexdigest()
    sealed, lab = clear / "sealed", clear / "lab"
    for folder in (sealed, lab):
        folder.mkdir()
    key = holders(lab, 1)[0]
    (sealed / "findings.json.age").write_bytes(encrypted_for([key.recipient], findings))
    done(2, "person", "change", id, "--case", str(sealed))
    done(0, "person", "change", id, "--case", str(sealed), "--case-identity", str(key.file))
    assert f"infected, {sha256[:12]}" in done(0, "person", "list", listing=True)
    done(0, "person", "change", id, "--withdraw-case", sha256[:12])
    done(0, "person", "change", id, "--case", str(case))
    assert f"infected, {sha256[:12]}" in done(0, "person", "list", listing=True)
    done(2, "person", "change", id, "--withdraw-case", "0000")
    done(0, "person", "change", id, "--withdraw-case", sha256[:12])
    line = done(0, "person", "list", listing=True)
    assert "infected" not in line and "selected" in line
    done(2, "consent", "withdraw", id, *signing, "--out", "assignment/recall")
    assert name in done(0, "person", "list", listing=True)  # nobody is erased before the recall is written
    said = done(0, "consent", "withdraw", id, *signing, "--out", "recall")
    assert "1 bundle about the person was sent." in said and "assignment" in said and (tmp_path / "recall").exists()
    assert done(0, "person", "list", listing=True).strip() == ""
    (clear / "more.csv").write_text("number\n" + "\n".join(two := numbers(2)) + "\n")
    done(0, "import", str(clear / "more.csv"))
    typed = f"{', '.join(two)}\n{name}\n{basis}\n"
    done(0, "person", "add", "--by", "Anna", stdin=typed)
    assert all(done(2, "person", "add", "--by", "Ben", stdin=f"{one}\n{name}\n{basis}\n") == "" for one in two)
    assert len(done(0, "person", "list", listing=True).splitlines()) == 1
    (clear / "old.csv").write_text("number,client\n+447700900123,Client B\n")
    done(0, "import", str(clear / "old.csv"))
    done(0, "assign", "first", "--client", "Client B", *sent[2:], "--out", "doubtful")
    opening[2] = "doubtful"
    said = forked.run(opening, environment=environment, folder=tmp_path).stdout.decode()
    assert said.startswith("+447700900123 (not in use today, may belong to somebody else): selected")
    places = [tmp_path / "vault", temporary]
    assert leaks(places, [*quiet, (tmp_path / "recall").read_bytes()], [value]) == []
    assert not any(text.encode() in data for data in quiet for text in (name, basis, way, comment))
