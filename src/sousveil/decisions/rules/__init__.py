"""Rules: the language of packs, their evaluation over facts and the proof of an answer."""
