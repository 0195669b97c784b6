"""farm.yaml: who is told by mail, and how. `mail: {smtp: HOST:PORT, from: ADDRESS, to: "{owner}@film.example"}`."""

import re
from dataclasses import dataclass
from typing import Any

from spool.errors import BadFile

OWNER = "{owner}"
ADDRESS = re.compile(r"[A-Za-z0-9.!#$%&'*+/=?^_`{|}~-]{1,64}@[A-Za-z0-9](?:[A-Za-z0-9.-]{0,252}[A-Za-z0-9])?", re.ASCII)
_SERVER = re.compile(r"([A-Za-z0-9.-]+|\[[0-9a-fA-F:]+\]):([1-9]\d{0,4})", re.ASCII)
_OWNER = re.compile(r"[A-Za-z0-9._+-]{1,64}", re.ASCII)
_CURE = 'For example: mail: {smtp: "mail.film.example:25", from: farm@film.example, to: "{owner}@film.example"}'
_KEYS = {"smtp", "program", "from", "to", "admin"}


@dataclass(frozen=True)
class Mail:
    """How mail leaves the farm: over a server, or through a program like sendmail."""

    sender: str
    to: str                     # an address, or one with {owner}
    smtp: str = ""              # HOST:PORT
    program: str = ""
    admin: str = ""             # who hears of sick hosts; without it whoever owns the spool

    def address_of(self, owner: str) -> str:
        """Of a user; "" if mail cannot name him."""
        found = self.to.replace(OWNER, owner) if _OWNER.fullmatch(owner) else ""
        return found if is_address(found) else ""

    @property
    def server(self) -> tuple[str, int]:
        host, _, port = self.smtp.rpartition(":")
        return host.strip("[]"), int(port)


def is_address(text: str) -> bool:
    """One plain address, and nothing that could end its line or name a second one."""
    return bool(ADDRESS.fullmatch(text)) and ".." not in text


def read(path: str, farm: dict[str, Any]) -> Mail | None:
    """What farm.yaml says; None where nobody is mailed."""
    said = farm.get("mail")
    if said in (None, "", "false"):
        return None
    if not isinstance(said, dict) or not all(isinstance(value, str) for value in said.values()):
        raise BadFile(f"{path}: mail is no list of key: value.", _CURE)
    if odd := sorted(set(map(str, said)) - _KEYS):
        raise BadFile(f"{path}: mail knows no {odd[0]!r}; it has {', '.join(sorted(_KEYS))}.", _CURE)
    mail = Mail(said.get("from", ""), said.get("to", ""), said.get("smtp", ""), said.get("program", ""),
                said.get("admin", ""))
    _check(path, mail)
    return mail


def _check(path: str, mail: Mail) -> None:
    if bool(mail.smtp) == bool(mail.program):
        raise BadFile(f"{path}: mail needs either smtp (HOST:PORT) or program (sendmail).", _CURE)
    found = _SERVER.fullmatch(mail.smtp)
    if mail.smtp and not (found and int(found[2]) < 65536):
        raise BadFile(f"{path}: mail: smtp {mail.smtp!r} is no HOST:PORT.", _CURE)
    said = {"from": mail.sender, "to": mail.to.replace(OWNER, "x"), "admin": mail.admin or mail.sender}
    for key, address in said.items():
        if not is_address(address):
            raise BadFile(f"{path}: mail: {key} is no address.", _CURE)
