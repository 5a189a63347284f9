"""How fast moderators are heard by all shards that hold many videos, with how right what they then see is."""
