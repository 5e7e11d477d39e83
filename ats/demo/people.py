"""The demo company's candidates: made-up people with believable applications."""

from collections.abc import Sequence
from dataclasses import dataclass, field

from ats.demo.positions import BACKEND, PEOPLE, PROJECTS, SERVICE


@dataclass(frozen=True)
class Person:
    """A candidate; ``days`` is how long ago they applied, ``stage`` where they are now."""

    first_name: str
    last_name: str
    position: str
    stage: str
    days: int
    source: str
    message: str
    phone: str = ""
    location: str = ""
    available_from: str = ""
    salary: str = ""
    tags: Sequence[str] = ()
    attributes: dict[str, str] = field(default_factory=dict)
    mails: Sequence[tuple[str, str]] = ()  # "in" or "out", text
    note: str = ""

    @property
    def address(self) -> str:
        """An address below ``.example`` (RFC 2606): never anybody's."""
        plain = f"{self.first_name}.{self.last_name}".lower()
        return f"{plain.translate(PLAIN)}@mail.example"


PLAIN = str.maketrans(
    {"ä": "ae", "ö": "oe", "ü": "ue", "ß": "ss", "é": "e", "ł": "l", "ı": "i", " ": "-"}
)

ACME = [
    Person(
        "Mia", "Candidate", BACKEND.name, "Phone interview", 6, "Career site",
        "Hello,\n\nI read 40,000 heat pumps every minute twice and then counted our own meters. "
        "I have spent four years on metering software in Django and would like to do it for heat.\n\n"
        "Kind regards\nMia",
        phone="+49 30 5550101", location="Berlin", available_from="1 January", salary="70.000 €",
        tags=["remote", "speaks German"],
        attributes={"Earliest start": "2027-01-01", "German level": "C2", "JOIN Original Source": ""},
        mails=[
            ("out", ("Dear Mia,\n\nthank you for your application. Would Thursday at ten suit you "
                    "for a first call of half an hour?\n\nBest regards\nRobin Falk")),
            ("in", "Hello Robin,\n\nThursday at ten is fine. Please call me on my mobile.\n\nMia"),
        ],
        note="Strong on testing. Ask about on-call experience.",
    ),
    Person(
        "Jonas", "Weber", BACKEND.name, "On-site interview", 19, "JOIN",
        "Guten Tag,\n\nseit sechs Jahren entwickle ich Backends in Python, zuletzt bei einem "
        "Stadtwerk. Meinen Lebenslauf finden Sie anbei.\n\nMit freundlichen Grüßen\nJonas Weber",
        phone="+49 341 5550102", location="Leipzig", available_from="3 Monate Frist",
        salary="75.000 €", tags=["senior", "speaks German"],
        attributes={"JOIN Original Source": "Indeed", "German level": "C2"},
        mails=[
            ("out", ("Guten Tag Herr Weber,\n\nwir möchten Sie gern in Berlin kennenlernen. "
                    "Passt Ihnen der kommende Dienstag um 14 Uhr?\n\nViele Grüße\nRobin Falk")),
            ("in", ("Guten Tag,\n\nDienstag um 14 Uhr passt. Kann ich mit dem Fahrrad in den Hof?\n\n"
                   "Viele Grüße\nJonas Weber")),
        ],
    ),
    Person(
        "Priya", "Raman", BACKEND.name, "Unassigned", 1, "LinkedIn",
        "Hi,\n\nI maintain two open-source libraries for time series and would love to see them "
        "under real load.\n\nPriya",
        location="Wien", available_from="in four weeks", tags=["relocation"],
        attributes={"German level": "A2"},
    ),
    Person(
        "Tomasz", "Kowalski", BACKEND.name, "Screening", 4, "JOIN",
        "Hello, please find my CV attached. I am moving to Berlin in spring.\n\nTomasz",
        phone="+48 22 5550104", location="Warszawa", salary="minimum 65k", tags=["relocation"],
        attributes={"JOIN Original Source": "StepStone"},
    ),
    Person(
        "Elif", "Demir", BACKEND.name, "Offer", 33, "Referral",
        "Hello Robin,\n\nNoor told me about the team. Attached are my CV and two samples.\n\nElif",
        phone="+49 30 5550105", location="Berlin", salary="76.000 €", tags=["senior"],
        attributes={"Earliest start": "2027-02-01", "German level": "C1"},
        mails=[("out", ("Dear Elif,\n\nwe were delighted to meet you. The offer follows today by "
                       "separate mail.\n\nBest regards\nRobin Falk"))],
    ),
    Person(
        "Lukas", "Brandt", BACKEND.name, "Rejected", 41, "Indeed",
        "Sehr geehrte Damen und Herren,\n\nhiermit bewerbe ich mich als Backend-Entwickler.",
        location="Hannover", attributes={"German level": "C2"},
    ),
    Person(
        "Hannah", "Krüger", PEOPLE.name, "Screening", 3, "Career site",
        "Guten Tag,\n\nnach acht Jahren Personalarbeit in einem Maschinenbaubetrieb suche ich ein "
        "Haus, das wächst.\n\nHannah Krüger",
        phone="+49 30 5550107", location="Potsdam", available_from="01.03.2027",
        tags=["speaks German"], attributes={"German level": "C2"},
    ),
    Person(
        "Chiara", "Bianchi", PEOPLE.name, "Phone interview", 9, "LinkedIn",
        "Dear team,\n\nI have built the hiring of a start-up from 20 to 140 people and am ready "
        "for something calmer.\n\nChiara Bianchi",
        location="Berlin", salary="58.000 €", tags=["remote"], attributes={"German level": "C1"},
    ),
    Person(
        "Ole", "Petersen", PEOPLE.name, "Withdrawn", 27, "JOIN",
        "Moin,\n\nmein Lebenslauf ist angehängt. Ich freue mich auf ein Gespräch.\n\nOle Petersen",
        location="Hamburg", attributes={"JOIN Original Source": "Monster"},
        mails=[("in", ("Moin,\n\nich habe inzwischen eine Stelle in Hamburg angenommen und ziehe "
                      "meine Bewerbung zurück. Danke für die nette Einladung.\n\nOle Petersen"))],
    ),
    Person(
        "Aylin", "Yılmaz-Kern", PROJECTS.name, "On-site interview", 16, "Career site",
        "Guten Tag,\n\nich leite seit fünf Jahren Baustellen in der Gebäudetechnik, zuletzt eine "
        "Schule mit 1,2 MW.\n\nAylin Yılmaz-Kern",
        phone="+49 30 5550110", location="Berlin", available_from="sofort", salary="68.000 €",
        tags=["senior", "speaks German"], attributes={"German level": "C2"},
        mails=[
            ("out", ("Guten Tag Frau Yılmaz-Kern,\n\nkönnten Sie uns noch Ihr Zeugnis der "
                    "Handwerkskammer schicken?\n\nViele Grüße\nAcme Berlin")),
            ("in", "Guten Tag,\n\ngern, das Zeugnis kommt heute Abend.\n\nAylin Yılmaz-Kern"),
        ],
    ),
    Person(
        "Stefan", "Maurer", PROJECTS.name, "Unassigned", 2, "Indeed",
        "Sehr geehrtes Team,\n\nals Elektrotechnikmeister mit zwölf Jahren Erfahrung bewerbe ich "
        "mich auf Ihre Stelle.\n\nStefan Maurer",
        phone="+49 30 5550111", location="Berlin", attributes={"German level": "C2"},
    ),
    Person(
        "Noémie", "Laurent", PROJECTS.name, "Accepted", 58, "Referral",
        "Guten Tag,\n\nIhre Kollegin Elif hat mir von der Stelle erzählt.\n\nNoémie Laurent",
        location="Berlin", salary="66.000 €", attributes={"German level": "C1"},
    ),
    Person(
        "Valentin", "Huber", SERVICE.name, "Unassigned", 0, "Career site",
        "Grüß Gott,\n\nich studiere Energietechnik und suche eine Stelle an drei Tagen in der "
        "Woche.\n\nValentin Huber",
        phone="+43 1 5550113", location="Wien", available_from="ab sofort",
        tags=["speaks German"], attributes={"German level": "C2"},
    ),
    Person(
        "Marta", "Novak", SERVICE.name, "Screening", 5, "Indeed",
        "Guten Tag,\n\nsieben Jahre Kundendienst bei einem Energieversorger, davon vier am "
        "Telefon.\n\nMarta Novak",
        phone="+43 1 5550114", location="St. Pölten", attributes={"German level": "C1"},
    ),
]  # fmt: skip

STRANGERS = [
    ("Karl Lindner", "karl.lindner@mail.example", "Initiativbewerbung als Servicetechniker",
     ("Guten Tag,\n\nsuchen Sie auch Servicetechniker? Ich habe zehn Jahre Wärmepumpen gewartet.\n\n"
     "Mit freundlichen Grüßen\nKarl Lindner")),
    ("Sofia Marin", "sofia.marin@mail.example", "Question about the backend position",
     "Hello,\n\nis the backend position open to people who work from Spain?\n\nBest\nSofia Marin"),
    ("Jonas Weber", "jw@privat.example", "Backend developer: one more certificate",
     "Guten Tag,\n\nich schreibe von meiner privaten Adresse. Das Zeugnis folgt morgen.\n\nJonas Weber"),
]  # fmt: skip

TEMPLATES = [
    ("Acknowledgement", "acknowledgement", "en", "Your application as {{ position_name }}",
     ("Dear {{ first_name }},\n\nthank you for your application as {{ position_name }}. We read it "
     "within five working days and then write to you.\n\nBest regards\n{{ company_name }}")),
    ("Acknowledgement", "acknowledgement", "de", "Ihre Bewerbung: {{ position_name }}",
     ("Guten Tag {{ first_name }} {{ last_name }},\n\nvielen Dank für Ihre Bewerbung. Wir lesen sie "
     "innerhalb von fünf Werktagen und melden uns dann.\n\nViele Grüße\n{{ company_name }}")),
    ("Invitation to a call", "invitation", "en", "Shall we talk?",
     ("Dear {{ first_name }},\n\nwe would like to get to know you. Which half hour of the coming "
     "week suits you for a call?\n\nBest regards\n{{ recruiter_name }}")),
    ("Invitation to a call", "invitation", "de", "Wollen wir telefonieren?",
     ("Guten Tag {{ first_name }} {{ last_name }},\n\nwir möchten Sie gern kennenlernen. Welche halbe "
     "Stunde der kommenden Woche passt Ihnen?\n\nViele Grüße\n{{ recruiter_name }}")),
    ("Rejection", "rejection", "en", "Your application as {{ position_name }}",
     ("Dear {{ first_name }},\n\nthank you for the time you took. We have decided for somebody whose "
     "experience is closer to this position, and wish you well.\n\nBest regards\n{{ recruiter_name }}")),
    ("Rejection", "rejection", "de", "Ihre Bewerbung: {{ position_name }}",
     ("Guten Tag {{ first_name }} {{ last_name }},\n\nvielen Dank für Ihre Zeit. Wir haben uns für "
     "jemanden entschieden, dessen Erfahrung näher an der Stelle liegt.\n\nViele Grüße\n"
     "{{ recruiter_name }}")),
]  # fmt: skip
