"""What a computer is called in the spool. Pure."""

import re


def host_name(text: str) -> str:
    """A host's name as the spool writes it: the first label, lower case, only letters, digits and `-`.

    At most 32 characters: five of them must fit into the name of one file, see ChunkName.tried_on."""
    clean = re.sub(r"[^a-z0-9]+", "-", text.split(".")[0].lower())[:32].strip("-")
    return clean or "host"
