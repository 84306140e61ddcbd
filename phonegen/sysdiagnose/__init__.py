"""Makes synthetic sysdiagnose archives of iPhones, iOS 13 to 26, with every member that the product reads.

Written from descriptions of the formats alone; nothing of the product is imported, so that the generator checks it.
"""

from phonegen.sysdiagnose.archive import FORMS, members, write
from phonegen.sysdiagnose.model import Sysdiagnose

__all__ = ["FORMS", "Sysdiagnose", "members", "write"]
