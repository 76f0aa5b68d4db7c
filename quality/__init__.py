"""Gates: row rules, batch verdicts, Great Expectations suites, receipts, period gates."""
