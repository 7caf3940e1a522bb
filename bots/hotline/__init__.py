"""The telephone door: one pure dialogue, three ways to carry calls, and the calls to service phones."""
