"""Mail and webhooks that survive a restart: put into the outbox, sent by `sousveil worker`.

```python
from sousveil.register import outbox

outbox.mail(register, key="notice/7/mail", to="filings@regulator.example", subject="A notice", text="...")
outbox.webhook(register, key="notice/7/hook", url="https://regulator.example/hook", event="notice", data={"id": "7"})
```

Both give the delivery's id. Within `register.store.db.transaction()` the delivery is kept with the rest or not at all. A
`key` names one delivery for good: asking again under the same key adds nothing and gives the same id, also after it was
sent. A delivery is made at least once; a second copy (the worker was killed between sending and noting it) bears the same
`Message-ID`, or the same `Sousveil-Delivery`, so that a receiver can tell.
"""

from __future__ import annotations

from sousveil.register.outbox.addresses import Target
from sousveil.register.outbox.delivering import deliver
from sousveil.register.outbox.model import Delivery, Enclosure
from sousveil.register.outbox.queue import (
    all_deliveries,
    check_address,
    dead,
    drop,
    hold_back,
    mail,
    retry,
    state,
    webhook,
)
from sousveil.register.outbox.signing import verify_webhook, webhook_key

__all__ = [
    "Delivery",
    "Enclosure",
    "Target",
    "all_deliveries",
    "check_address",
    "dead",
    "deliver",
    "drop",
    "hold_back",
    "mail",
    "retry",
    "state",
    "verify_webhook",
    "webhook",
    "webhook_key",
]
