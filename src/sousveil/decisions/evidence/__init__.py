"""What statements support: accounts, admissible publishers, affiliations, effective dates. The policy in seven points:

1. An adverse fact needs one account at `reported` or better; a further account never makes it milder (`accounts.adverse`).
2. A mitigating fact needs confirmed accounts of verified, admissible publishers, and no contradiction (`admissibility.support`).
3. Nobody changes another publisher's record (`accounts.accounts`).
4. Adverse facts take possible dates, mitigating facts certain ones (`dates`).
5. A question is about records (`snapshot.resolve`).
6. One graph of affiliations for each snapshot (`affiliation.Affiliations`).
7. An erased statement supports nothing.

docs/concepts/evidence-model.md states them in full.
"""
