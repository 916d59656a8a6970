"""What the pages keep for a while outside the tables, readable by this program alone."""

import base64
import json
from functools import lru_cache
from typing import Any

from cryptography.fernet import Fernet, InvalidToken
from django.conf import settings
from django.utils.crypto import salted_hmac


@lru_cache(maxsize=4)
def _fernet(secret: str, what_for: str) -> Fernet:
    key = salted_hmac(f"patency.sealed.{what_for}", "key", secret=secret, algorithm="sha256")
    return Fernet(base64.urlsafe_b64encode(key.digest()))


def seal(value: Any, what_for: str) -> str:
    """Return a value as text that only ``unseal`` with the same purpose reads."""
    said = json.dumps(value, ensure_ascii=False).encode()
    return _fernet(settings.SECRET_KEY, what_for).encrypt(said).decode()


def unseal(text: str, what_for: str) -> Any:
    """Return what was sealed, or None for anything else."""
    try:
        return json.loads(_fernet(settings.SECRET_KEY, what_for).decrypt(text.encode()))
    except (InvalidToken, ValueError):
        return None
