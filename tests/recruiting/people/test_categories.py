import pytest

from recruiting.people import categories


@pytest.mark.parametrize(
    ("name", "category"),
    [
        ("CV.pdf", "cv"),
        ("Lebenslauf_Mia_Muster.pdf", "cv"),
        ("Anschreiben.docx", "cover-letter"),
        ("Arbeitszeugnis-2024.pdf", "employment-reference"),
        ("Abiturzeugnis.pdf", "certificate"),
        ("portfolio 2.pdf", "work-sample"),
        ("scan0001.pdf", "other"),
        ("cvetkovic.pdf", "other"),
    ],
)
def test_the_file_name_tells_the_category(name: str, category: str) -> None:
    assert categories.guess(name) == category
