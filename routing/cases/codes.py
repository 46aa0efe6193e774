"""Follow codes: with the reference number they open the page on which a resident follows a case."""

from __future__ import annotations

import hashlib
import hmac

# Crockford's base 32: no I, L, O or U, so nothing is misread.
_LETTERS = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
_LENGTH = 12
_GROUP = 4
_MISREAD = str.maketrans({"O": "0", "I": "1", "L": "1"})


def follow_code(secret: bytes, handoff_key: str) -> str:
    """The code of a handoff, such as `7KQF-2M9R-XD4T`: 60 bits that only the secret can repeat.

    Derived, so that a handoff which is repeated after a crash gives the resident the same code again.
    """
    digest = hmac.digest(secret, b"follow-code\x00" + handoff_key.encode(), "sha256")
    bits = int.from_bytes(digest, "big")
    letters = "".join(_LETTERS[bits >> (5 * place) & 31] for place in range(_LENGTH))
    return "-".join(letters[start : start + _GROUP] for start in range(0, _LENGTH, _GROUP))


def hash_code(reference: str, code: str) -> str:
    """What the store keeps of a code, as people type it: any case, with or without dashes and spaces.

    No secret in it: a new secret must not lock out who has an older code, and 60 random bits need no salt
    but the reference number.
    """
    letters = "".join(code.upper().split()).replace("-", "").translate(_MISREAD)
    return hashlib.sha256(f"{reference}\x00{letters}".encode("utf-8", "replace")).hexdigest()
