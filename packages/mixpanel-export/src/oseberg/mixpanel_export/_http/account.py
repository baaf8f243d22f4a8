"""The service account, which reveals its secret only to the request."""

from __future__ import annotations

from base64 import b64encode


class ServiceAccount:
    """A username and a secret; neither `repr` nor `str` shows the secret."""

    __slots__ = ("_secret", "username")

    def __init__(self, username: str, secret: str) -> None:
        self.username = username
        self._secret = secret

    def __repr__(self) -> str:
        return f"ServiceAccount({self.username!r}, '***')"

    def reveal(self) -> str:
        """Return the secret, for the request's header alone."""
        return self._secret

    def hide(self, text: str) -> str:
        """Replace the secret, plain or as in the header, in a text from elsewhere."""
        header = b64encode(f"{self.username}:{self._secret}".encode()).decode()
        return text.replace(header, "***").replace(self._secret, "***")
