"""May it go ahead: rule packs, the three-valued engine, explanations, and the procedures of the letter's demands."""
