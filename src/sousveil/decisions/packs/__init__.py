"""Rule packs: one YAML file each, in the closed language of `decisions/language.py`."""
