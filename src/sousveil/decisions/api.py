"""Questions and answers, for callers outside of decisions: the command line, the pages, the API."""

from sousveil.decisions.answer.ambiguity import Ambiguous, NameQuestion
from sousveil.decisions.answer.asking import ASK, PACKS_MAX, STRICTEST, VIA_MAX, Desk, Named, checked, size_on
from sousveil.decisions.answer.short import (
    ACTION_NOUNS,
    ACTION_WORDS,
    VERDICT_MEANS,
    VERDICT_SAYS,
    VERDICT_WORDS,
    asked_for,
    needs_of,
    rules_of,
    short,
    short_lines,
    silent,
    undated,
)
from sousveil.decisions.answer.terminal import candidate_lines, screen
from sousveil.decisions.model import FORMAT_VERSION, Action, Answer, Question, printed, written
from sousveil.decisions.packs import FIRST as ALWAYS
from sousveil.decisions.packs import names as pack_names
from sousveil.decisions.packs import pack
from sousveil.decisions.procedures.checks import gate
