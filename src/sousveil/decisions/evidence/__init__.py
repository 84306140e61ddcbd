"""What statements support: accounts, admissible publishers, affiliations, effective dates. The policy is here."""
