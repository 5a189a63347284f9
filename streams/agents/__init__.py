"""One agent a role, in the order of the data: decode, encode, fuse, trends, index."""
