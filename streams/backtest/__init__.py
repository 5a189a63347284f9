"""A proposed rule over videos that were there: what it would hit, without emitting anything."""
