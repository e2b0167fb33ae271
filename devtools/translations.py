"""Write the translation files anew from the sources."""

import re
import shutil
import sys
from pathlib import Path

from .cache import SetupError, say
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


def main() -> int:
    """Write i18n/ anew, keeping the translations that are there."""
    workshop = Workshop.open()
    with workshop.temporary_site() as site:
        draft = site.folder / "i18n"
        draft.mkdir()
        export(workshop, site, draft)
        for path in draft.iterdir():
            shutil.copy(path, FOLDER / path.name)
            say(f"wrote i18n/{path.name}")
    return 0


if __name__ == "__main__":
    try:
        sys.exit(main())
    except SetupError as problem:
        sys.exit(f"Cannot write the translations: {problem}")
