"""Companies, people and credentials."""

from typing import Any

import factory
from factory.django import DjangoModelFactory

from companies.models import ApiCredential, Company, Membership, Role, Subcompany, User

PASSWORD = "correct horse battery"


class CompanyFactory(DjangoModelFactory[Company]):
    class Meta:
        model = Company

    name = factory.Sequence(lambda n: f"Company {n} GmbH")
    account = factory.Sequence(lambda n: f"company-{n}")


class SubcompanyFactory(DjangoModelFactory[Subcompany]):
    class Meta:
        model = Subcompany

    company = factory.SubFactory(CompanyFactory)
    name = factory.Sequence(lambda n: f"Subcompany {n} GmbH")


class UserFactory(DjangoModelFactory[User]):
    class Meta:
        model = User
        skip_postgeneration_save = True

    email = factory.Sequence(lambda n: f"user{n}@example.test")
    name = factory.Sequence(lambda n: f"User {n}")

    @classmethod
    def _create(cls, model_class: type[User], *args: Any, **fields: Any) -> User:
        return User.objects.create_user(fields.pop("email"), PASSWORD, **fields)


class OperatorFactory(UserFactory):
    is_staff = True
    is_superuser = True


class MembershipFactory(DjangoModelFactory[Membership]):
    """A recruiter unless the test says otherwise; the user's password is ``PASSWORD``."""

    class Meta:
        model = Membership

    user = factory.SubFactory(UserFactory)
    company = factory.SubFactory(CompanyFactory)
    role = Role.RECRUITER


class ApiCredentialFactory(DjangoModelFactory[ApiCredential]):
    """A credential nobody knows the token of; use ``companies.credentials.issue`` to get one."""

    class Meta:
        model = ApiCredential

    company = factory.SubFactory(CompanyFactory)
    name = "Career site"
    token_digest = factory.Sequence(lambda n: f"{n:064x}")
    token_hint = "beef"
