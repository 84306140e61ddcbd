"""What rules ask about: one fact a file, derived from the statements of the register."""
