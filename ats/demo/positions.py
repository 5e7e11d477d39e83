"""What the demo company is hiring for, in English and German."""

from collections.abc import Sequence
from dataclasses import dataclass, field


def listed(*items: str) -> str:
    return "<ul>" + "".join(f"<li>{item}</li>" for item in items) + "</ul>"


@dataclass(frozen=True)
class Text:
    title: str
    sections: Sequence[tuple[str, str]]  # heading, HTML


@dataclass(frozen=True)
class Opening:
    """A position; ``subcompany`` empty is the main company. ``managed``: the hiring manager's own."""

    name: str
    texts: dict[str, Text]
    subcompany: str = ""
    published: bool = True
    managed: bool = False
    fields: dict[str, object] = field(default_factory=dict)


ABOUT_EN = (
    "About us",
    (
        "<p>Acme builds heat pumps and the software that makes them quiet, frugal and easy to look after. "
        "180 people in Berlin and Vienna plan, build and maintain them for houses, schools and whole streets.</p>"
    ),
)
ABOUT_DE = (
    "Über uns",
    (
        "<p>Acme baut Wärmepumpen und die Software, die sie leise, sparsam und wartungsarm macht. "
        "180 Menschen in Berlin und Wien planen, bauen und betreuen sie – für Häuser, Schulen und ganze Straßen.</p>"
    ),
)
OFFER_EN = (
    "What we offer",
    listed(
        "30 days of holiday and working hours you arrange with your team",
        "A permanent contract and a salary band we name in the first call",
        "A budget of 1,500 € a year for courses, books and conferences",
    ),
)
OFFER_DE = (
    "Das bieten wir",
    listed(
        "30 Tage Urlaub und Arbeitszeiten, die du mit deinem Team absprichst",
        "Ein unbefristeter Vertrag und ein Gehaltsband, das wir im ersten Gespräch nennen",
        "1.500 € im Jahr für Kurse, Bücher und Konferenzen",
    ),
)


def english(title: str, tasks: Sequence[str], profile: Sequence[str]) -> Text:
    """Four sections a reader of job boards expects."""
    return Text(
        title,
        [ABOUT_EN, ("Your tasks", listed(*tasks)), ("Your profile", listed(*profile)), OFFER_EN],
    )


def german(title: str, tasks: Sequence[str], profile: Sequence[str]) -> Text:
    return Text(
        title,
        [ABOUT_DE, ("Deine Aufgaben", listed(*tasks)), ("Dein Profil", listed(*profile)), OFFER_DE],
    )


BACKEND = Opening(
    name="Backend developer",
    managed=True,
    fields={
        "office": "Berlin",
        "additional_offices": ["Wien"],
        "department": "Software",
        "recruiting_category": "Technology",
        "years_of_experience": "2-5",
        "keywords": "python, django, join",
        "occupation": "software_and_web_development",
        "occupation_category": "it_software",
        "salary_min": 62000,
        "salary_max": 78000,
        "openings": 2,
    },
    texts={
        "en": english(
            "Backend developer (all genders)",
            [
                "Build the services that read 40,000 heat pumps every minute",
                "Design interfaces our installers can use with one hand on the ladder",
                "Review code, write tests and explain decisions in plain words",
            ],
            [
                "Several years of Python, ideally with Django and PostgreSQL",
                "You have run what you built, and know what a bad night on call feels like",
                "English for work; German is welcome, not required",
            ],
        ),
        "de": german(
            "Backend-Entwickler:in",
            [
                "Du baust die Dienste, die jede Minute 40.000 Wärmepumpen auslesen",
                "Du entwirfst Oberflächen, die unsere Monteure auf der Leiter bedienen können",
                "Du prüfst Code, schreibst Tests und erklärst Entscheidungen verständlich",
            ],
            [
                "Mehrere Jahre Python, gern mit Django und PostgreSQL",
                "Du hast betrieben, was du gebaut hast",
                "Englisch für die Arbeit; Deutsch ist willkommen, aber keine Bedingung",
            ],
        ),
    },
)

PEOPLE = Opening(
    name="People partner",
    fields={
        "office": "Berlin",
        "department": "People & Culture",
        "recruiting_category": "Administration",
        "schedule": "full-or-part-time",
        "years_of_experience": "5-7",
        "keywords": "hr, recruiting",
        "occupation": "hr_generalist",
        "occupation_category": "human_resources",
    },
    texts={
        "en": english(
            "People partner (all genders)",
            [
                "Advise forty colleagues and their leads from the first day to the last",
                "Run our hiring together with the teams: from the job text to the offer",
                "Keep contracts, certificates and pay changes correct and on time",
            ],
            [
                "Experience in human resources in a company that grew while you were there",
                "Sound knowledge of German labour law",
                "Fluent German and English",
            ],
        ),
        "de": german(
            "Personalreferent:in",
            [
                "Du berätst vierzig Kolleginnen und Kollegen und ihre Leitungen vom ersten Tag an",
                "Du führst unsere Einstellungen mit den Teams: vom Anzeigentext bis zum Angebot",
                "Du hältst Verträge, Zeugnisse und Gehaltsänderungen richtig und pünktlich",
            ],
            [
                "Erfahrung in der Personalarbeit eines wachsenden Unternehmens",
                "Sichere Kenntnisse im Arbeitsrecht",
                "Fließendes Deutsch und Englisch",
            ],
        ),
    },
)

PROJECTS = Opening(
    name="Project manager, installations",
    subcompany="Acme Berlin GmbH",
    managed=True,
    fields={
        "openings": 2,
        "office": "Berlin",
        "department": "Installations",
        "recruiting_category": "Construction",
        "years_of_experience": "5-7",
        "keywords": "heat pumps, construction",
        "occupation": "project_management",
        "occupation_category": "project_and_program_management",
    },
    texts={
        "en": english(
            "Project manager, installations (all genders)",
            [
                "Lead ten to fifteen installations at a time, from site visit to handover",
                "Plan crews, material and cranes, and keep owners informed before they ask",
                "Answer for dates, costs and quality of your sites",
            ],
            [
                "Training or degree in building services, electrical engineering or alike",
                "Experience in leading building sites",
                "German at level C1 and a driving licence",
            ],
        ),
        "de": german(
            "Projektleiter:in Wärmepumpenmontage",
            [
                "Du leitest zehn bis fünfzehn Montagen gleichzeitig, von der Besichtigung bis zur Übergabe",
                "Du planst Trupps, Material und Kräne und informierst Eigentümer, bevor sie fragen",
                "Du verantwortest Termine, Kosten und Qualität deiner Baustellen",
            ],
            [
                "Ausbildung oder Studium in Gebäudetechnik, Elektrotechnik oder Ähnlichem",
                "Erfahrung in der Leitung von Baustellen",
                "Deutsch auf dem Niveau C1 und ein Führerschein der Klasse B",
            ],
        ),
    },
)

SERVICE = Opening(
    name="Customer adviser",
    subcompany="Acme Wien GmbH",
    fields={
        "office": "Wien",
        "department": "Customer service",
        "recruiting_category": "Service",
        "schedule": "part-time",
        "seniority": "entry-level",
        "years_of_experience": "lt-1",
        "keywords": "service, telephone",
        "occupation": "customer_service",
        "occupation_category": "customer_support_and_client_care",
    },
    texts={
        "en": english(
            "Customer adviser, part time (all genders)",
            [
                "Help owners by telephone and mail to understand and adjust their heat pump",
                "Arrange visits of our technicians in Vienna and Lower Austria",
                "Tell the software team what owners stumble over",
            ],
            [
                "You explain technical things patiently; we teach you ours in six weeks",
                "Fluent German, good English",
                "20 to 25 hours a week, on at least three days",
            ],
        ),
        "de": german(
            "Kundenberater:in in Teilzeit",
            [
                "Du hilfst am Telefon und per Mail, die eigene Wärmepumpe zu verstehen und einzustellen",
                "Du vereinbarst Termine unserer Techniker in Wien und Niederösterreich",
                "Du sagst dem Softwareteam, worüber die Kundschaft stolpert",
            ],
            [
                "Du erklärst Technik geduldig; unsere lernst du in sechs Wochen",
                "Fließendes Deutsch, gutes Englisch",
                "20 bis 25 Stunden in der Woche an mindestens drei Tagen",
            ],
        ),
    },
)

MARKETING = Opening(
    name="Working student, marketing",
    published=False,
    fields={
        "office": "Berlin",
        "department": "Marketing",
        "employment_type": "working_student",
        "seniority": "student",
        "schedule": "part-time",
        "occupation_category": "marketing_and_product",
    },
    texts={
        "en": english(
            "Working student, marketing (all genders)",
            ["Write and edit texts for our site", "Prepare two fairs a year"],
            ["You are enrolled at a university", "You write clear German and English"],
        ),
        "de": german(
            "Werkstudent:in Marketing",
            ["Du schreibst und redigierst Texte für unsere Seite", "Du bereitest zwei Messen vor"],
            [
                "Du bist an einer Hochschule eingeschrieben",
                "Du schreibst klares Deutsch und Englisch",
            ],
        ),
    },
)

ACME = [BACKEND, PEOPLE, PROJECTS, SERVICE, MARKETING]

GLOBEX = [
    Opening(
        name="Warehouse clerk",
        fields={"office": "Hamburg", "department": "Logistics", "recruiting_category": "Logistics"},
        texts={
            "en": Text(
                "Warehouse clerk (all genders)",
                [
                    ("Your tasks", listed("Receive and book goods", "Pack and send orders")),
                    ("Your profile", listed("A forklift licence", "Reliability in shifts")),
                ],
            )
        },
    )
]
