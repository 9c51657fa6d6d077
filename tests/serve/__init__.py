"""The HTTP face, over real sockets, with a real journal behind it."""
