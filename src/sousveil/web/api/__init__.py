"""What programs read and write: the API under `/api/v1`, reconciliation, and the schemas of both."""
