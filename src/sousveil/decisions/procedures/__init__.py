"""The letter's demands as procedures: one declarative file each."""
