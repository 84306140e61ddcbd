"""Views: what the register shows, computed from statements, as of a date and as known at a log index. Plain data out."""
