"""Which places of a text are worth a closer look: all literals in one pass, with hyperscan where it is there."""

from __future__ import annotations

from collections.abc import Sequence
from types import ModuleType
from typing import Any

from sousveil.patterns import lazy_pattern

_LABEL_BYTES = frozenset(b"abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-")
_RUN = lazy_pattern(r"[a-z0-9_\-.]+")


def hyperscan_module() -> ModuleType | None:
    try:
        import hyperscan
    except ImportError:
        return None
    return hyperscan


def engines() -> tuple[str, ...]:
    """Engines that can be used here, the better one first: `hyperscan`, `pure`."""
    return ("hyperscan", "pure") if hyperscan_module() is not None else ("pure",)


def engine_version(engine: str) -> str:
    """The version of an engine's package, for keys of caches; empty where there is none."""
    module = hyperscan_module() if engine == "hyperscan" else None
    return str(module.__version__) if module is not None else ""


class Scanner:
    """Tells which places of a text may hold an indicator: never too few, sometimes too many."""

    def __init__(self, literals: Sequence[bytes], loose: frozenset[int], engine: str, database: bytes = b"") -> None:
        self.literals, self.loose, self.engine = tuple(literals), loose, engine
        self._lengths = [len(literal) for literal in self.literals]
        texts: list[str] = []
        if engine != "hyperscan":
            texts = [literal.decode("utf-8", "replace").lower() for literal in self.literals]
        self._set = frozenset(texts)
        self._loose_texts = [text for place, text in enumerate(texts) if place in loose or "." not in text]
        self._database: Any = None
        module = hyperscan_module()
        if engine == "hyperscan" and self.literals:
            assert module is not None
            self._database = self._load(module, database) if database else self._compile(module)

    def _compile(self, module: ModuleType) -> Any:
        made = module.Database(mode=module.HS_MODE_BLOCK)
        made.compile(
            expressions=list(self.literals),
            ids=list(range(len(self.literals))),
            elements=len(self.literals),
            flags=module.HS_FLAG_CASELESS,
            literal=True,
        )
        return made

    @staticmethod
    def _load(module: ModuleType, data: bytes) -> Any:
        made = module.loadb(data, module.HS_MODE_BLOCK)
        made.scratch = module.Scratch(made)
        return made

    def dump(self) -> bytes:
        """The compiled database, to be stored."""
        module = hyperscan_module()
        return bytes(module.dumpb(self._database)) if self._database is not None and module is not None else b""

    @property
    def texts(self) -> list[str]:
        """The literals as text."""
        return [literal.decode("utf-8", "replace") for literal in self.literals if not literal.isascii()]

    def places(self, data: bytes) -> list[int]:
        """Byte offsets (ends of literals) worth a closer look, ascending. Needs the hyperscan engine."""
        if self._database is None:
            return []
        ends: list[int] = []
        lengths, loose, label, size = self._lengths, self.loose, _LABEL_BYTES, len(data)

        def seen(number: int, _start: int, end: int, _flags: int, _context: object) -> None:
            if number not in loose:
                start = end - lengths[number]
                if (start > 0 and data[start - 1] in label) or (end < size and data[end] in label):
                    return
            ends.append(end)

        self._database.scan(data, match_event_handler=seen)
        ends.sort()
        return ends

    def worth(self, text: str) -> bool:
        """The same question for one text, without hyperscan."""
        text = text.lower()
        if any(piece in text for piece in self._loose_texts):
            return True
        known = self._set
        if not known:
            return False
        if not text.isascii() or "@" in text:
            return True
        for run in _RUN.findall(text):
            for name in run.split(".."):  # no name holds two dots in a row: one ends there
                name = name.strip(".")
                while "." in name:
                    if name in known:
                        return True
                    name = name.partition(".")[2]
        return False
