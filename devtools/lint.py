"""Check style, views, translations and what must not be in the tree."""

import os
import re
import subprocess
import sys
import tempfile
from pathlib import Path

from .cache import SetupError, say
from .translations import export
from .workshop import ADDON, CHECKOUT, Workshop

#: text of the tree that would tie it to a machine
MACHINE = re.compile(r"(?<![\w.])/(tmp|root|home|work|farm)/")
ALLOWED = ("devtools/lint.py",)


def tracked() -> list[str]:
    """Return the files that git knows or would add."""
    command = ["git", "ls-files", "--cached", "--others", "--exclude-standard"]
    done = subprocess.run(
        command, cwd=CHECKOUT, capture_output=True, text=True, check=True
    )
    return [name for name in done.stdout.splitlines() if (CHECKOUT / name).is_file()]


def check_machine_paths(files: list[str]) -> list[str]:
    """Return the places that name a path of a machine."""
    found = []
    for name in files:
        if name in ALLOWED or name.endswith((".png", ".po", ".pot")):
            continue
        lines = (CHECKOUT / name).read_text(errors="replace").splitlines()
        found += [
            f"{name}:{number}: path of a machine"
            for number, line in enumerate(lines, 1)
            if MACHINE.search(line)
        ]
    return found


def run(workshop: Workshop, *words, cwd=CHECKOUT) -> bool:
    """Run a tool of the virtual environment, tell whether it is content."""
    say(" ".join(map(str, words[:3])))
    command = [str(workshop.python), "-m", *map(str, words)]
    return (
        subprocess.run(command, cwd=cwd, env=workshop.environ(), check=False).returncode
        == 0
    )


def check_exported(workshop: Workshop) -> bool:
    """Run the checks that read the add-on as a folder of its own name.

    The OCA checks read nothing, and say nothing, when the repository's root is the
    add-on itself.
    """
    with tempfile.TemporaryDirectory() as folder:
        target = Path(folder) / ADDON
        for name in tracked():
            path = target / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes((CHECKOUT / name).read_bytes())
        pylint = run(
            workshop,
            "pylint",
            f"--rcfile={CHECKOUT / '.pylintrc'}",
            "--ignore=devtools",
            # README.md is the readme; a model is split into files on purpose.
            "--disable=missing-readme,consider-merging-classes-inherited",
            ADDON,
            cwd=folder,
        )
        program = workshop.python.parent / "oca-checks-odoo-module"
        say("oca-checks-odoo-module")
        disable = "xml-header-wrong,xml-field-numeric-without-eval,prefer-readme-rst"
        oca = subprocess.run(
            [str(workshop.python), str(program), f"--disable={disable}", ADDON],
            cwd=folder,
            env=workshop.environ(),
            check=False,
        )
        return pylint and oca.returncode == 0


#: Odoo keeps the old translation of a text that changed as a whole: its tags, words
#: and placeholders must be the source's
INCOMPLETE = r"""
import polib, re, sys
def shape(text):
    return sorted(re.findall(r'<(\w+)|t-out="([^"]+)"|(%\(\w+\)s)', text))
po = polib.pofile(sys.argv[1])
bad = po.untranslated_entries() + po.fuzzy_entries()
bad += [one for one in po if one.msgstr and shape(one.msgid) != shape(one.msgstr)]
print("\n".join(f"fr.po: {entry.msgid[:70]!r}" for entry in bad))
"""


def check_translations(workshop: Workshop) -> list[str]:
    """Return what is wrong with the translation files.

    The template must be what the sources give; French must be complete.
    """
    import_path = workshop.python.parent
    with workshop.temporary_site() as site:
        draft = site.folder / "i18n"
        draft.mkdir()
        export(workshop, site, draft)
        problems = []
        fresh = (draft / f"{ADDON}.pot").read_text()
        if fresh != (CHECKOUT / "i18n" / f"{ADDON}.pot").read_text():
            problems.append("i18n: the template is not current: make translations")
    done = subprocess.run(
        [str(import_path / "python"), "-c", INCOMPLETE, str(CHECKOUT / "i18n/fr.po")],
        capture_output=True,
        text=True,
        check=True,
    )
    return problems + [line for line in done.stdout.splitlines() if line]


def main() -> int:
    """Run all the checks, return 1 when one fails."""
    workshop = Workshop.open()
    problems = check_machine_paths(tracked())
    good = run(workshop, "ruff", "check", ".")
    good &= run(workshop, "ruff", "format", "--check", ".")
    good &= check_exported(workshop)
    say("translations")
    problems += check_translations(workshop)
    print("\n".join(problems))
    return 0 if good and not problems else 1


if __name__ == "__main__":
    os.environ.setdefault("PYTHONDONTWRITEBYTECODE", "1")
    try:
        sys.exit(main())
    except SetupError as problem:
        sys.exit(f"Cannot check: {problem}")
