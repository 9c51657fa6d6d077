"""One person's data over HTTP: found, exported, erased; and investigations with two persons."""
