"""The contract between the roles: messages, topics, bytes."""
