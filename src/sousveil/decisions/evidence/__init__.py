"""What statements support, by the policy of seven points that docs/concepts/evidence-model.md states."""
