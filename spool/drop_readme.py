"""What lies in the drop-box of a new spool, for whoever opens it in a file manager."""

README = """\
Save or copy a .blend into this folder, or a whole folder with one, from any program: the farm renders it.

After some seconds it becomes a folder with a date in its name, 20261120-101530-NAME-7f3a. In it lie your file and,
if the file does not say otherwise, its pictures (render/). Take both away when you like; nobody else does.
If something is wrong, the file stays here, and NAME.txt beside it says what to do.
To stop a job: render cancel NAME     More: docs/DROP-BOX.md

Speichere oder kopiere eine .blend in diesen Ordner, oder einen ganzen Ordner mit einer, aus jedem Programm: die Farm
rendert sie.

Nach einigen Sekunden wird daraus ein Ordner mit einem Datum im Namen, 20261120-101530-NAME-7f3a. Darin liegen deine
Datei und, wenn sie nichts anderes sagt, ihre Bilder (render/). Nimm beides weg, wann du willst; sonst tut es niemand.
Wenn etwas nicht stimmt, bleibt die Datei hier, und NAME.txt daneben sagt, was zu tun ist.
Um einen Job anzuhalten: render cancel NAME     Mehr: docs/DROP-BOX.md
"""
