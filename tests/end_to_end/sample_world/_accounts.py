"""Twenty companies of every kind, and their users."""

from dataclasses import dataclass

from tests.end_to_end.sample_world._chance import Chance

FIRST = (
    "Ana Ben Carla Dev Elena Frank Grace Hector Ines Jack Karen Luis Maya Nolan Olga Pedro Quinn Rosa Sam Tara Umar "
    "Vera Wes Ximena Yuri Zoe Amir Beth Cole Dana"
).split()
LAST = (
    "Acosta Baker Cruz Duarte Ellis Fuentes Garza Hale Irwin Juarez Kessler Lozano Moreno Nunez Ortega Pruitt "
    "Quintero Rhodes Salinas Trevino Ulrich Vega Whitaker Ybarra Zamora Boone Carver Dawson"
).split()
JOBS = ("Landman", "Geologist", "Engineer", "Analyst", "Executive", "Business Development")


@dataclass(frozen=True)
class Company:
    """One customer: `people` counts users by persona, `course` says how use changes over the weeks."""

    id: int
    name: str
    size: str
    people: dict[str, int]
    course: str = "steady"
    products: str = ""
    group_type: str = ""
    started: str = "2024-05-01"
    canceled: str = ""
    more_licenses: str = ""
    """The day on which the licenses of its idle users were added."""

    @property
    def owner(self) -> str:
        """Return who looks after the company, two people in turn."""
        return "" if self.group_type == "Oseberg" else ("Ruth Okafor", "Sam Whitley")[self.id % 2]

    @property
    def renewal(self) -> str:
        """Return a day within the year after the last event; own and former companies have none."""
        month = 1 + self.id % 12
        year = 2026 if month > 11 else 2027
        return "" if self.group_type == "Oseberg" or self.canceled else f"{year}-{month:02}-28"


@dataclass(frozen=True)
class User:
    """One licensed user and how the product's events name them."""

    id: int
    email: str
    username: str
    name: str
    company: Company
    job_type: str
    enabled: bool
    persona: str
    known_as: str

    @property
    def created(self) -> str:
        """Return the day of the license."""
        later = self.company.more_licenses if self.persona == "idle" else ""
        return later or self.company.started


COMPANIES = (
    Company(101, "Permian Ridge Resources", "480000", {"broad": 9, "deep": 3, "light": 4}),
    Company(102, "Llano Estacado Operating", "310000", {"broad": 6, "light": 6, "mail": 2}),
    Company(103, "Caprock Minerals", "150000", {"broad": 5, "deep": 2, "light": 2}),
    Company(104, "Twin Mesa Energy", "95000", {"deep": 8, "light": 2}),
    Company(105, "Yucca Flat Petroleum", "49999.99", {"deep": 4}),
    Company(106, "Sandhill Royalty Partners", "50000", {"mail": 7, "idle": 2}),
    Company(107, "Monahans Land & Title", "22000", {"mail": 4, "light": 1}),
    Company(108, "Big Lake Exploration", "61000", {"idle": 6, "light": 1}, canceled="2026-10-12"),
    Company(109, "Alkali Draw Oil", "18000", {"idle": 4}),
    Company(110, "Concho Bend Energy", "260000", {"broad": 7, "light": 4}, course="declining"),
    Company(111, "Horsehead Crossing Oil & Gas", "120000", {"broad": 4, "deep": 3}, course="declining"),
    Company(112, "Signal Peak Royalties", "37000", {"light": 5}, course="declining"),
    Company(113, "Delaware Basin Holdings", "900000", {"broad": 5, "light": 6, "idle": 24}, more_licenses="2026-10-27"),
    Company(114, "Guadalupe Rim Resources", "210000", {"light": 10, "mail": 3, "deep": 2}),
    Company(115, "Shinnery Oak Minerals", "", {"light": 6, "broad": 2}),
    Company(116, "Pecos Crossing Partners", "44000", {"broad": 4, "light": 3}, course="growing", started="2026-08-24"),
    Company(117, "Jal Line Energy", "72000", {"searcher": 8}, products="Sol"),
    Company(118, "Eunice Field Services", "39000", {"mapper": 7}, products="Atla"),
    Company(119, 'O\'Neal <Family> "Trust"', "12000", {"light": 3, "mail": 1}, group_type="Enterprise"),
    Company(120, "Loving County Land Co.", "83000", {"mapper": 4, "searcher": 4, "light": 4}),
    Company(1, "Oseberg", "", {"broad": 3, "light": 3}, group_type="Oseberg"),
)


def users(chance: Chance) -> list[User]:
    """Give every company its people; each is known to the product by id, e-mail or username."""
    people: list[User] = []
    taken: set[str] = set()
    for company in COMPANIES:
        domain = "".join(letter for letter in company.name.lower() if letter.isalnum())[:16]
        for persona, count in company.people.items():
            for _ in range(count):
                people.append(one_user(chance, company, persona, domain, 2000 + len(people), taken))
    return people


def one_user(chance: Chance, company: Company, persona: str, domain: str, number: int, taken: set[str]) -> User:
    first, last = chance.one(FIRST), chance.one(LAST)
    username = f"{first[0]}{last}".lower()
    while username in taken:
        username += chance.code("23456789", 1)
    taken.add(username)
    email = f"{username}@{domain}.example"
    known_as = {0: email, 1: username}.get(chance.below(4), str(number))
    name, job, enabled = f"{first} {last}", chance.one(JOBS), not chance.happens(0.03)
    return User(number, email, username, name, company, job, enabled, persona, known_as)
