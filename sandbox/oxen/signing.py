"""Result URLs that open without a key, for a while."""

import hashlib
import hmac


class Signer:
    def __init__(self, secret: bytes, *, lifetime: float) -> None:
        """`lifetime` in seconds, counted from each signing."""
        self._secret = secret
        self._lifetime = lifetime

    def query(self, name: str, now: float) -> str:
        """The query string that opens the result of this file name until now + lifetime."""
        expires = int(now + self._lifetime)
        return f"expires={expires}&signature={self._signature(name, expires)}"

    def opens(self, name: str, expires: str, signature: str, now: float) -> bool:
        if not expires.isascii() or not expires.isdigit() or now > int(expires):
            return False
        return hmac.compare_digest(self._signature(name, int(expires)).encode(), signature.encode())

    def _signature(self, name: str, expires: int) -> str:
        return hmac.new(self._secret, f"{name}\n{expires}".encode(), hashlib.sha256).hexdigest()
