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
from sousveil.texts import t

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
            raise Usage(t("error.download.server_redirects_address", newurl=visible(newurl, 200)))
        return super().redirect_request(req, fp, code, msg, headers, newurl)


def download(address: str, limit: int, *, https_only: bool = True, seconds: float = WHOLE_TIMEOUT) -> bytes:
    """The bytes at an address, at most `limit`, within `seconds`. Raises Usage and LimitExceeded."""
    shown = visible(address, 300)
    schemes = ("https://",) if https_only else ("https://", "http://")
    if not address.lower().startswith(schemes):
        raise Usage(
            t("error.download.not_https" if https_only else "error.download.not_web", shown=shown),
            hint=t("error.download.use_path_file", schemes=" or ".join(schemes)),
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
                        t("error.download.answer_larger_bytes", shown=shown, limit=limit),
                        hint=t("error.common.nothing_changed"),
                    )
                if time.monotonic() > deadline:
                    raise LimitExceeded(
                        t("error.download.sent_answer_too", shown=shown, seconds=seconds),
                        hint=t("error.download.nothing_changed_try"),
                    )
            missing = answer.length  # None where the server did not state a length
    except SousveilError:
        raise
    except (OSError, ValueError, HTTPException) as error:
        raise Usage(
            t("error.common.cannot_read", shown=shown, reason=_reason(error)),
            hint=t("error.download.check_address_connection"),
        ) from error
    if missing:
        raise Usage(t("error.download.answer_cut_off", shown=shown), hint=t("error.download.nothing_changed_try_again"))
    return b"".join(parts)


def _reason(error: BaseException) -> str:
    reason = error.reason if isinstance(error, urllib.error.URLError) else error
    if isinstance(reason, ssl.SSLCertVerificationError):
        return t("error.download.certificate_trusted_here", verify_message=visible(reason.verify_message, 100))
    return visible(str(reason), 120) or t("error.download.unknown_reason")
