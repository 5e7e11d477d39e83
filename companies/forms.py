"""Forms of the company's settings."""

from typing import Any

from django import forms
from django.conf import settings
from django.utils.translation import gettext_lazy as _

from companies import members
from companies.models import Membership, Role, Subcompany, User


class CredentialForm(forms.Form):
    name = forms.CharField(
        label=_("Name"), max_length=100, help_text=_("Who will use it, such as “Career site”.")
    )


class MemberForm(forms.Form):
    """What a member may do; ``by`` is who decides that."""

    role = forms.ChoiceField(label=_("Role"))
    subcompany = forms.ModelChoiceField(
        label=_("Only for"),
        queryset=Subcompany.objects.none(),
        required=False,
        empty_label=_("The whole company"),
    )

    def __init__(self, *args: Any, by: Membership, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        role, subcompany = self.fields["role"], self.fields["subcompany"]
        assert isinstance(role, forms.ChoiceField)
        assert isinstance(subcompany, forms.ModelChoiceField)
        role.choices = members.roles_for(by)
        role.initial = Role.RECRUITER
        subcompany.queryset = Subcompany.objects.visible_to(by)


class InvitationForm(MemberForm):
    email = forms.EmailField(label=_("E-mail"), max_length=254)
    name = forms.CharField(label=_("Name"), max_length=150)

    field_order = ["email", "name", "role", "subcompany"]

    def clean_email(self) -> str:
        email: str = self.cleaned_data["email"].lower()
        if User.objects.filter(email__iexact=email).exists():
            raise forms.ValidationError(
                _("Somebody with this address has an account here already.")
            )
        return email


class MembershipForm(MemberForm):
    is_active = forms.BooleanField(label=_("May log in"), required=False)


class SubcompanyForm(forms.Form):
    name = forms.CharField(label=_("Name of the subcompany"), max_length=200)

    def __init__(self, *args: Any, by: Membership, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._by = by

    def clean_name(self) -> str:
        name: str = self.cleaned_data["name"]
        if Subcompany.objects.filter(company=self._by.company_id, name__iexact=name).exists():
            raise forms.ValidationError(_("There is a subcompany of this name already."))
        return name


class SupportForm(forms.Form):
    operator = forms.EmailField(label=_("E-mail of the supporter"), max_length=254)
    reason = forms.CharField(label=_("Reason"), max_length=200)
    days = forms.TypedChoiceField(
        label=_("For"), coerce=int, choices=[(1, _("1 day")), (7, _("7 days")), (30, _("30 days"))]
    )

    def clean_operator(self) -> User:
        operators = User.objects.filter(is_staff=True, is_active=True, membership=None)
        operator = operators.filter(email__iexact=self.cleaned_data["operator"]).first()
        if operator is None:
            raise forms.ValidationError(_("No supporter of this installation has this address."))
        return operator


class ProfileForm(forms.ModelForm):  # type: ignore[type-arg]  # generic in the stubs only
    language = forms.ChoiceField(label=_("Language"), choices=settings.LANGUAGES)

    class Meta:
        model = User
        fields = ["name", "language"]
        help_texts = {
            "name": _("Colleagues see it, and candidates do if employees are the sender.")
        }
