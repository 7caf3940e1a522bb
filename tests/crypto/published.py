"""Cuts the two published HPKE vectors we need out of the `cryptography-vectors` package (PyPI), once.

`python -m tests.crypto.published <folder cryptography_vectors/HPKE>` writes published.json. Sources: RFC 9180,
appendix A (KEM X25519, HKDF-SHA256, AES-256-GCM) and draft-ietf-hpke-pq (X-Wing, HKDF-SHA256, ChaCha20-Poly1305).
"""

import json
import sys
from pathlib import Path
from typing import Any

HERE = Path(__file__).parent / "published.json"
WANTED = {"rfc9180": ("test-vectors.json", 0x20, 2), "hpke_pq_xwing": ("hpke-pq-test-vectors.json", 0x647A, 3)}
KEPT = ("info", "skRm", "pkRm", "enc", "shared_secret", "key", "base_nonce", "exporter_secret")


def cut(folder: Path, file: str, kem: int, aead: int) -> dict[str, Any]:
    vectors = json.loads((folder / file).read_text())
    found = next(v for v in vectors if (v["mode"], v["kem_id"], v["kdf_id"], v["aead_id"]) == (0, kem, 1, aead))
    return {name: found[name] for name in KEPT} | {"encryption": found["encryptions"][0]}


if __name__ == "__main__":
    chosen = {name: cut(Path(sys.argv[1]), *wanted) for name, wanted in WANTED.items()}
    HERE.write_text(json.dumps(chosen, indent=1) + "\n")
