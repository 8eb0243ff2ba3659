"""Ways to change each live setting of a stack behind its back, each with the way back."""

from tests.statectl.breakages.audits import AUDITS
from tests.statectl.breakages.buckets import BUCKETS
from tests.statectl.breakages.identities import IDENTITIES
from tests.statectl.breakages.keys_and_tables import KEYS_AND_TABLES

BREAKAGES = (*BUCKETS, *KEYS_AND_TABLES, *IDENTITIES, *AUDITS)
