"""Write the translation files anew from the sources."""

import re
import shutil
import sys
from pathlib import Path

from .cache import SetupError, say
from .commands import run
from .workshop import ADDON, CHECKOUT, Workshop

FOLDER = CHECKOUT / "i18n"
#: lines of a pot that change without any change of a text
VOLATILE = re.compile(
    r'^"(POT-Creation-Date|PO-Revision-Date|Project-Id-Version).*\n', re.M
)


def export(workshop: Workshop, site, target: Path) -> None:
    """Export the template and the French file of the add-on into a folder.

    Odoo writes into the add-on's own folder: the files are moved from there.
    """
    for name, language in ((f"{ADDON}.pot", "pot"), ("fr.po", "fr")):
        output = target / name
        workshop.odoo(
            *["i18n", "export", "-c", site.config, "-d", site.database],
            *["-l", language, "-o", output, "--", ADDON],
            what="exporting the translations",
        )
        output.write_text(VOLATILE.sub("", output.read_text()))


#: Odoo exports a translation equal to its source as a missing one: ours is kept
KEEP = """
import polib, sys
kept, fresh = (polib.pofile(path) for path in sys.argv[1:])
known = {entry.msgid: entry.msgstr for entry in kept}
for entry in fresh.untranslated_entries():
    entry.msgstr = known.get(entry.msgid, "")
fresh.save()
"""


def keep(workshop: Workshop, fresh: Path) -> None:
    """Fill what an exported file lacks from the file of the same name in i18n/."""
    command = [workshop.python, "-c", KEEP, FOLDER / fresh.name, fresh]
    run([str(word) for word in command], "keeping the translations")


def main() -> int:
    """Write i18n/ anew, keeping the translations that are there."""
    workshop = Workshop.open()
    with workshop.temporary_site() as site:
        draft = site.folder / "i18n"
        draft.mkdir()
        export(workshop, site, draft)
        keep(workshop, draft / "fr.po")
        for path in draft.iterdir():
            shutil.copy(path, FOLDER / path.name)
            say(f"wrote i18n/{path.name}")
    return 0


if __name__ == "__main__":
    try:
        sys.exit(main())
    except SetupError as problem:
        sys.exit(f"Cannot write the translations: {problem}")
