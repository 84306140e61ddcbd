"""An account works for the owner of a registered key: which keys fit which role."""

from __future__ import annotations

from sousveil.errors import Usage
from sousveil.kinds import visible
from sousveil.register import codes
from sousveil.register.keyring import Keyring
from sousveil.web.staff.permissions import Role

KEYS: dict[Role, codes.Role] = {
    Role.PUBLISHER: codes.Role.PUBLISHER,
    Role.REVIEWER: codes.Role.REVIEWER,
    Role.BOARD_MEMBER: codes.Role.PUBLISHER,
    Role.OPERATOR: codes.Role.OPERATOR,
}
"""Role of an account -> role of the key that signs what it hands in. A case handler signs nothing here."""


def check_owner(ring: Keyring, role: str, owner: str, seat: str) -> None:
    """Whether an account of this role can work for this owner. Raises Usage."""
    try:
        wanted = KEYS.get(Role(role))
    except ValueError:
        raise Usage(f"{visible(role[:40])!r} is no role of an account.", hint=", ".join(Role)) from None
    if wanted is None:
        if owner:
            raise Usage("A case handler works for no key.", hint="Leave the owner out.")
    elif not any(one.owner == owner and one.role is wanted and one.revoked_index is None for one in ring.states()):
        raise Usage(
            f"{visible(owner[:100])!r} owns no live key with the role {wanted}.",
            hint="Register the key first: `sousveil register key add`.",
        )
    if bool(seat) != (role == Role.BOARD_MEMBER):
        raise Usage("A board member has a seat, and nobody else has one.", hint="Name the seat's record, sv-...")
