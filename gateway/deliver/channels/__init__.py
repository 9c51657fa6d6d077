"""Ways to people: what a channel is (`contract`), and one file or a few for each kind."""
