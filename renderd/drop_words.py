"""What stands beside a file that came back from the drop-box, in the language of farm.yaml."""

from collections.abc import Mapping

# code: (what is wrong, what to do)
WORDS: Mapping[str, Mapping[str, tuple[str, str]]] = {
    "en": {
        "no-blend-file": ("This is no .blend file of Blender.",
                          "Save the scene in Blender (File, Save As), and put the .blend here."),
        "cut-short": ("This .blend breaks off: it was not copied to its end.", "Copy it here once more."),
        "too-new": ("This .blend was saved by a Blender that the farm does not know yet.",
                    "Save it with an older Blender, or have the farm updated."),
        "damaged": ("This .blend is damaged.", "Open it in Blender and save it again; or take the last good copy."),
        "unreadable": ("The farm may not read {path}.", "Let everybody read it, or the group of the farm."),
        "unread": ("The farm fails at reading this .blend. {text}",
                   "Open it in Blender and save it here again; if it stays so, tell whoever looks after the farm."),
        "no-blend": ("There is no .blend in this folder.", "Put one in, then put the folder here once more."),
        "several": ("There are several .blend files in this folder: {files}.",
                    "Leave the one to be rendered on top, and put the others into folders inside; or send it from a "
                    "terminal: render add FILE.blend"),
        "several-scenes": ("This .blend wants several scenes rendered: {scenes}.",
                           "Say which, from a terminal: render add FILE.blend --scene NAME"),
        "missing": ("It needs files that are not here: {files}",
                    "Pack them into the .blend (File, External Data, Pack Resources); or put a folder here that has "
                    "the .blend and these files, with relative paths."),
        "no-scene": ("This .blend has no scene to be rendered.", "Open it in Blender and save it with a scene."),
        "no-camera": ("The scene {scene} has no camera.",
                      "In Blender: Shift A, Camera; make it the active one (Ctrl 0 on the number pad); save it here "
                      "again."),
        "no-output": ("The farm cannot write the pictures where this file wants them: {text}",
                      "In Blender, Output Properties: write //render/ as the output path, and save it here again. Of a "
                      "folder: let the group of the farm write in it."),
        "link": ("{path} is a link. The farm follows none.", "Put the file itself here."),
        "second-name": ("{path} has a second name elsewhere (a hard link).", "Put a copy of it here."),
        "device": ("{path} is no file.", "Put a .blend here, or a folder with one."),
        "stranger": ("{path} belongs to uid {uid}, whom this farm does not know.", "Put it here as yourself."),
        "too-many": ("This folder has more than {most} files.", "Put only what the .blend needs here."),
        "no-move": ("The farm may not take this folder: {text}.",
                    "Let its group write in it: chmod -R g+w FOLDER. Or pack everything into the .blend."),
        "other": ("{text}", ""),
    },
    "de": {
        "no-blend-file": ("Das ist keine .blend-Datei von Blender.",
                          "Speichere die Szene in Blender (Datei, Speichern unter) und lege die .blend hierher."),
        "cut-short": ("Diese .blend bricht ab: sie wurde nicht bis zum Ende kopiert.", "Kopiere sie noch einmal her."),
        "too-new": ("Diese .blend ist von einem Blender, den die Farm noch nicht kennt.",
                    "Speichere sie mit einem älteren Blender, oder lass die Farm aktualisieren."),
        "damaged": ("Diese .blend ist beschädigt.",
                    "Öffne sie in Blender und speichere sie neu; oder nimm die letzte gute Kopie."),
        "unreadable": ("Die Farm darf {path} nicht lesen.", "Erlaube es allen, oder der Gruppe der Farm."),
        "unread": ("Die Farm scheitert beim Lesen dieser .blend. {text}",
                   "Öffne sie in Blender und speichere sie noch einmal hierher; hilft das nicht, sag es denen, die "
                   "sich um die Farm kümmern."),
        "no-blend": ("In diesem Ordner ist keine .blend.", "Lege eine hinein und den Ordner noch einmal hierher."),
        "several": ("In diesem Ordner sind mehrere .blend-Dateien: {files}.",
                    "Lass die eine, die gerendert werden soll, oben liegen und lege die anderen in Unterordner; oder "
                    "schicke sie von einem Terminal: render add DATEI.blend"),
        "several-scenes": ("Diese .blend will mehrere Szenen gerendert haben: {scenes}.",
                           "Sag von einem Terminal, welche: render add DATEI.blend --scene NAME"),
        "missing": ("Sie braucht Dateien, die nicht hier sind: {files}",
                    "Packe sie in die .blend (Datei, Externe Daten, Ressourcen packen); oder lege einen Ordner "
                    "hierher, in dem die .blend und diese Dateien mit relativen Pfaden liegen."),
        "no-scene": ("Diese .blend hat keine Szene zum Rendern.", "Öffne sie in Blender und speichere sie mit Szene."),
        "no-camera": ("Die Szene {scene} hat keine Kamera.",
                      "In Blender: Umschalt A, Kamera; mache sie aktiv (Strg 0 auf dem Ziffernblock); speichere die "
                      "Datei noch einmal hierher."),
        "no-output": ("Die Farm kann die Bilder nicht dorthin schreiben, wo diese Datei sie haben will: {text}",
                      "In Blender, Ausgabe-Eigenschaften: schreibe //render/ als Ausgabepfad und speichere die Datei "
                      "noch einmal hierher. Bei einem Ordner: lass die Gruppe der Farm darin schreiben."),
        "link": ("{path} ist ein Verweis. Die Farm folgt keinem.", "Lege die Datei selbst hierher."),
        "second-name": ("{path} hat anderswo einen zweiten Namen (ein harter Link).", "Lege eine Kopie hierher."),
        "device": ("{path} ist keine Datei.", "Lege eine .blend hierher, oder einen Ordner mit einer."),
        "stranger": ("{path} gehört der uid {uid}, die diese Farm nicht kennt.", "Lege sie selbst hierher."),
        "too-many": ("Dieser Ordner hat mehr als {most} Dateien.", "Lege nur hierher, was die .blend braucht."),
        "no-move": ("Die Farm darf diesen Ordner nicht nehmen: {text}.",
                    "Lass seine Gruppe darin schreiben: chmod -R g+w ORDNER. Oder packe alles in die .blend."),
        "other": ("{text}", ""),
    },
}
_HEAD = {"en": "{name} was not sent to the farm.", "de": "{name} wurde nicht an die Farm geschickt."}
_END = {"en": "When it is mended, save or put it here again; this text goes by itself.",
        "de": "Wenn es behoben ist, speichere oder lege es noch einmal hierher; dieser Text verschwindet von selbst."}


def answer(language: str, name: str, code: str, words: Mapping[str, object]) -> str:
    """The whole text."""
    what, cure = WORDS[language].get(code) or WORDS[language]["other"]
    known = {"path": name, "text": code} | {key: _plain(value) for key, value in words.items() if value}
    parts = [_HEAD[language].format(name=_plain(name)), "", what.format(**known), cure, "", _END[language]]
    return "\n".join(parts) + "\n"


def _plain(value: object) -> str:
    text = str(value).encode("utf-8", "replace").decode()
    return "".join(char if char.isprintable() else "?" for char in text)
