"""Send one mail: reads it as JSON on stdin, exits 0 when a server or a program took it.

    python -I -S postman.py < {"smtp": [HOST, PORT] or "", "program": [...], "from", "to", "subject", "text",
                               "id", "picture": base64 of a JPEG or ""}

A program of its own with the standard library alone: whatever a mail server does, it does it to this process, and
the daemon ends it after a while."""

import base64
import json
import smtplib
import subprocess
import sys
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import formatdate

TIMEOUT = 20.0      # seconds for each answer of the server; the daemon ends us when all takes too long


def main() -> None:
    said = json.load(sys.stdin.buffer)
    letter = written(said)
    try:
        if said["smtp"]:
            host, port = said["smtp"]
            server = smtplib.SMTP(host, port, timeout=TIMEOUT)
            try:
                server.send_message(letter, said["from"], [said["to"]])
                server.putcmd("quit")       # its answer is not waited for: a mail that was taken is not sent again
            finally:
                server.close()
        else:
            subprocess.run([*said["program"], "-i", "-f", said["from"], "--", said["to"]], input=letter.as_bytes(),
                           check=True)
    except (OSError, smtplib.SMTPException, subprocess.SubprocessError) as error:
        sys.exit(" ".join(str(error).split()) or type(error).__name__)


def written(said: dict[str, str]) -> EmailMessage:
    """The mail. What could end a header's line is not in it: EmailMessage refuses it, and `line` takes it out."""
    letter = EmailMessage(policy=SMTP.clone(cte_type="7bit"))       # which every server takes
    for header, key in (("From", "from"), ("To", "to"), ("Subject", "subject"), ("Message-ID", "id")):
        letter[header] = line(said[key])
    letter["Date"] = formatdate(localtime=False)
    letter["Auto-Submitted"] = "auto-generated"         # so that no holiday notice answers
    letter.set_content(said["text"])
    if said["picture"]:
        letter.add_attachment(base64.b64decode(said["picture"]), "image", "jpeg", filename="frame.jpg")
    return letter


def line(text: str) -> str:
    return "".join(char if char.isprintable() else " " for char in text)[:200]


if __name__ == "__main__":
    main()
