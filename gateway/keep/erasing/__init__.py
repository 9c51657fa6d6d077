"""One person's data, erased: where it stands, how it goes, and the ledger that makes it go again after a restore."""
