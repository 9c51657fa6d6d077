"""Real servers for tests and benches: each is started on a free loopback port in a folder of its own, and ended by its pid."""
