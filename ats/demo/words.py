"""What the crowd is called, where it lives and how it writes."""

FIRST_NAMES = [
    "Anna", "Ben", "Clara", "David", "Emma", "Felix", "Greta", "Henri", "Ida", "Jakob", "Katja", "Leon", "Mara",
    "Nils", "Olga", "Paul", "Rosa", "Samir", "Tilda", "Yusuf", "Agnieszka", "Ahmet", "Aleksandra", "Amira",
    "Andrej", "Anke", "Antonio", "Arne", "Astrid", "Aylin", "Benedikt", "Birgit", "Björn", "Carla", "Céline",
    "Daria", "Dominik", "Eleni", "Emil", "Esra", "Fatima", "Finn", "Florian", "Frieda", "Gülay", "Hannes",
    "Helene", "Ivana", "Jana", "Jörg", "Julia", "Jürgen", "Kofi", "Laila", "Lars", "Lena", "Linh", "Luca",
    "Magda", "Malik", "Marek", "Marie", "Mateusz", "Miriam", "Mohammed", "Nadja", "Noah", "Nora", "Oskar",
    "Paula", "Pavel", "Petra", "Rafael", "Renée", "Robert", "Sabine", "Sandro", "Selin", "Sofia", "Stefan",
    "Sven", "Tamara", "Theo", "Thuy", "Till", "Uwe", "Valentina", "Viktor", "Wiebke", "Zeynep", "Zoë",
]  # fmt: skip
LAST_NAMES = [
    "Albrecht", "Berger", "Conrad", "Dietrich", "Engel", "Fischer", "Graf", "Hofer", "Jansen", "Keller",
    "Lorenz", "Meier", "Nowak", "Otto", "Pichler", "Richter", "Sommer", "Thoma", "Vogel", "Winter", "Adler",
    "Aydın", "Bauer", "Baumann", "Becker", "Böhm", "Brandl", "Braun", "Brückner", "Çelik", "Dąbrowski", "Demir",
    "Ebner", "Egger", "Eriksson", "Fuchs", "Gärtner", "García", "Gruber", "Günther", "Haas", "Hartmann", "Heß",
    "Hoffmann", "Horvat", "Huber", "Ivanov", "Jäger", "Kaiser", "Kaya", "Klein", "Köhler", "König", "Kowalczyk",
    "Kraus", "Krüger", "Kühn", "Lang", "Lehmann", "Leitner", "Lindqvist", "Maier", "Marković", "Mayr", "Möller",
    "Moser", "Müller", "Nguyen", "Novák", "Öztürk", "Peters", "Petrović", "Pohl", "Popescu", "Rossi", "Roth",
    "Russo", "Sauer", "Schäfer", "Schmidt", "Schneider", "Schröder", "Schulz", "Schuster", "Schwarz", "Seidel",
    "Silva", "Simon", "Stein", "Steiner", "Szabó", "Tran", "Uhl", "Vasić", "Wagner", "Walter", "Weber", "Weiß",
    "Werner", "Wolf", "Yıldız", "Zimmermann", "Zöllner",
]  # fmt: skip
CITIES = [
    "Berlin", "Wien", "Hamburg", "München", "Köln", "Leipzig", "Dresden", "Graz", "Linz", "Potsdam", "Hannover",
    "Nürnberg", "Bremen", "Salzburg", "Stuttgart", "Düsseldorf", "Rostock", "Erfurt", "Zürich", "Warszawa",
    "Praha", "Kraków", "Bratislava", "Frankfurt", "Mainz",
]  # fmt: skip
ROLES = [
    ("Service technician", "Maintenance", "installation_and_maintenance_repair"),
    ("Electrician", "Installations", "building_construction_and_skilled_trades"),
    ("Sales adviser", "Sales", "sales_and_business_development"),
    ("Planner, heating systems", "Engineering", "engineering"),
    ("Warehouse clerk", "Logistics", "logistics_and_transportation"),
    ("Accountant", "Finance", "accounting_and_finance"),
]
SALARIES = ["48.000 €", "52.000 €", "56.500 €", "60.000 €", "65.000 €", "negotiable", "70.000 €"]
STARTS = ["immediately", "in four weeks", "3 Monate Frist", "1 January", "nach Absprache"]
LEVELS = ["A2", "B1", "B2", "C1", "C2"]
TRADES = [
    ("Mechatronics technician", "control cabinets, refrigerants, hydraulic balancing"),
    ("Software developer", "Python, Django, PostgreSQL, message queues"),
    ("Site manager", "schedules, subcontractors, acceptance, safety"),
    ("Industrial clerk", "orders, ledgers, SAP, correspondence"),
    ("Customer adviser", "telephone, complaints, contracts, CRM"),
    ("Electrician", "three-phase systems, photovoltaics, KNX, measuring"),
    ("HR generalist", "contracts, payroll, works council, onboarding"),
    ("Sales representative", "quotations, site visits, negotiation, funding schemes"),
]
EMPLOYERS = [
    "Stadtwerke Nordlicht", "Brandl Gebäudetechnik", "Kühn & Söhne", "Alpenstrom AG", "Havel Systems",
    "Metallbau Seidel", "Wärmewerk Süd", "Lindqvist Energie", "Donau Service GmbH", "Klimahaus eG",
]  # fmt: skip

LETTERS = [
    ("Hello,\n\nI have worked as {trade} at {employer} for {years} years. What you write about quiet heat pumps is why "
     "I apply: I have heard the loud ones.\n\nKind regards\n{name}"),
    ("Guten Tag,\n\nseit {years} Jahren arbeite ich bei {employer}, zuletzt mit Verantwortung für drei Kolleginnen. "
     "Nun suche ich eine Stelle, an der ich länger bleiben kann. Mein Lebenslauf liegt bei.\n\n"
     "Mit freundlichen Grüßen\n{name}"),
    "Dear team,\n\nplease find my CV attached. I could start soon and live in {city}.\n\n{name}",
    ("Sehr geehrte Damen und Herren,\n\nIhre Anzeige passt zu dem, was ich bei {employer} gelernt habe: sorgfältig "
     "arbeiten und früh Bescheid sagen. Über ein Gespräch freue ich mich.\n\n{name}"),
    ("Hi,\n\na friend who works with you told me about the team. {years} years at {employer}, now curious.\n\n"
     "Best\n{name}"),
    "",
]  # fmt: skip
ACKNOWLEDGEMENTS = [
    ("Dear {first},\n\nthank you for your application as {position}. We read it within five working days and then "
     "write to you.\n\nBest regards\n{employer}"),
    ("Guten Tag {name},\n\nvielen Dank für Ihre Bewerbung als {position}. Wir lesen sie innerhalb von fünf Werktagen "
     "und melden uns dann.\n\nViele Grüße\n{employer}"),
]  # fmt: skip
INVITATIONS = [
    ("Dear {first},\n\nwe would like to get to know you. Would Tuesday at ten suit you for a call of half an hour?\n\n"
     "Best regards\n{recruiter}"),
    ("Guten Tag {name},\n\nwir möchten Sie gern kennenlernen. Welche halbe Stunde der kommenden Woche passt Ihnen für "
     "ein Telefonat?\n\nViele Grüße\n{recruiter}"),
]  # fmt: skip
ANSWERS = [
    "Hello {recruiter},\n\nTuesday at ten is fine. I am looking forward to it.\n\n{name}",
    "Guten Tag,\n\nMittwoch ab 14 Uhr passt mir gut. Bitte rufen Sie mich mobil an.\n\nViele Grüße\n{name}",
    "Hi,\n\ncould we make it Thursday afternoon instead? I am on a site until then.\n\n{first}",
]
QUESTIONS = [
    "Hello,\n\nis there any news about my application? I have another offer and must answer by Friday.\n\n{name}",
    "Guten Tag,\n\nist die Stelle auch mit 32 Stunden denkbar? Und darf ich ein Zeugnis nachreichen?\n\n{name}",
    "Hi,\n\nmy telephone number has changed, please use the one in this mail.\n\n{name}",
]
REJECTIONS = [
    ("Dear {first},\n\nthank you for the time you took. We have decided for somebody whose experience is closer to "
     "this position, and wish you well.\n\nBest regards\n{recruiter}"),
    ("Guten Tag {name},\n\nvielen Dank für Ihre Zeit. Wir haben uns für jemanden entschieden, dessen Erfahrung näher "
     "an der Stelle liegt.\n\nViele Grüße\n{recruiter}"),
]  # fmt: skip
