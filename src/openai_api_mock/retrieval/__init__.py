"""Vector stores: the texts of files, in chunks, as vectors, and the search in them. `resources` makes an API of it."""
