"""Getting a file over the web, only ever on an explicit order: limits on size and time, no way from https to http."""

from __future__ import annotations

import ssl
import time
import urllib.error
import urllib.request
from http.client import HTTPException
from typing import Any

from sousveil.errors import LimitExceeded, SousveilError, Usage
from sousveil.kinds import visible

TIMEOUT = 30.0
"""Seconds that a server may be silent."""
WHOLE_TIMEOUT = 300.0
"""Seconds that a whole download may take."""
BLOCK = 1 << 16


class _Redirects(urllib.request.HTTPRedirectHandler):
    """Redirects lead to https only; a request that began with http may stay with http."""

    def redirect_request(self, req: Any, fp: Any, code: Any, msg: Any, headers: Any, newurl: str) -> Any:
        allowed = ("https://",) if req.full_url.lower().startswith("https://") else ("https://", "http://")
        if not newurl.lower().startswith(allowed):
            raise Usage(f"The server redirects to an address that is not allowed: {visible(newurl, 200)}.")
        return super().redirect_request(req, fp, code, msg, headers, newurl)


def download(address: str, limit: int, *, https_only: bool = True, seconds: float = WHOLE_TIMEOUT) -> bytes:
    """The bytes at an address, at most `limit`, within `seconds`. Raises Usage and LimitExceeded."""
    shown = visible(address, 300)
    schemes = ("https://",) if https_only else ("https://", "http://")
    if not address.lower().startswith(schemes):
        raise Usage(
            f"{shown} is no {'https' if https_only else 'web'} address.",
            hint=f"Use {' or '.join(schemes)}, or the path of a file.",
        )
    opener = urllib.request.build_opener(_Redirects)
    deadline = time.monotonic() + seconds
    request = urllib.request.Request(address, headers={"User-Agent": "sousveil"})
    parts: list[bytes] = []
    size = 0
    try:
        with opener.open(request, timeout=min(TIMEOUT, seconds)) as answer:
            while block := answer.read1(BLOCK):
                parts.append(block)
                size += len(block)
                if size > limit:
                    raise LimitExceeded(
                        f"The answer of {shown} is larger than {limit:,} bytes.", hint="Nothing was changed."
                    )
                if time.monotonic() > deadline:
                    raise LimitExceeded(
                        f"{shown} sent its answer too slowly: {seconds:g} seconds are allowed.",
                        hint="Nothing was changed; try again with a better connection.",
                    )
            missing = answer.length  # None where the server did not state a length
    except SousveilError:
        raise
    except (OSError, ValueError, HTTPException) as error:
        raise Usage(
            f"{shown} cannot be read: {_reason(error)}.",
            hint="Check the address and the connection; nothing was changed.",
        ) from error
    if missing:
        raise Usage(f"The answer of {shown} is cut off.", hint="Nothing was changed; try again.")
    return b"".join(parts)


def _reason(error: BaseException) -> str:
    reason = error.reason if isinstance(error, urllib.error.URLError) else error
    if isinstance(reason, ssl.SSLCertVerificationError):
        return f"its certificate is not trusted here ({visible(reason.verify_message, 100)})"
    return visible(str(reason), 120) or "unknown reason"
