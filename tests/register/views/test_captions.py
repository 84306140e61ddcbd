"""What a record is called that nobody gave a name: never more than its statements say, never a target, never in circles."""

from __future__ import annotations

from pathlib import Path

import pytest

from sousveil.decisions.compiled import compile_world
from sousveil.register import types
from sousveil.register.export import export
from sousveil.register.model import Recorded, Stance, Statement
from sousveil.register.types.countries import country_name
from sousveil.register.types.model import Kind
from sousveil.register.views import captions, words
from sousveil.register.views.entity import entity_view
from sousveil.register.views.reading import Reader
from sousveil.register.views.records import Record
from tests.register.views import maker
from tests.register.views.maker import eid, record


def built(name: str, statements: list[Statement]) -> Record:
    """A record out of statements that no store has seen."""
    by_property: dict[str, list[Recorded]] = {}
    every = [Recorded(id=str(n), recorded=n, statement=one) for n, one in enumerate(statements)]
    for one in every:
        by_property.setdefault(one.statement.property, []).append(one)
    return Record(id=eid(name), type=statements[0].type, statements=every, by_property=by_property)


AROUND = {
    eid(name): built(name, record(name, kind, **values))
    for name, kind, values in [
        ("Heron", "SurveillanceProduct", {"name": "Heron Eye"}),
        ("Kestrel Ridge", "Company", {"name": "Kestrel Ridge Systems Ltd"}),
        ("Nameless", "Company", {"country": "cy"}),
        ("Board", "OversightBody", {"name": "Brackwater Board"}),
        ("Somebody", "Person", {"name": "Somebody Invented"}),
    ]
}


def called(kind: str, **values: str) -> str:
    """The caption of one record, among those that are at hand."""

    def says(type: str, name: str, value: str) -> str:
        known = types.property_of(type, name)
        return country_name(value) if known is not None and known.kind == Kind.COUNTRY else value

    return captions.caption(built("x", record("x", kind, **values)), AROUND.get, says)


HERON, RIDGE = eid("Heron"), eid("Kestrel Ridge")


@pytest.mark.parametrize(
    ("kind", "values", "caption"),
    [
        ("AbuseIncident", {"name": "A phone", "date": "2021-07", "product": HERON}, "A phone"),
        ("AbuseIncident", {"stage": "infected", "date": "2021-07", "targetCountry": "mt"}, "Abuse incident, July 2021, Malta"),
        ("AbuseIncident", {"date": "2021-07-18", "product": HERON, "vendor": RIDGE, "country": "it", "targetCountry": "mt"},
         "Abuse incident, 18 July 2021, Heron Eye, Italy"),
        ("AbuseIncident", {"vendor": RIDGE}, "Abuse incident, Kestrel Ridge Systems Ltd"),
        ("AbuseIncident", {"date": "2021~"}, "Abuse incident, about 2021"),
        # Neither who was concerned nor who is said to have done it is in a name.
        ("AbuseIncident", {"stage": "infected", "involved": eid("Somebody"), "client": RIDGE, "targetCategory": "journalist"},
         f"Abuse incident without a name ({eid('x')[3:11]})"),
        ("Event", {"date": "2024-03-05", "involved": RIDGE}, "Event, 5 March 2024, Kestrel Ridge Systems Ltd"),
        ("Event", {"date": "2024", "involved": eid("Somebody"), "country": "cy"}, "Event, 2024, Cyprus"),
        ("Event", {"category": "lawsuit", "organizer": eid("Nameless")}, "Event, lawsuit"),
        ("Event", {"date": "..", "partOf": eid("x")}, f"Event without a name ({eid('x')[3:11]})"),
        ("MarketingEvent", {"startDate": "2019", "product": HERON, "place": "Port Meridian"},
         "Marketing event, 2019, Heron Eye, Port Meridian"),
        ("Meeting", {"body": eid("Board"), "date": "2024-05-02"}, "Meeting, 2 May 2024, Brackwater Board"),
        ("ClientRejection", {"vendor": RIDGE, "client": eid("Board"), "clientCountry": "mt"},
         "Rejected client, Kestrel Ridge Systems Ltd"),
        ("Ownership", {"owner": RIDGE, "asset": eid("Nameless"), "startDate": "2019"},
         f"Ownership or control: Kestrel Ridge Systems Ltd – Company without a name ({eid('Nameless')[3:11]})"),
        ("Ownership", {"startDate": "2019-03"}, "Ownership or control, March 2019"),
        ("Company", {"country": "cy"}, f"Company without a name ({eid('x')[3:11]})"),
    ],
)  # fmt: skip
def test_called_by_what_a_stranger_understands(kind: str, values: dict[str, str], caption: str) -> None:
    assert called(kind, **values) == caption


@pytest.mark.parametrize(
    ("standings", "caption"),
    [
        ({"stage": "reported", "date": "reported", "product": "reported"}, "Abuse incident, July 2021, Heron Eye"),
        ({"stage": "alleged", "date": "reported", "product": "reported"}, "Abuse incident (alleged), July 2021, Heron Eye"),
        ({"stage": "reported", "date": "reported", "product": "alleged"}, "Abuse incident (alleged), July 2021, Heron Eye"),
    ],
)  # fmt: skip
def test_what_is_alleged_says_so(standings: dict[str, str], caption: str) -> None:
    values = {"stage": "infected", "date": "2021-07", "product": HERON}
    made = [
        one
        for name, how in standings.items()
        for one in record("x", "AbuseIncident", _standing=how, **{name: values[name]})
    ]
    assert captions.caption(built("x", made), AROUND.get, lambda type, name, value: value) == caption


def test_what_is_denied_or_taken_back_names_nothing() -> None:
    made = built("x", [
        *record("x", "AbuseIncident", product=HERON, _stance=Stance.DENIES),
        *record("x", "AbuseIncident", date="2021-07"),
    ])  # fmt: skip
    assert captions.caption(made, AROUND.get, lambda type, name, value: value) == "Abuse incident, July 2021"


def test_no_type_tells_by_a_person_or_a_client() -> None:
    for name in types.all_types():
        for one in (one for group in types.told_by(name) for one in group):
            found = types.property_of(name, one)
            assert found is not None and not found.person, (name, one)
            assert one == "targetCountry" or ("client" not in one.lower() and "target" not in one.lower()), (name, one)
    assert "involved" not in {one for group in types.told_by("AbuseIncident") for one in group}


def test_pages_decisions_and_exports_say_the_same(tmp_path: Path) -> None:
    with maker.steady(pytest.MonkeyPatch()):
        register = maker.make(tmp_path / "r", lambda _: None)
    with register:
        maker.tell(
            register,
            record("told", "AbuseIncident", stage="selected", date="2021-07", product=eid("Heron"), targetCountry="mt"),
        )
        maker.tell(register, record("note", "Documentation", document=eid("leaf"), entity=eid("told")))
        caption = "Abuse incident, July 2021, Heron Eye, Malta"
        assert entity_view(register.store, eid("told")).caption == caption
        reader = Reader(register.store)
        reader.load([eid("told")])
        assert reader.ref(eid("told")).caption == caption
        with words.speaking(lambda text: f"<{text}>", lambda one, many, count: f"<{one}>"):
            assert reader.ref(eid("told")).caption == "<Abuse incident>, <July> 2021, Heron Eye, <Malta>"
            assert compile_world(register.store).caption(eid("told")) == caption
        done = export(register.store, "ftm", tmp_path / "ftm", attachments=lambda sha256: None)
        text = "".join((tmp_path / "ftm" / one.name).read_text() for one in done.files if one.name.endswith("json"))
        assert '"Abuse incident, July 2021, Malta"' in text
