"""The Matrix door: the only room that knows matrix-nio (pinned to 0.26.0, see robust_nio.py for what it needs).

robust_nio.py  nio with its known faults repaired: errors are raised, nothing parses as success that is none
folder.py      the files of one account (0600): session, checkpoint; and the crypto store's key
identity.py    login, device keys, cross-signing, fallback key
client.py      MatrixClient: receive everything once, send to confirmed devices only
events.py      what it hands to the service-phone and help-seeker machines
"""

from bots.matrix.client import MatrixClient, MediaLost, SignedOut
from bots.matrix.events import Changed, Device, DeviceSeen, Event, Invited, Left, Media, Received, Skipped, What
from bots.matrix.folder import Folder, new_pickle_key
from bots.matrix.identity import provision, sign_out
from bots.matrix.trust import Everyone, Pinned, Trust

__all__ = [
    "Changed",
    "Device",
    "DeviceSeen",
    "Event",
    "Everyone",
    "Folder",
    "Invited",
    "Left",
    "MatrixClient",
    "Media",
    "MediaLost",
    "Pinned",
    "Received",
    "SignedOut",
    "Skipped",
    "Trust",
    "What",
    "new_pickle_key",
    "provision",
    "sign_out",
]
