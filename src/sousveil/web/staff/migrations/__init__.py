"""Migrations of the staff's database."""
