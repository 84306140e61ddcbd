"""A package handed in by one who is on file: its parties are those who are there, and a name alone joins nobody.

Each is handed in where the register is kept, and once more over HTTP to a real server in a process of its own: the same comes of it.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from sousveil.cli import main
from sousveil.decisions.api import gate
from sousveil.register.exchange.known import Known
from sousveil.register.model import entity_id
from sousveil.register.register import Register
from tests.decisions.rig import Rig, rigged, sid
from tests.register.maker import private
from tests.web.serving import served_here

MINISTRY, VIREO, OCID = "Ministry of the Interior of Averna", "Vireo Systems Ltd", "ocds-inv-7"
LEI = "529900T8BM49AURSDO55"


@pytest.fixture(params=["here", "elsewhere"])
def rig(tmp_path: Path, request: pytest.FixtureRequest) -> Iterator[Rig]:
    with rigged(tmp_path) as rig:
        rig.publisher("ministry")
        (tmp_path / "where").write_text(request.param)
        yield rig


def package(buyer: dict[str, Any], supplier: dict[str, Any], ocid: str = OCID) -> dict[str, Any]:
    return {
        "uri": "https://x.example/p",
        "version": "1.1",
        "publishedDate": "2026-11-01T00:00:00Z",
        "publisher": {"name": MINISTRY},
        "releases": [
            {
                "ocid": ocid,
                "id": "1",
                "date": "2024-01-01T00:00:00Z",
                "tag": ["contract"],
                "initiationType": "tender",
                "parties": [{"roles": ["buyer"], **buyer}, {"roles": ["supplier"], **supplier}],
                "buyer": {"id": buyer["id"], "name": buyer["name"]},
                "tender": {"id": "t", "title": "Phones"},
                "awards": [{"id": "a", "title": "A", "suppliers": [{"id": supplier["id"], "name": supplier["name"]}]}],
                "contracts": [{"id": "c", "awardID": "a", "title": "Reading of phones", "status": "active"}],
            }
        ],
    }


def hand_in(rig: Rig, tmp_path: Path, value: Any, key: str = "ministry") -> None:
    file, signer = tmp_path / "package.json", tmp_path / f"{key}.key"
    file.write_text(json.dumps(value))
    if not signer.exists():
        private(key).save(signer)
    where = str(rig.register.folder)
    rig.register.close()
    words = ["register", "publish", str(file), "--key", str(signer), "--source", "https://x.example/p"]
    if (tmp_path / "where").read_text() == "here":
        assert main([*words, "--register", where]) == 0
    else:
        with served_here(Path(where)) as address:
            assert main([*words, "--to", address, "--owner", sid(key)]) == 0
    rig.register = Register.open(Path(where), gate=gate)


def parties_of(rig: Rig, contract: str) -> dict[str, str]:
    told = rig.register.store.statements_of([contract])
    return {
        one.statement.property: one.statement.value for one in told if one.statement.property in ("buyer", "supplier")
    }


def called(rig: Rig) -> tuple[list[str], list[str]]:
    known = Known(rig.register.store)
    return known.called(MINISTRY), known.called(VIREO)


def test_with_ids_of_ours_they_are_those_who_are_there(
    rig: Rig, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    hand_in(rig, tmp_path, package({"id": sid("ministry"), "name": MINISTRY}, {"id": sid("vireo"), "name": VIREO}))
    assert parties_of(rig, entity_id("ocds", OCID)) == {"buyer": sid("ministry"), "supplier": sid("vireo")}
    assert called(rig) == ([sid("ministry")], [sid("vireo")])
    assert "a name alone" not in capsys.readouterr().err


def test_the_buyer_who_signs_is_itself_and_a_supplier_by_name_alone_is_not_joined(
    rig: Rig, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    hand_in(rig, tmp_path, package({"id": "b", "name": MINISTRY}, {"id": "s", "name": VIREO}))
    new = entity_id("ocds", OCID, "party", "s")
    assert parties_of(rig, entity_id("ocds", OCID)) == {"buyer": sid("ministry"), "supplier": new}
    assert called(rig) == ([sid("ministry")], [sid("vireo"), new])
    told = " ".join(capsys.readouterr().err.split())
    assert f"$.releases[0].parties[1]: “{VIREO}” is published as {new}, for a name alone joins nobody." in told
    assert (
        f"It may be {sid('vireo')}, who is called so. If it is: sousveil register judge {new} {sid('vireo')} same."
        in told
    )


def test_another_key_is_not_the_buyer_by_its_name(rig: Rig, tmp_path: Path) -> None:
    hand_in(
        rig,
        tmp_path,
        package({"id": "b", "name": MINISTRY}, {"id": sid("vireo"), "name": VIREO}, "ocds-inv-8"),
        "watch",
    )
    new = entity_id("ocds", "ocds-inv-8", "party", "b")
    assert parties_of(rig, entity_id("ocds", "ocds-inv-8")) == {"buyer": new, "supplier": sid("vireo")}


def test_an_official_number_that_is_on_file_is_that_entity(
    rig: Rig, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    rig.say("vireo", type="Company", leiCode=LEI)
    number = {"scheme": "XI-LEI", "id": LEI}
    hand_in(rig, tmp_path, package({"id": "b", "name": MINISTRY}, {"id": "s", "name": "Vireo", "identifier": number}))
    assert parties_of(rig, entity_id("ocds", OCID)) == {"buyer": sid("ministry"), "supplier": sid("vireo")}
    registered = {"scheme": "IL-ROC", "id": "514"}
    for ocid in ("ocds-inv-8", "ocds-inv-9"):
        value = package({"id": "b", "name": MINISTRY}, {"id": "s", "name": "Teal Ltd", "identifier": registered}, ocid)
        hand_in(rig, tmp_path, value)
        assert parties_of(rig, entity_id("ocds", ocid))["supplier"] == entity_id("org-id", "IL-ROC", "514")
    assert Known(rig.register.store).called("Teal Ltd") == [entity_id("org-id", "IL-ROC", "514")]
    assert "a name alone" not in capsys.readouterr().err


def test_our_own_export_comes_back_as_the_contract_that_it_was(rig: Rig, tmp_path: Path) -> None:
    rig.say(
        "deal", type="Contract", title="Reading", buyer="@ministry", supplier="@vireo", stage="signed", by="ministry"
    )
    value = package(
        {"id": sid("ministry"), "name": MINISTRY}, {"id": sid("vireo"), "name": VIREO}, f"sousveil-{sid('deal')}"
    )
    hand_in(rig, tmp_path, value)
    assert rig.register.store.subjects(type="Contract") == [sid("deal")]
