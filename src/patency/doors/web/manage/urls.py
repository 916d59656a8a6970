"""What the clinic works by, what it has chosen, how well it does, and who did what."""

from django.urls import path

from patency.doors.web.manage import (
    agreement,
    audit,
    compare,
    doses,
    protocol,
    quality,
    settings,
)

urlpatterns = [
    path("protocol/", protocol.protocol, name="protocol"),
    path("protocol/rules/<slug:rule_id>/", protocol.rule, name="rule"),
    path("protocol/contested/", protocol.contested, name="contested"),
    path("protocol/compare/", compare.compare, name="compare"),
    path("protocol/compare/<uuid:comparison_id>/", compare.comparison_made, name="comparison"),
    path("doses/", doses.doses, name="doses"),
    path("doses/doses.csv", doses.doses_csv, name="doses-csv"),
    path("quality/", quality.quality, name="quality"),
    path("quality/figures.csv", quality.figures, name="quality-figures"),
    path("quality/agreement/", agreement.agreement, name="agreement"),
    path("quality/agreement.csv", agreement.figures, name="agreement-figures"),
    path("quality/<slug:indicator>/", quality.one, name="quality-one"),
    path("visits/<uuid:visit_id>/", quality.open_case, name="by-visit"),
    path("settings/", settings.settings, name="settings"),
    path("audit/", audit.audit, name="audit"),
    path("audit/woman/", audit.audit_of, name="audit-of"),
]
