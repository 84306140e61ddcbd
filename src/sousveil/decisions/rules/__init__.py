"""Rules: the language of packs, their evaluation over facts, the proof of an answer, and what would change it."""
