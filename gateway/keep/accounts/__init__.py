"""Who may use the house: users, their passwords, PINs, sessions and tokens. Only hashes of secrets are kept."""
