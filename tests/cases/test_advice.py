"""Advice and helplines: what may never be said first, and what must always be said."""

from __future__ import annotations

import re
from datetime import date
from itertools import product

import pytest

from sousveil.cases.advice import AdviceClass, advice_for, all_advice, all_helplines, classes_for, helplines_for
from sousveil.findings.verdict import Verdict
from sousveil.indicators.model import ThreatClass

CHANGING = re.compile(r"\b(delet|reset|uninstall|remov|updat|eras|wip|restor|confront|factory)", re.IGNORECASE)


@pytest.mark.parametrize("of", list(AdviceClass))
def test_first_advice_never_changes_the_phone(of: AdviceClass) -> None:
    assert not CHANGING.search(all_advice()[of].steps[0])


@pytest.mark.parametrize("of", list(AdviceClass))
def test_changing_the_phone_is_only_ever_advised_against(of: AdviceClass) -> None:
    for step in all_advice()[of].steps:
        for sentence in re.split(r"(?<=[.:])\s+", step):
            found = CHANGING.search(sentence)
            if found:
                assert "not " in sentence[: found.start()].lower(), sentence
    assert any(
        re.search(r"Do not .*reset, update or delete .* before you have talked to a helpline", s)
        for s in all_advice()[of].steps
    )


@pytest.mark.parametrize("of", list(AdviceClass))
def test_every_class_names_a_helpline_and_another_device_where_somebody_may_watch(of: AdviceClass) -> None:
    text = " ".join(all_advice()[of].steps)
    assert "helpline" in text
    assert re.search(r"another device|a device and a place that the other person does not know", text)
    assert any(of in h.classes for h in all_helplines())


@pytest.mark.parametrize("of", [AdviceClass.STALKERWARE, AdviceClass.WATCHWARE])
def test_removal_may_alert_and_endanger(of: AdviceClass) -> None:
    assert any("may be alerted, and that can put you in danger" in s for s in all_advice()[of].steps)


@pytest.mark.parametrize(
    "of", [AdviceClass.SUSPICIOUS, AdviceClass.MERCENARY, AdviceClass.STALKERWARE, AdviceClass.WATCHWARE]
)
def test_nobody_is_to_be_confronted(of: AdviceClass) -> None:
    assert any("not confront" in s and "before you have talked to a helpline" in s for s in all_advice()[of].steps)


def test_no_live_links_and_no_forbidden_words() -> None:
    texts = [t for a in all_advice().values() for t in (a.title, *a.steps)]
    texts += [t for h in all_helplines() for t in (h.name, h.audience, h.address, h.page, h.basis, *h.languages)]
    for text in texts:
        assert "://" not in text and "mailto:" not in text and "<" not in text and not text.startswith("www.")
        assert not re.search(r"\b(clean|infected|infection|hacked)\b", text, re.IGNORECASE)


def test_helplines_are_dated_and_say_how_they_were_checked() -> None:
    for line in all_helplines():
        assert line.checked >= date(2026, 11, 24)
        assert line.languages and line.audience and line.basis and line.page
    assert len({h.name for h in all_helplines()}) == len(all_helplines())


def test_every_case_has_advice_and_a_helpline() -> None:
    for verdict, threat, notice in product(Verdict, (None, *ThreatClass), (False, True)):
        classes = classes_for(verdict, threat, threat_notice=notice)
        assert classes and helplines_for(classes)
        assert [a.of for a in advice_for(verdict, threat, threat_notice=notice)] == list(classes)
        assert (AdviceClass.THREAT_NOTICE in classes) is notice


@pytest.mark.parametrize(
    ("verdict", "threat", "notice", "classes"),
    [
        (Verdict.NO_KNOWN_TRACES, None, False, ["none_found"]),
        (Verdict.NOT_EXAMINABLE, None, False, ["none_found"]),
        (Verdict.NO_KNOWN_TRACES, None, True, ["threat_notice", "none_found"]),
        (Verdict.SUSPICIOUS, ThreatClass.MERCENARY, False, ["suspicious"]),
        (Verdict.SUSPICIOUS, ThreatClass.STALKERWARE, False, ["stalkerware"]),
        (Verdict.SUSPICIOUS, ThreatClass.WATCHWARE, False, ["watchware"]),
        (Verdict.TRACES_FOUND, ThreatClass.EXTRACTION_TOOL, False, ["extraction_tool"]),
        (Verdict.TRACES_FOUND, None, True, ["mercenary", "threat_notice"]),
    ],
)
def test_classes(verdict: Verdict, threat: ThreatClass | None, notice: bool, classes: list[str]) -> None:
    assert [c.value for c in classes_for(verdict, threat, threat_notice=notice)] == classes
