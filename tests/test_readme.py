"""What the README promises about the environment is what the settings read."""

import re
from pathlib import Path

ROOT = Path(__file__).parent.parent
README = (ROOT / "README.md").read_text()


def test_readme_names_every_environment_variable_and_no_other() -> None:
    settings = (ROOT / "ats" / "settings.py").read_text()
    read = set(re.findall(r"(?:env\.\w+|source\.required)\(\s*\"([A-Z_0-9]+)\"", settings))
    read |= set(re.findall(r"\$\{([A-Z_]+)", (ROOT / "Procfile").read_text()))
    rows = re.findall(r"^\| (`.*?`) \|", README, re.MULTILINE)
    named = set(re.findall(r"`([A-Z_0-9]+)`", " ".join(rows)))
    by_libraries = {"SSL_CERT_FILE", "ANYMAIL_WEBHOOK_SECRET"}
    assert named - by_libraries == read


def test_readmes_links_lead_somewhere() -> None:
    links = re.findall(r"\]\(([^)#:]+)\)", README)
    assert links
    assert [link for link in links if not (ROOT / link).exists()] == []
