"""What the clinic works by, what it has chosen, how well it does, and who did what."""

from django.urls import path

from patency.doors.web.manage import audit, compare, protocol, settings

urlpatterns = [
    path("protocol/", protocol.protocol, name="protocol"),
    path("protocol/rules/<slug:rule_id>/", protocol.rule, name="rule"),
    path("protocol/contested/", protocol.contested, name="contested"),
    path("protocol/compare/", compare.compare, name="compare"),
    path("protocol/compare/<uuid:comparison_id>/", compare.comparison_made, name="comparison"),
    path("settings/", settings.settings, name="settings"),
    path("audit/", audit.audit, name="audit"),
    path("audit/woman/", audit.audit_of, name="audit-of"),
]
