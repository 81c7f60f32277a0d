"""Work in shards (分片): pure functions of a few small values, run anywhere, twice if need be, and counted once."""
