"""Tests of the telephone door; those that need a telephone use real baresip processes."""
