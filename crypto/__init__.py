"""What can be read by whom: identities, envelopes, return codes, passphrases and signed documents.

Pure: bytes in, bytes out; no clock, no files but the word list, nothing of the other rooms. FORMAT.md draws every byte.
"""
